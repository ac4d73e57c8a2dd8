"""A hosted recommender as most are: bare ids and scores, and no word on what they rest on.

It learned what is bought together and what is looked at together. Its answer has the shape of
Amazon Personalize, ``{"itemList": [{"itemId", "score"}]}``.
"""

from __future__ import annotations

from collections.abc import Iterator

from example_app.catalogue import Catalogue, Item
from example_app.customers import Person

PLACES = 6
STEPS = 2
LOOKED_AT = 2
"""How many products somebody looks at after a search."""


def similar(person: Person, catalogue: Catalogue, limit: int = PLACES) -> list[Item]:
    """The best scored ids for one person; best sellers where nothing is known."""
    known = {p.product for p in person.purchases} | {p.product for p in person.cart}
    scores: dict[str, float] = {}
    for seed, weight in _seeds(person, catalogue):
        # What was looked at and left may come again; what was bought is taken out below.
        scores[seed] = scores.get(seed, 0.0) + 0.6 * weight
        for name, near in _around(seed, catalogue):
            scores[name] = scores.get(name, 0.0) + weight * near
    for place, name in enumerate(catalogue.best_sellers):
        scores.setdefault(name, 0.001 / (place + 1))
    ranked = sorted((s for s in scores.items() if s[0] not in known), key=lambda one: -one[1])
    total = sum(score for _, score in ranked)
    return [{"itemId": name, "score": round(score / total, 7)} for name, score in ranked[:limit]]


def readable(item: Item, catalogue: Catalogue) -> Item:
    """An entry of the list as the page shows it: the id, and what the catalogue says of it."""
    product = catalogue.products.get(item["itemId"])
    if product is None:
        return {"id": item["itemId"], "title": item["itemId"]}
    return {
        "id": product.id,
        "title": product.title,
        "categories": list(product.categories),
        "price": product.price,
    }


def _seeds(person: Person, catalogue: Catalogue) -> Iterator[tuple[str, float]]:
    """What was bought, lies in the basket, or was looked at after a search."""
    for bought in person.purchases:
        yield bought.product, 1.0
    for waiting in person.cart:
        yield waiting.product, 0.8
    for search in person.searches:
        for product in list(catalogue.of_category(search.category))[:LOOKED_AT]:
            yield product.id, 0.9


def _around(seed: str, catalogue: Catalogue) -> Iterator[tuple[str, float]]:
    """Products that go with a seed, and those that go with these, each step worth half."""
    edge = [seed]
    for step in range(1, STEPS + 1):
        edge = [other for name in edge for other in catalogue.products[name].goes_with]
        for other in edge:
            yield other, 0.5**step

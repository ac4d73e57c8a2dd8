"""An honest little recommender: it uses all it knows of a person, and says so on every item.

Beside the shelf it fills the weekly letter. A second one, in `example_app.similar`, says nothing.

It asks nobody's leave: tolerance and choices are the guard's part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from example_app.catalogue import Catalogue, Item, Product, Signal
from example_app.customers import Bought, Person, Search

SHELF = 12
LETTER = 5
DAY = 86_400


def recommend(person: Person, catalogue: Catalogue, limit: int = SHELF) -> list[Item]:
    """The shelf for one person: the sources take turns, best sellers fill what is left."""
    sources = [
        from_searches(person, catalogue),
        from_purchases(person, catalogue),
        from_cart(person, catalogue),
        from_chats(person, catalogue),
        from_interests(person, catalogue),
        from_lookalikes(person, catalogue),
        from_birthday(person, catalogue),
    ]
    return in_turn(sources, person, catalogue, limit)


def letter(person: Person, catalogue: Catalogue, limit: int = LETTER) -> list[Item]:
    """What the weekly letter to one person holds: what they looked for comes first."""
    sources = [
        from_searches(person, catalogue),
        from_cart(person, catalogue),
        from_birthday(person, catalogue),
        from_purchases(person, catalogue),
        from_interests(person, catalogue),
        from_chats(person, catalogue),
    ]
    return in_turn(sources, person, catalogue, limit)


def in_turn(
    sources: Sequence[Iterator[Item]], person: Person, catalogue: Catalogue, limit: int
) -> list[Item]:
    """One item of each source after the other, nothing twice and nothing bought already."""
    bought = {p.product for p in person.purchases}
    personal = [item for turn in zip_longest(*sources) for item in turn if item]
    shelf: dict[str, Item] = {}
    for item in [*personal, *best_sellers(catalogue)]:
        if item["id"] not in bought and len(shelf) < limit:
            shelf.setdefault(item["id"], item)
    return list(shelf.values())


def from_searches(person: Person, catalogue: Catalogue) -> Iterator[Item]:
    """What was searched for, then what the search lets one guess."""
    bought = {p.product for p in person.purchases}
    for search in person.searches:
        observed = search_signal(search)
        guess: Signal = {**observed, "method": "inferred", "via": [observed]}
        products = [p for p in catalogue.of_category(search.category) if p.id not in bought]
        found = [p for p in products if is_named(p, search.text)]
        for product in found[:1]:
            yield product.to_item(f"Because you searched for “{search.text}”", [observed])
        for product in [p for p in products if p not in found][:1]:
            reason = f"We noticed you searched for {search.text}, {person.name}"
            yield product.to_item(reason, [guess])


def from_purchases(person: Person, catalogue: Catalogue) -> Iterator[Item]:
    """What others bought together with something this person bought."""
    for bought in person.purchases:
        product = catalogue.products[bought.product]
        signal = first_party("purchase_history", bought, product)
        for other in product.goes_with[:2]:
            reason = f"Often bought with: {product.title}"
            yield catalogue.products[other].to_item(reason, [signal])


def from_cart(person: Person, catalogue: Catalogue) -> Iterator[Item]:
    """A reminder of what lies in the basket."""
    for waiting in person.cart:
        product = catalogue.products[waiting.product]
        yield product.to_item("Still in your basket", [first_party("cart", waiting, product)])


def from_chats(person: Person, catalogue: Catalogue) -> Iterator[Item]:
    """What somebody told the help desk, turned into an offer."""
    for chat in person.chats:
        signal: Signal = {
            "data": "chat",
            "method": "inferred",
            "party": "first",
            "context": "help_desk",
            "category": chat.category,
            "age_seconds": chat.days_ago * DAY,
        }
        reason = f"In our chat you {chat.text}, {person.name}. This may help"
        for product in list(catalogue.of_category(chat.category))[-1:]:
            yield product.to_item(reason, [signal])


def from_interests(person: Person, catalogue: Catalogue) -> Iterator[Item]:
    """Best of the categories that the person named in their profile."""
    for interest in person.interests:
        signal: Signal = {
            "data": "profile",
            "method": "declared",
            "party": "first",
            "category": interest,
        }
        for product in list(catalogue.of_category(interest))[:1]:
            yield product.to_item("From an interest in your profile", [signal])


def from_lookalikes(person: Person, catalogue: Catalogue) -> Iterator[Item]:
    """What a group bought that a model, fed with purchases, puts the person into."""
    for group in person.lookalike_of:
        signal: Signal = {
            "data": "lookalike",
            "method": "modeled",
            "party": "first",
            "category": group.category,
            "audience_size": group.size,
            "via": [{"data": "purchase_history", "method": "observed", "party": "first"}],
        }
        for product in list(catalogue.of_category(group.category))[-1:]:
            yield product.to_item("People like you also bought", [signal])


def from_birthday(person: Person, catalogue: Catalogue) -> Iterator[Item]:
    """A treat in the week of a birthday that the person gave."""
    if person.birthday_soon:
        signal: Signal = {"data": "age", "method": "declared", "party": "first"}
        treat = catalogue.products["chocolate"]
        yield treat.to_item("A birthday treat, a tenth off this week", [signal])


def best_sellers(catalogue: Catalogue) -> Iterator[Item]:
    """What sells best to everybody; nothing personal in it."""
    for name in catalogue.best_sellers:
        yield catalogue.products[name].to_item("A best seller this month", [])


def search_signal(search: Search) -> Signal:
    """The fact that these words were typed."""
    signal: Signal = {
        "data": "search_history",
        "method": "observed",
        "party": "first",
        "category": search.category,
        "age_seconds": search.days_ago * DAY,
    }
    return {**signal, "context": search.context} if search.context else signal


def first_party(data: str, bought: Bought, product: Product) -> Signal:
    """The fact that a product was bought or put into the basket here."""
    return {
        "data": data,
        "method": "observed",
        "party": "first",
        "category": product.categories[0],
        "age_seconds": bought.days_ago * DAY,
    }


def is_named(product: Product, text: str) -> bool:
    """Whether a product's title has every word of a search (plural or not)."""
    title = product.title.lower()
    return all(word.rstrip("s") in title for word in words(text))


def words(text: str) -> Sequence[str]:
    """The words of a text in lower case."""
    return text.lower().split()

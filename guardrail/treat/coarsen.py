"""`coarsen`: less exact. A place becomes a wider one, a moment "recently", a paid price goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial

from guardrail.model import Item
from guardrail.score.phrasing import Tongue
from guardrail.treat.means import Means
from guardrail.treat.treated import Treated
from guardrail.treat.wording import any_of, before, rewritten, tidy

MOST_STEPS = 3
"""Steps from a place to a wider one that are looked at: place, city, region, country."""


def apply(item: Item, means: Means) -> Iterator[Treated]:
    """First the surface's next wider places, one step after the other, then only the region.

    It knows the phrases of its language tables. What was used stays as exact as it was, and so do
    its findings.
    """
    seen = {item}
    for tongues in means.languages():
        for change in _changes(means, tongues):
            treated = rewritten(item, change)
            if treated is not None and treated.item not in seen:
                seen.add(treated.item)
                yield treated


def _changes(means: Means, tongues: tuple[Tongue, ...]) -> Iterator[Callable[[str], str]]:
    """Every way to say less of a text, the one that says most first."""
    wider = {p.casefold(): w for p, w in means.surface.wider_places.items()}
    named = any_of(wider)

    less_exact = cache(partial(_less_exact, tongues=tongues))

    def widened(text: str, steps: int) -> str:
        out = less_exact(text)
        for _ in range(steps):
            out = named.sub(lambda m: _wider(m[0], wider), out) if named else out
        return _tidied(out, text)

    for steps in range(MOST_STEPS if named else 1):
        yield partial(widened, steps=steps)

    def only_the_region(text: str) -> str:
        out = widened(text, MOST_STEPS)
        for one in tongues:
            out = one.near.sub(one.region, out)
        for own, region in _own_places(text, means.customer.places, tongues):
            out = own.sub(region, out)
        return _tidied(out, text)

    yield only_the_region


def _own_places(
    text: str, places: Iterable[str], tongues: Iterable[Tongue]
) -> list[tuple[re.Pattern[str], str]]:
    """The customer's places and what they become, the language first that fits the text best: its
    prepositions and articles go with the place, and it has the text's words for the reader.
    """
    ranked = []
    for one in tongues:
        own = any_of(places, before((one,)))
        found = own.search(text) if own else None
        if own and found and one.region:
            ranked.append((len(found[0]), bool(one.you.search(text)), own, one.region))
    ranked.sort(key=lambda one: one[:2], reverse=True)
    return [(own, region) for _, _, own, region in ranked]


def _tidied(out: str, text: str) -> str:
    return out if out == text else tidy(out, text)


def _wider(place: str, wider: Mapping[str, str]) -> str:
    return wider.get(place.casefold(), place)


def _less_exact(text: str, tongues: tuple[Tongue, ...]) -> str:
    """A moment or a price is the product's own unless the text speaks of the reader."""
    out = text
    for one in tongues:
        if one.you.search(text):
            out = one.paid.sub("", one.moments.sub(one.recently, out))
    return out

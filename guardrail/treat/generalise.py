"""`generalise`: the parent category in place of the item: "Health and care", not "Folic acid".

A new label on the same item would be cosmetic, so the place is taken by an item of the fallback
pool that is of the parent category. It was picked for the same reasons, and these stay findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from guardrail import taxonomy
from guardrail.model import Item
from guardrail.score.vocabulary import slug_ancestors
from guardrail.treat.means import Means
from guardrail.treat.swap import MOST_TRIED, for_the_same_reasons
from guardrail.treat.treated import Treated


def apply(item: Item, means: Means) -> Iterator[Treated]:
    """Offers of a category above the item's, nearest first; none below or beside it."""
    parents = _parents(item, means)
    if not parents:
        return
    ranked = [
        (min(parents[c] for c in named), offer)
        for offer in means.shelf.offers()
        if (named := parents.keys() & set(offer.item.categories or ()))
    ]
    for _, offer in islice(sorted(ranked, key=lambda one: one[0]), MOST_TRIED):
        yield for_the_same_reasons(item, means.signals, offer, means.surface.shape)


def _parents(item: Item, means: Means) -> dict[str, int]:
    """Every category strictly above one of the item's, with how far above it is."""
    out: dict[str, int] = {}
    for category in (*(item.categories or ()), *means.own):
        pair = taxonomy.split(category)
        if pair is None:
            above = slug_ancestors(category)[1:]
        else:
            name, node = pair
            above = tuple(f"{name}:{n}" for n in taxonomy.ancestors(name, node)[1:])
        for steps, parent in enumerate(above, 1):
            out[parent] = min(steps, out.get(parent, steps))
    return out

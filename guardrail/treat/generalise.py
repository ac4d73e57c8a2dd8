"""`generalise`: the parent category in place of the item's: "Health and care", not "Folic acid".

Where the copy names the category itself ("Because you like Pregnancy and fertility"), the parent's
name comes in its place. That is a label, not the product: a product's own name stays, and so does
every finding on what the item is about. Else the place is taken by an item of the fallback pool
that is of the parent category. It was picked for the same reasons, and these stay findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import islice

from guardrail import taxonomy
from guardrail.model import Item
from guardrail.score.vocabulary import slug_ancestors
from guardrail.treat.means import Means
from guardrail.treat.shelf import Offer
from guardrail.treat.swap import MOST_TRIED, for_the_same_reasons
from guardrail.treat.treated import Treated
from guardrail.treat.wording import parts_renamed, renamed, rewritten


def apply(item: Item, means: Means) -> Iterator[Treated]:
    """First other names for its categories, then offers of a category above the item's, nearest
    first; none below or beside it.
    """
    yield from _relabelled(item, means)
    for offer in islice(means.shelf.free(among(item, means, means.shelf.pool)), MOST_TRIED):
        yield for_the_same_reasons(item, means.signals, offer, means.surface.shape)


def among(item: Item, means: Means, pool: Sequence[Offer]) -> Sequence[Offer]:
    """Those of a category above the item's, nearest first."""
    parents = _parents(item.categories or (), means.own)
    if not parents:
        return ()
    ranked = [
        (min(parents[c] for c in named), offer)
        for offer in pool
        if (named := parents.keys() & set(offer.item.categories or ()))
    ]
    return [offer for _, offer in sorted(ranked, key=lambda one: one[0])]


def _relabelled(item: Item, means: Means) -> Iterator[Treated]:
    """The names of the item's categories as those of the ones above them, one step at a time."""
    lines = [titles for slug in means.own if len(titles := _titles(slug, means)) > 1]
    seen = {item}
    for step in range(1, max(map(len, lines), default=1)):
        names = {line[0].casefold(): line[min(step, len(line) - 1)] for line in lines}
        treated = rewritten(
            item, partial(parts_renamed, names=names), partial(renamed, names=names)
        )
        if treated is not None and treated.item not in seen:
            seen.add(treated.item)
            yield treated


def _titles(slug: str, means: Means) -> list[str]:
    """The title of a category, then those of the categories above it; none where it has none."""
    line = [means.categories.get(one) for one in slug_ancestors(slug)]
    if line[0] is None or not line[0].title:
        return []
    return [one.title for one in line if one is not None and one.title]


@lru_cache(maxsize=1024)
def _parents(categories: tuple[str, ...], own: tuple[str, ...]) -> Mapping[str, int]:
    """Every category strictly above one of the item's, with how far above it is."""
    out: dict[str, int] = {}
    for category in (*categories, *own):
        pair = taxonomy.split(category)
        if pair is None:
            above = slug_ancestors(category)[1:]
        else:
            name, node = pair
            above = tuple(f"{name}:{n}" for n in taxonomy.ancestors(name, node)[1:])
        for steps, parent in enumerate(above, 1):
            out[parent] = min(steps, out.get(parent, steps))
    return out

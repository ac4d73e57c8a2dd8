"""One item as rules see it: completed with what the surface assumes, its categories understood."""

from __future__ import annotations

from typing import NamedTuple

from guardrail.model import Item, Signal
from guardrail.score.depth import item_depth
from guardrail.score.terms import Hit
from guardrail.score.vocabulary import Vocabulary

NOTHING_PERSONAL = Signal(depth=0)
NOT_SAID = Signal()


class Ground(NamedTuple):
    """Why an item counts as being of a category: the words for it, and whether it only hints."""

    because: str
    proxy: bool = False


class View(NamedTuple):
    """The facts of one item, ready for conditions.

    ``labels``: every category it stands for, own slugs and ``taxonomy:id`` with ancestors.
    ``own``: defined category -> ground. ``categorised`` False: nobody said what it is about, so
    a category that is not among the labels is unknown, not absent. ``signals`` holds one
    stand-in where the item has none (`NOTHING_PERSONAL`) or did not say (`NOT_SAID`).
    ``hits``: rule phrases found in its copy.
    """

    item: Item
    kind: str
    purpose: str
    sponsored: bool | None
    signals: tuple[Signal, ...]
    labels: frozenset[str]
    own: dict[str, Ground]
    categorised: bool
    depth: int | None
    hits: tuple[Hit, ...]


def view(
    item: Item,
    *,
    kind: str,
    purpose: str,
    signals: tuple[Signal, ...] | None,
    categories: tuple[str, ...] | None,
    recognised: tuple[Hit, ...],
    hits: tuple[Hit, ...],
    vocabulary: Vocabulary,
) -> View:
    """Build the view of an item from its facts; ``recognised`` are category terms in its copy."""
    labels: set[str] = set()
    own: dict[str, Ground] = {}
    understood = True
    said = [(c, "category {}", "") for c in categories or ()]
    said += [(s.category, "category {}", " of a signal") for s in signals or () if s.category]
    for category, text, where in said:
        meaning = vocabulary.meaning(category)
        labels |= meaning.labels
        understood &= meaning.understood
        for slug in meaning.own:
            known_as = "" if category.startswith(slug) else f" ({category})"
            ground = Ground(text.format(slug) + known_as + where)
            if own.setdefault(slug, ground).proxy:
                own[slug] = ground
        for slug in meaning.proxies:
            own.setdefault(slug, Ground(f"{category} hints at category {slug}", proxy=True))
    for hit in sorted(recognised, key=lambda one: one.hint):
        words = f'{hit.where} says "{hit.phrase}"'.lstrip()
        if hit.hint:
            text = f"{words}, which hints at category {hit.target}"
            own.setdefault(hit.target, Ground(text, proxy=True))
        else:
            labels |= vocabulary.meaning(hit.target).labels
            said_so = Ground(f"category {hit.target} ({words})")
            if own.setdefault(hit.target, said_so).proxy:
                own[hit.target] = said_so
    if signals is None:
        looked_at: tuple[Signal, ...] = (NOT_SAID,)
    else:
        looked_at = signals or (NOTHING_PERSONAL,)
    return View(
        item=item,
        kind=kind,
        purpose=purpose,
        sponsored=True if item.sponsored is None and kind == "ad" else item.sponsored,
        signals=looked_at,
        labels=frozenset(labels),
        own=own,
        categorised=understood and (categories is not None),
        depth=item_depth(signals),
        hits=hits,
    )

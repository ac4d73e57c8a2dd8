"""The second half: the final verdicts, once it is known which caps are over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import compress
from operator import and_, attrgetter, getitem
from typing import Any, cast

from guardrail.act.placed import DROP, KEEP, Placed
from guardrail.decide.capped import Bound, act_on_cap
from guardrail.decide.settle import Settled
from guardrail.pipeline.draft import Draft, Entry, Request
from guardrail.pipeline.place import place_of
from guardrail.pipeline.result import Result
from guardrail.treat import Offer

_NONE: frozenset[int] = frozenset()
_place, _capped, _gone = map(attrgetter, ("place", "capped", "gone"))
_way, _granted = attrgetter("rule.id", "granted"), attrgetter("granted")


def second_pass(draft: Draft, bounds: Sequence[Bound | None]) -> Result:
    """The final verdicts. ``bounds``: for each of ``draft.asks`` the cap that is over, or None."""
    over: Mapping[int, Bound] = {}
    entries = draft.entries
    give_back: tuple[int, ...] = ()
    if any(bounds) or len(bounds) != len(draft.asking):
        acting: Any = compress(zip(draft.asking, bounds, strict=True), bounds)
        over = dict(acting)
        entries = _under_caps(draft.request, entries, over)
        give_back = _not_shown(draft.request, entries, over, bounds)
    elif not draft.special:
        placed = [KEEP] * len(entries)
        return Result(draft, entries, {}, placed=placed, backfill=(), give_back=(), left_out=_NONE)
    placed = _placed(draft, entries)
    left_out = _leave_out_surplus(draft.request, entries, placed)
    return Result(
        draft,
        entries,
        over,
        placed=placed,
        backfill=_backfill(draft, placed),
        give_back=give_back,
        left_out=left_out,
    )


def _under_caps(
    request: Request, entries: Sequence[Entry], over: Mapping[int, Bound]
) -> Sequence[Entry]:
    """The entries with what those come to on which a cap acts."""
    before = [*map(entries.__getitem__, over)]
    ways = [*map(_way, over.values())]
    try:
        found = [*map(getitem, map(_capped, before), ways)]
    except KeyError:
        for entry, way, bound in zip(before, ways, over.values(), strict=True):
            if way not in entry.capped:
                entry.capped[way] = _under_cap(request, entry, bound)
        found = [*map(getitem, map(_capped, before), ways)]
    return [*map(dict(zip(over, found, strict=True)).get, range(len(entries)), entries)]


def _under_cap(request: Request, entry: Entry, bound: Bound) -> Entry:
    """What all items of an entry come to on which a cap acts; that one."""
    # Only what could be judged is counted.
    before = cast("Settled", entry.settled)
    settled, would = act_on_cap(
        bound, before, entry.would, tolerance=request.tolerance, mode=request.mode
    )
    gone = settled.verdict == "suppress" or settled.held
    return Entry(settled, would, place=place_of(request, settled), cap=bound.rule.id, gone=gone)


def _not_shown(
    request: Request,
    entries: Sequence[Entry],
    over: Mapping[int, Bound],
    bounds: Sequence[Bound | None],
) -> tuple[int, ...]:
    """Which asks were granted although their items are not shown after all."""
    if request.mode == "observe":
        return ()
    gone = map(_gone, map(entries.__getitem__, over))
    numbers = compress(range(len(bounds)), bounds)
    return tuple(compress(numbers, map(and_, gone, map(_granted, over.values()))))


def _placed(draft: Draft, entries: Sequence[Entry]) -> list[Placed]:
    """What becomes of each item."""
    request = draft.request
    placed: list[Placed | None] = [*map(_place, entries)]
    if None in placed:
        unreadable = DROP if request.drop_unreadable and request.mode != "observe" else KEEP
        for index in draft.special:
            settled = entries[index].settled
            if settled is None:
                placed[index] = unreadable
            elif placed[index] is None:
                placed[index] = place_of(request, settled)
    return cast("list[Placed]", placed)


def _leave_out_surplus(
    request: Request, entries: Sequence[Entry], placed: list[Placed]
) -> frozenset[int]:
    """What the app sent to spare fills the holes, where it is, uncapped; the rest is not shown.

    Caps were reserved before it was known which holes there are, so what needs one can't come.
    """
    if request.surface.show is None:
        return _NONE
    kept = {index for index, place in enumerate(placed) if place.keep}
    surplus = {index for index in kept if entries[index].surplus}
    room = request.surface.show - len(kept - surplus)
    left_out = []
    for index in sorted(surplus):
        settled = entries[index].settled
        if room > 0 and settled is not None and not settled.shown.judged.caps:
            room -= 1
        else:
            placed[index] = DROP
            left_out.append(index)
    return frozenset(left_out)


def _backfill(draft: Draft, placed: Sequence[Placed]) -> tuple[Offer, ...]:
    """Fill holes up to the surface's minimum, with uncapped offers that are acceptable too.

    Never more than were taken out: a shelf that the app made short stays as short.
    """
    request = draft.request
    if request.mode == "observe" or request.surface.minimum_items <= 0:
        return ()
    gone = [place.keep for place in placed].count(False)
    wanted = min(request.surface.minimum_items - len(placed) + gone, gone)
    filled: list[Offer] = []
    if wanted <= 0:
        return ()
    for offer in draft.shelf.offers():
        appraisal = draft.appraise(offer.item, watched=False)
        if appraisal.acceptable(request.tolerance) and not appraisal.judged.caps:
            filled.append(offer)
            if len(filled) == wanted:
                break
    return tuple(filled)

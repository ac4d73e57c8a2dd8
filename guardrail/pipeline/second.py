"""The second half: the final verdicts, once it is known which caps are over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import cast

from guardrail.act.placed import DROP, KEEP, Placed
from guardrail.decide.capped import Bound, act_on_cap
from guardrail.decide.settle import Settled
from guardrail.pipeline.draft import Draft, Final
from guardrail.pipeline.place import place_of
from guardrail.pipeline.result import Result
from guardrail.treat import Offer

_place = attrgetter("place")


def second_pass(draft: Draft, bounds: Sequence[Bound | None]) -> Result:
    """The final verdicts. ``bounds``: for each of ``draft.asks`` the cap that is over, or None."""
    request = draft.request
    observing = request.mode == "observe"
    over: Mapping[int, tuple[int, Bound]] = {}
    if any(bounds) or len(bounds) != len(draft.asking):
        over = {
            index: (number, bound)
            for number, (index, bound) in enumerate(zip(draft.asking, bounds, strict=True))
            if bound is not None
        }
    elif not draft.special:
        placed = [KEEP] * len(draft.entries)
        return Result(draft, {}, placed=placed, backfill=(), give_back=(), left_out=frozenset())
    finals: dict[int, Final] = {}
    placed = _placed(draft)
    give_back: list[int] = []
    for index, (number, bound) in over.items():
        # Only what could be judged is counted.
        before = cast("tuple[Settled, Settled | None]", draft.in_own_words(index))
        settled, would = act_on_cap(
            bound,
            draft.reads[index].item,
            *before,
            tolerance=request.tolerance,
            mode=request.mode,
        )
        gone = settled.verdict == "suppress" or settled.held
        if bound.granted and gone and not observing:
            give_back.append(number)
        placed[index] = place_of(request, settled)
        finals[index] = Final(settled, would, bound)
    left_out = _leave_out_surplus(draft, finals, placed)
    backfill = _backfill(draft, placed)
    return Result(
        draft,
        finals,
        placed=placed,
        backfill=backfill,
        give_back=tuple(give_back),
        left_out=left_out,
    )


def _placed(draft: Draft) -> list[Placed]:
    """What becomes of each item unless a cap takes it out."""
    request, entries = draft.request, draft.entries
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
    draft: Draft, finals: Mapping[int, Final], placed: list[Placed]
) -> frozenset[int]:
    """What the app sent to spare fills the holes, where it is, uncapped; the rest is not shown.

    Caps were reserved before it was known which holes there are, so what needs one can't come.
    """
    if draft.request.surface.show is None:
        return frozenset()
    kept = {index for index, place in enumerate(placed) if place.keep}
    surplus = {index for index in kept if draft.entries[index].surplus}
    room = draft.request.surface.show - len(kept - surplus)
    left_out = []
    for index in sorted(surplus):
        final = finals.get(index)
        settled = draft.entries[index].settled if final is None else final.settled
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

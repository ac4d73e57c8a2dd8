"""The whole story of one response: extract -> enrich -> score -> decide -> reserve -> act.

It runs in two halves, because counting first and checking later would race: `first_pass` gives
verdicts and the impressions to reserve; the caller reserves them in one atomic batch;
`second_pass` finishes with the grants. Nothing here reads a clock, a network or a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from guardrail.act.placed import DROP, KEEP, Placed
from guardrail.decide.appraise import Appraiser
from guardrail.decide.capped import Bound, act_on_cap
from guardrail.decide.history import History
from guardrail.decide.nonbid import status_code
from guardrail.decide.repeated import appraiser
from guardrail.decide.reserve import Ask, asks_for, counts
from guardrail.decide.settle import Settled, settle
from guardrail.decide.together import has_watched, together
from guardrail.decide.verdict import on_unreadable, verdict_on
from guardrail.extract.read import Read
from guardrail.model import Customer, Verdict
from guardrail.ruleset import Surface
from guardrail.score.plan import Plan
from guardrail.treat import Creatives, Offer, Shelf


class Request(NamedTuple):
    """Everything that is known before the items are looked at.

    ``mode``: enforce or observe. ``tolerance``: 0-100. ``pool``: the surface's fallback items.
    ``creatives``: by campaign, what may be shown for it.
    ``drop_unreadable``: an element that is no item is taken out (else it stays as it came).
    ``history``: what the customer was shown before, None where nothing is known of it.
    """

    plan: Plan
    surface: Surface
    customer: Customer
    tolerance: float
    mode: str
    now_ms: int
    pool: tuple[Offer, ...] = ()
    drop_unreadable: bool = False
    creatives: Creatives | None = None
    history: History | None = None


class Entry(NamedTuple):
    """One item on its way: ``settled`` is what is enforced (in observe: what would be),
    ``would`` what it would be if the rules in observe were enforced too, None if the same.
    ``surplus``: it may be shown, but there are enough before it.
    """

    read: Read
    settled: Settled | None
    would: Settled | None
    ask: tuple[Ask, ...] = ()
    surplus: bool = False

    @property
    def on_page(self) -> bool:
        """Whether it is shown unless a cap takes it out."""
        return self.settled is None or not (self.settled.verdict == "suppress" or self.settled.held)


class Draft(NamedTuple):
    """The first half's result: ``asks`` holds the caps to reserve for each entry of ``asking``."""

    request: Request
    entries: tuple[Entry, ...]
    asking: tuple[int, ...]
    asks: tuple[tuple[Ask, ...], ...]
    shelf: Shelf
    appraise: Appraiser


class Result(NamedTuple):
    """The second half's result. ``give_back``: indexes into ``asks`` of items that were granted
    but are not shown after all.
    """

    verdicts: tuple[Verdict, ...]
    placed: tuple[Placed, ...]
    backfill: tuple[Offer, ...]
    give_back: tuple[int, ...]


def first_pass(request: Request, reads: Sequence[Read]) -> Draft:
    """Verdicts without caps, and what must be reserved for the items still to be shown."""
    appraise = appraiser(
        request.plan, request.surface, request.customer, request.now_ms, request.history
    )
    shelf = _shelf(request, reads)
    entries = _as_a_set(request, _each(request, reads, appraise, shelf), appraise, shelf)
    entries = tuple(_with_asks(request, entry) for entry in entries)
    asking = tuple(i for i, entry in enumerate(entries) if entry.ask)
    return Draft(request, entries, asking, tuple(entries[i].ask for i in asking), shelf, appraise)


def _shelf(request: Request, reads: Sequence[Read]) -> Shelf:
    return Shelf(request.pool, (r.item.id for r in reads), request.creatives)


def _each(
    request: Request, reads: Sequence[Read], appraise: Appraiser, shelf: Shelf
) -> tuple[Entry, ...]:
    """Every item settled by itself; from the surface's ``show`` on they are surplus."""
    room = request.surface.show if request.mode == "enforce" else None
    entries: list[Entry] = []
    for read in reads:
        surplus = room is not None and room <= 0
        # What may never be shown takes nothing from the pool.
        entry = _enter(request, read, appraise, Shelf((), ()) if surplus else shelf)
        if room is not None and entry.on_page:
            entry = entry._replace(surplus=surplus)
            room -= 1
        entries.append(entry)
    return tuple(entries)


def _enter(request: Request, read: Read, appraise: Appraiser, shelf: Shelf) -> Entry:
    if not read.readable:
        return Entry(read, None, None)
    observing = request.mode == "observe"
    allowed = request.surface.treatments

    def settled_with(*, watched: bool) -> Settled:
        return settle(read.item, appraise, request.tolerance, allowed, shelf, watched=watched)

    settled = settled_with(watched=observing)
    would = None
    if not observing and settled.before.judged.watched:
        would = settled_with(watched=True)
    if settled.treated is not None and settled.treated.edit.replace is not None:
        shelf.take(settled.treated.item)
    return Entry(read, settled, would)


def _as_a_set(
    request: Request, entries: tuple[Entry, ...], appraise: Appraiser, shelf: Shelf
) -> tuple[Entry, ...]:
    """The entries once combinations have looked at all of them together."""
    settled = [entry.settled for entry in entries]
    if not any(one and one.shown.judged.together for one in settled):
        return entries
    items = [entry.read.item for entry in entries]
    observing = request.mode == "observe"
    look = partial(
        together,
        items,
        appraise=appraise,
        tolerance=request.tolerance,
        allowed=request.surface.treatments,
    )
    thinned = look(settled, shelf=shelf, watched=observing)
    would = [entry.would for entry in entries]
    if not observing and (any(would) or has_watched(settled)):
        trial = [entry.would or entry.settled for entry in entries]
        other = _shelf(request, [entry.read for entry in entries])
        would = look(trial, shelf=other, watched=True)
    return tuple(
        entry._replace(settled=one, would=other)
        for entry, one, other in zip(entries, thinned, would, strict=True)
    )


def _with_asks(request: Request, entry: Entry) -> Entry:
    settled = entry.settled
    if settled is None or entry.surplus or not entry.on_page:
        return entry
    if not counts(settled.shown.judged):
        return entry
    shown = entry.read.item if settled.treated is None else settled.treated.item
    enforced = request.mode != "observe"
    return entry._replace(
        ask=asks_for(shown, settled.shown.judged, request.surface, enforced=enforced)
    )


def second_pass(draft: Draft, bounds: Sequence[Bound | None]) -> Result:
    """The final verdicts. ``bounds``: for each of ``draft.asks`` the cap that is over, or None."""
    request = draft.request
    observing = request.mode == "observe"
    bound_of: Mapping[int, Bound | None] = dict(zip(draft.asking, bounds, strict=True))
    verdicts: list[Verdict] = []
    placed: list[Placed] = []
    give_back: list[int] = []
    for index, entry in enumerate(draft.entries):
        if entry.settled is None:
            drop = request.drop_unreadable and not observing
            verdict = on_unreadable(entry.read.problems, request.tolerance, drop=drop)
            place = DROP if drop else KEEP
        else:
            bound = bound_of.get(index)
            settled, would = entry.settled, entry.would
            if bound is not None:
                settled, would = act_on_cap(
                    bound,
                    entry.read.item,
                    settled,
                    would,
                    tolerance=request.tolerance,
                    mode=request.mode,
                )
                gone = settled.verdict == "suppress" or settled.held
                if bound.granted and gone and not observing:
                    give_back.append(draft.asking.index(index))
            verdict = verdict_on(
                entry.read.item.id,
                entry.read.problems,
                settled,
                would,
                bound,
                tolerance=request.tolerance,
                observing=observing,
            )
            place = _place(request, settled)
        verdicts.append(verdict)
        placed.append(place)
    _leave_out_surplus(draft, verdicts, placed)
    backfill = _backfill(draft, placed)
    return Result(tuple(verdicts), tuple(placed), backfill, tuple(give_back))


def _leave_out_surplus(draft: Draft, verdicts: list[Verdict], placed: list[Placed]) -> None:
    """What the app sent to spare fills the holes, where it is, uncapped; the rest is not shown.

    Caps were reserved before it was known which holes there are, so what needs one can't come.
    """
    kept = {index for index, place in enumerate(placed) if place.keep}
    surplus = {index for index in kept if draft.entries[index].surplus}
    room = (draft.request.surface.show or 0) - len(kept - surplus)
    for index in sorted(surplus):
        settled = draft.entries[index].settled
        if room > 0 and settled is not None and not settled.shown.judged.caps:
            room -= 1
        else:
            placed[index] = DROP
            verdicts[index] = replace(verdicts[index], surplus=True)


def _place(request: Request, settled: Settled) -> Placed:
    if request.mode == "observe" or settled.verdict == "allow":
        return KEEP
    if settled.treated is None or settled.held:
        named = request.surface.seatnonbid
        return Placed(keep=False, code=status_code(settled, request.plan)) if named else DROP
    return Placed(edit=settled.treated.edit)


def _backfill(draft: Draft, placed: list[Placed]) -> tuple[Offer, ...]:
    """Fill holes up to the surface's minimum, with uncapped offers that are acceptable too.

    Never more than were taken out: a shelf that the app made short stays as short.
    """
    request = draft.request
    kept = sum(p.keep for p in placed)
    wanted = min(request.surface.minimum_items - kept, len(placed) - kept)
    filled: list[Offer] = []
    if request.mode == "observe" or wanted <= 0:
        return ()
    for offer in draft.shelf.offers():
        appraisal = draft.appraise(offer.item, watched=False)
        if appraisal.acceptable(request.tolerance) and not appraisal.judged.caps:
            filled.append(offer)
            if len(filled) == wanted:
                break
    return tuple(filled)

"""The whole story of one response: extract -> enrich -> score -> decide -> reserve -> act.

It runs in two halves, because counting first and checking later would race: `first_pass` gives
verdicts and the impressions to reserve; the caller reserves them in one atomic batch;
`second_pass` finishes with the grants. Nothing here reads a clock, a network or a file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import NamedTuple

import msgspec
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
from guardrail.decide.verdict import Tallied, on_unreadable, tallied, verdict_on
from guardrail.extract.brief import Briefs
from guardrail.extract.read import Read
from guardrail.model import Customer, Verdict
from guardrail.ruleset import Surface
from guardrail.score.judged import Judged
from guardrail.score.plan import Plan
from guardrail.treat import Creatives, Offer, Shelf


class Request(NamedTuple):
    """Everything that is known before the items are looked at.

    ``mode``: enforce or observe. ``tolerance``: 0-100. ``pool``: the surface's fallback items.
    ``creatives``: by campaign, what may be shown for it.
    ``drop_unreadable``: an element that is no item is taken out (else it stays as it came).
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


class Entry(msgspec.Struct, frozen=True, eq=False):
    """Items on their way: ``settled`` is what is enforced (in observe: what would be), None for
    what could not be judged; ``would`` what it would be if the rules in observe were enforced
    too, None if the same. ``surplus``: it may be shown, but there are enough before it.

    Items that are simply allowed and of one sort share one entry.
    """

    settled: Settled | None
    would: Settled | None = None
    surplus: bool = False

    @property
    def on_page(self) -> bool:
        """Whether it is shown unless a cap takes it out."""
        return self.settled is None or not (self.settled.verdict == "suppress" or self.settled.held)


class Draft(NamedTuple):
    """The first half's result. ``entries``: one for each of ``reads``; of all but those in
    ``special`` it is known that they are shown as they came unless a cap takes them out.
    ``asks`` holds the caps to reserve for each entry of ``asking``.
    """

    request: Request
    reads: Sequence[Read]
    entries: Sequence[Entry]
    special: Sequence[int]
    asking: tuple[int, ...]
    asks: tuple[tuple[Ask, ...], ...]
    shelf: Shelf
    appraise: Appraiser


class Final(NamedTuple):
    """What came of one item once caps had their say; ``bound``: the cap that is over."""

    settled: Settled | None
    would: Settled | None
    bound: Bound | None = None


class Result:
    """The second half's result. ``give_back``: indexes into ``asks`` of items that were granted
    but are not shown after all.
    """

    def __init__(
        self,
        draft: Draft,
        finals: Mapping[int, Final],
        *,
        placed: Sequence[Placed],
        backfill: tuple[Offer, ...],
        give_back: tuple[int, ...],
        left_out: frozenset[int],
    ) -> None:
        """``finals``: of items that are not simply shown as they came. ``left_out``: surplus."""
        self.placed = placed
        self.backfill = backfill
        self.give_back = give_back
        self._draft = draft
        self._finals = finals
        self._left_out = left_out

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdict on each item, with every number behind it; put together when asked for."""
        return tuple(
            self._verdict(index, read, entry)
            for index, (read, entry) in enumerate(
                zip(self._draft.reads, self._draft.entries, strict=True)
            )
        )

    def _verdict(self, index: int, read: Read, entry: Entry) -> Verdict:
        request = self._draft.request
        observing = request.mode == "observe"
        settled, would, bound = self._finals.get(index) or Final(entry.settled, entry.would)
        if settled is None:
            drop = request.drop_unreadable and not observing
            verdict = on_unreadable(read.problems, request.tolerance, drop=drop)
        else:
            verdict = verdict_on(
                read.item.id,
                read.problems,
                settled,
                would,
                bound,
                tolerance=request.tolerance,
                observing=observing,
            )
        return replace(verdict, surplus=True) if index in self._left_out else verdict

    def tally(self) -> Iterator[tuple[Tallied, int]]:
        """How many items came to what; surplus is left out: neither shown nor taken out."""
        request, entries, finals = self._draft.request, self._draft.entries, self._finals
        observing = request.mode == "observe"
        drop = request.drop_unreadable and not observing
        known = request.plan.notes("tallied")
        told = partial(tallied, observing=observing, drop=drop, known=known)
        simple = Counter(entries)
        for index, (settled, would, bound) in finals.items():
            if bound is None and index not in self._left_out:
                continue
            simple[entries[index]] -= 1
            if index not in self._left_out:
                yield told(settled, would, bound), 1
        shared = request.plan.notes(("shared", observing, drop))
        for entry, many in simple.items():
            if many:
                found = shared.get(entry)
                if found is None:
                    found = shared[entry] = told(entry.settled, entry.would, None)
                yield found, many


def first_pass(request: Request, reads: Sequence[Read], briefs: Briefs | None = None) -> Draft:
    """Verdicts without caps, and what must be reserved for the items still to be shown.

    ``briefs``: the same items as ``reads``, which then are read only where an item needs it.
    """
    appraise = appraiser(
        request.plan, request.surface, request.customer, request.now_ms, request.history
    )
    shelf = _shelf(request, reads, briefs)
    judged = _judged_briefly(request, briefs)
    if judged is None or briefs is None:
        entries = _each(request, reads, appraise, shelf)
        special: Sequence[int] = range(len(entries))
    else:
        entries, special = _by_sort(request, reads, judged, briefs, appraise=appraise, shelf=shelf)
    if any(_tells(entries[index]) for index in special):
        entries = _as_a_set(request, reads, entries, appraise, shelf)
    asked = [*_asks(request, reads, entries, special, briefs)]
    asking = tuple([index for index, _ in asked])
    asks = tuple([asks for _, asks in asked])
    return Draft(request, reads, entries, special, asking, asks, shelf, appraise)


def _shelf(request: Request, reads: Sequence[Read], briefs: Briefs | None = None) -> Shelf:
    shown: Iterable[str | None] = (r.item.id for r in reads)
    if briefs is not None:
        shown = briefs.each_id()
    return Shelf(request.pool, shown, request.creatives)


def _judged_briefly(request: Request, briefs: Briefs | None) -> list[Judged] | None:
    """What the rules say of each item, where no item has to be looked at by itself for that."""
    surplus = request.surface.show is not None and request.mode == "enforce"
    if briefs is None or surplus or request.plan.looks_for(request.customer):
        return None
    return request.plan.judge_briefly(briefs)


def _by_sort(
    request: Request,
    reads: Sequence[Read],
    judged: Sequence[Judged],
    briefs: Briefs,
    *,
    appraise: Appraiser,
    shelf: Shelf,
) -> tuple[Sequence[Entry], Sequence[int]]:
    """Every sort of item settled once where it is simply allowed; the others one by one.

    Of the others, too, what came of one is remembered for all of its sort with the same copy, where
    nothing that only this customer or this response has came into it.
    """
    simple: dict[Judged, Entry | None] = {}
    if appraise.for_anyone:
        simple = request.plan.notes(("simple", request.tolerance, request.mode))
    for sort in set(judged).difference(simple):
        simple[sort] = _simply(request, sort, appraise)
    found = [*map(simple.__getitem__, judged)]
    if None not in found:
        return found, ()  # type: ignore[return-value]
    special = [index for index, entry in enumerate(found) if entry is None]
    known: dict[Hashable, Entry] = {}
    customer = request.customer
    if appraise.for_anyone and not customer.names and not customer.places:
        known = request.plan.notes(("settled", request.tolerance, request.mode))
    for index in special:
        sort = judged[index]
        alike = (sort, *briefs.copy(index))
        entry = known.get(alike)
        if entry is None:
            shelf.asked = False
            entry = _enter(request, reads[index], appraise, shelf)
            if not (shelf.asked or sort.repeats) and _holds_for_all(entry):
                known[alike] = entry
        found[index] = entry
    return found, special  # type: ignore[return-value]


def _holds_for_all(entry: Entry) -> bool:
    """Whether it does not hang on the item itself: when it comes back depends on its evidence."""
    return not any(one and one.held for one in (entry.settled, entry.would))


def _simply(request: Request, sort: Judged, appraise: Appraiser) -> Entry | None:
    """The entry of all items of a sort, if they are allowed whoever else is on the shelf."""
    observing = request.mode == "observe"
    appraisal = appraise.of(sort, watched=observing)
    if sort.together or sort.repeats or not appraisal.acceptable(request.tolerance):
        return None
    if sort.watched and not observing:
        would = appraise.of(sort, watched=True)
        if not would.acceptable(request.tolerance):
            return None
    return Entry(Settled("allow", appraisal))


def _each(
    request: Request, reads: Sequence[Read], appraise: Appraiser, shelf: Shelf
) -> Sequence[Entry]:
    """Every item settled by itself; from the surface's ``show`` on they are surplus."""
    room = request.surface.show if request.mode == "enforce" else None
    entries: list[Entry] = []
    for read in reads:
        surplus = room is not None and room <= 0
        # What may never be shown takes nothing from the pool.
        entry = _enter(request, read, appraise, Shelf((), ()) if surplus else shelf)
        if room is not None and entry.on_page:
            entry = replace(entry, surplus=surplus)
            room -= 1
        entries.append(entry)
    return entries


def _enter(request: Request, read: Read, appraise: Appraiser, shelf: Shelf) -> Entry:
    if not read.readable:
        return Entry(None)
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
    return Entry(settled, would)


def _tells(entry: Entry) -> bool:
    """Whether an item shows a sign of a story that several could tell together."""
    return entry.settled is not None and bool(entry.settled.shown.judged.together)


def _as_a_set(
    request: Request,
    reads: Sequence[Read],
    entries: Sequence[Entry],
    appraise: Appraiser,
    shelf: Shelf,
) -> Sequence[Entry]:
    """The entries once combinations have looked at all of them together."""
    settled = [entry.settled for entry in entries]
    items = [read.item for read in reads]
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
        would = look(trial, shelf=_shelf(request, reads), watched=True)
    return [
        entry
        if one is entry.settled and other is entry.would
        else replace(entry, settled=one, would=other)
        for entry, one, other in zip(entries, thinned, would, strict=True)
    ]


def _asks(
    request: Request,
    reads: Sequence[Read],
    entries: Sequence[Entry],
    special: Sequence[int],
    briefs: Briefs | None,
) -> Iterator[tuple[int, tuple[Ask, ...]]]:
    """What must be reserved: index and caps of each item that has any and is still to be shown."""
    enforced = request.mode != "observe"
    looked_at = special if not request.plan.has_caps else range(len(entries))
    looked_into = frozenset(special)
    for index in looked_at:
        entry = entries[index]
        settled = entry.settled
        if settled is None or entry.surplus or not entry.on_page:
            continue
        judged = settled.shown.judged
        if not counts(judged):
            continue
        if settled.treated is not None and settled.treated.edit.replace is not None:
            shown = settled.treated.item
        elif briefs is None or index in looked_into:
            shown = reads[index].item
        else:
            shown = briefs.counted(index)
        asks = asks_for(shown, judged, request.surface, enforced=enforced)
        if asks:
            yield index, asks


def second_pass(draft: Draft, bounds: Sequence[Bound | None]) -> Result:
    """The final verdicts. ``bounds``: for each of ``draft.asks`` the cap that is over, or None."""
    request = draft.request
    observing = request.mode == "observe"
    over = {
        index: (number, bound)
        for number, (index, bound) in enumerate(zip(draft.asking, bounds, strict=True))
        if bound is not None
    }
    finals: dict[int, Final] = {}
    placed = [KEEP] * len(draft.entries)
    give_back: list[int] = []
    for index in sorted({*draft.special, *over}) if over else draft.special:
        entry = draft.entries[index]
        settled, would, bound = entry.settled, entry.would, None
        if settled is None:
            if request.drop_unreadable and not observing:
                placed[index] = DROP
        else:
            if index in over:
                number, bound = over[index]
                settled, would = act_on_cap(
                    bound,
                    draft.reads[index].item,
                    settled,
                    would,
                    tolerance=request.tolerance,
                    mode=request.mode,
                )
                gone = settled.verdict == "suppress" or settled.held
                if bound.granted and gone and not observing:
                    give_back.append(number)
            placed[index] = _place(request, settled)
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
        settled = finals[index].settled
        if room > 0 and settled is not None and not settled.shown.judged.caps:
            room -= 1
        else:
            placed[index] = DROP
            left_out.append(index)
    return frozenset(left_out)


def _place(request: Request, settled: Settled) -> Placed:
    if request.mode == "observe" or settled.verdict == "allow":
        return KEEP
    if settled.treated is None or settled.held:
        named = request.surface.seatnonbid
        return Placed(keep=False, code=status_code(settled, request.plan)) if named else DROP
    return Placed(edit=settled.treated.edit)


def _backfill(draft: Draft, placed: Sequence[Placed]) -> tuple[Offer, ...]:
    """Fill holes up to the surface's minimum, with uncapped offers that are acceptable too.

    Never more than were taken out: a shelf that the app made short stays as short.
    """
    request = draft.request
    if request.mode == "observe" or request.surface.minimum_items <= 0:
        return ()
    kept = sum(p.keep for p in placed)
    wanted = min(request.surface.minimum_items - kept, len(placed) - kept)
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

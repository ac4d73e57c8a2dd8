"""The first half: verdicts without caps, and what must be reserved for what is to be shown."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from guardrail.decide.appraise import Appraiser
from guardrail.decide.repeated import appraiser
from guardrail.decide.reserve import Ask, asks_for, counts
from guardrail.decide.settle import Settled, settle
from guardrail.decide.together import has_watched, together
from guardrail.extract.brief import Briefs
from guardrail.extract.read import Read
from guardrail.pipeline.draft import Draft, Entry, Request
from guardrail.score.judged import Judged
from guardrail.treat import Shelf


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

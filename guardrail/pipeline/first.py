"""The first half: verdicts without caps, and what must be reserved for what is to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from guardrail.decide.appraise import Appraiser
from guardrail.decide.choice import subjects_refused
from guardrail.decide.repeated import appraiser
from guardrail.decide.together import has_watched, together
from guardrail.extract.brief import Briefs
from guardrail.extract.read import Read
from guardrail.extract.scan import Scanned
from guardrail.model import Item
from guardrail.pipeline.asking import asks_of
from guardrail.pipeline.by_sort import by_sort, itself, settled_alone
from guardrail.pipeline.draft import Draft, Entry, Request
from guardrail.pipeline.items import BriefItems, Items, ScannedItems
from guardrail.score.kinds.manner import own_words
from guardrail.treat import Shelf


def first_pass(
    request: Request, reads: Sequence[Read], briefs: Briefs | Scanned | None = None
) -> Draft:
    """Verdicts without caps, and what must be reserved for the items still to be shown.

    ``briefs``: the same items as ``reads``, which then are read only where an item needs it.
    """
    appraise = appraiser(
        request.plan, request.surface, request.customer, request.now_ms, request.history
    )
    if (
        isinstance(briefs, Scanned)
        and appraise.refused is not None
        and not briefs.tells(subjects_refused(request.customer))
    ):
        # What somebody refuses may be what no rule tells apart.
        briefs = briefs.exact()
    shelf = _shelf(request, reads, briefs)
    entries, special = _settled(request, reads, briefs, appraise, shelf)
    if special and request.plan.combines and any(map(_tells, map(entries.__getitem__, special))):
        if isinstance(briefs, Scanned):
            # What they tell together is told in their own words.
            briefs = briefs.exact()
            shelf = _shelf(request, reads, briefs)
            entries, special = _settled(request, reads, briefs, appraise, shelf)
        entries = _as_a_set(request, reads, entries, appraise, shelf)
    asking, asks = asks_of(request, reads, entries, special, briefs)
    scanned = isinstance(briefs, Scanned)
    return Draft(request, reads, entries, special, asking, asks, shelf, appraise, scanned)


def _settled(
    request: Request,
    reads: Sequence[Read],
    briefs: Briefs | Scanned | None,
    appraise: Appraiser,
    shelf: Shelf,
) -> tuple[Sequence[Entry], Sequence[int]]:
    """The entries, each item by itself, and the indexes of those not simply allowed."""
    if _one_by_one(request, briefs):
        briefs = None
    if isinstance(briefs, Scanned):
        sorts, judge = briefs.sorts, request.plan.judge_sort
        items: Items = ScannedItems(briefs)
        return by_sort(request, reads, sorts, judge, items, appraise=appraise, shelf=shelf)
    judged = None if briefs is None else request.plan.judge_briefly(briefs)
    if judged is None or briefs is None:
        return _each(request, reads, appraise, shelf), range(len(reads))
    items = BriefItems(briefs, request.surface.neutral_reason)
    return by_sort(request, reads, judged, itself, items, appraise=appraise, shelf=shelf)


def _shelf(
    request: Request, reads: Sequence[Read], briefs: Briefs | Scanned | None = None
) -> Shelf:
    shown = (r.item.id for r in reads) if briefs is None else briefs.each_id()
    return Shelf(request.pool, shown, request.creatives)


def _one_by_one(request: Request, briefs: Briefs | Scanned | None) -> bool:
    """Whether each item has to be looked at by itself, and in its turn."""
    surplus = request.surface.show is not None and request.mode == "enforce"
    return surplus or (
        request.plan.looks_for(request.customer) and _copy_names_them(request, briefs)
    )


def _copy_names_them(request: Request, briefs: Briefs | Scanned | None) -> bool:
    """Whether copy somewhere has words that the app gave of the customer; True where that is not
    known.
    """
    if not briefs:
        return True
    copy = Item(title="\n".join(filter(None, (*briefs.titles, *briefs.reasons))))
    return bool(own_words(copy, request.customer))


def _each(
    request: Request, reads: Sequence[Read], appraise: Appraiser, shelf: Shelf
) -> Sequence[Entry]:
    """Every item settled by itself; from the surface's ``show`` on they are surplus."""
    room = request.surface.show if request.mode == "enforce" else None
    entries: list[Entry] = []
    for read in reads:
        surplus = room is not None and room <= 0
        # What may never be shown takes nothing from the pool.
        entry = settled_alone(request, read, appraise, Shelf((), ()) if surplus else shelf)
        if room is not None and entry.on_page:
            entry = replace(entry, surplus=surplus)
            room -= 1
        entries.append(entry)
    return entries


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
        else Entry(one, other, surplus=entry.surplus)
        for entry, one, other in zip(entries, thinned, would, strict=True)
    ]

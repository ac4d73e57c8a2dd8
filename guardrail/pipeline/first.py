"""The first half: verdicts without caps, and what must be reserved for what is to be shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from msgspec.structs import replace

from guardrail.decide.appraise import Appraiser
from guardrail.decide.choice import subjects_refused
from guardrail.decide.repeated import appraiser
from guardrail.decide.together import has_watched, tell, together
from guardrail.extract.brief import Briefs
from guardrail.extract.read import Read
from guardrail.extract.scan import Scanned
from guardrail.pipeline.asking import asks_of
from guardrail.pipeline.by_sort import by_sort, itself, settled_alone
from guardrail.pipeline.draft import Draft, Entry, Request
from guardrail.pipeline.items import BriefItems, ScannedItems
from guardrail.pipeline.surplus import Settle, Settling, settled_in_turn
from guardrail.score.kinds.manner import may_name
from guardrail.treat import Shelf


def first_pass(
    request: Request, reads: Sequence[Read], briefs: Briefs | Scanned | None = None
) -> Draft:
    """Verdicts without caps, and what must be reserved for the items still to be shown.

    ``briefs``: the same items as ``reads``, which then are read only where an item needs it.
    """
    appraise = _appraiser(request)
    if (
        isinstance(briefs, Scanned)
        and appraise.refused is not None
        and not briefs.tells(subjects_refused(request.customer))
    ):
        # What somebody refuses may be what no rule tells apart.
        briefs = briefs.exact()
    entries, special, shelf = _settled(request, reads, briefs, appraise)
    if special and request.plan.combines and _story(request, entries, special, appraise):
        if isinstance(briefs, Scanned):
            # What they tell together is told in their own words.
            briefs = briefs.exact()
            entries, special, shelf = _settled(request, reads, briefs, appraise)
        entries = _as_a_set(request, reads, entries, appraise, shelf)
    asking, asks = asks_of(request, reads, entries, special, briefs)
    scanned = isinstance(briefs, Scanned)
    return Draft(request, reads, entries, special, asking, asks, shelf, appraise, scanned)


_Alone = tuple[Sequence[Entry], Sequence[int], Shelf]
"""The entries, each item by itself, the indexes of those not simply allowed, and the shelf less
what they take.
"""


def _settled(
    request: Request,
    reads: Sequence[Read],
    briefs: Briefs | Scanned | None,
    appraise: Appraiser,
) -> _Alone:
    customer = request.customer
    if not briefs:
        return _each(request, reads, appraise)
    if not (customer.names or customer.places):
        return _alike(request, reads, briefs, appraise)
    # What anybody else would see, unless something there is what the app calls them.
    if not may_name((*briefs.titles, *briefs.reasons), customer):
        other = replace(customer, names=(), places=())
        as_other = replace(request, customer=other)
        found = _alike(as_other, reads, briefs, _appraiser(as_other))
        if not may_name(_put_there(found[0], found[1]), customer):
            return found
    return _each(request, reads, appraise)


def _alike(
    request: Request, reads: Sequence[Read], briefs: Briefs | Scanned, appraise: Appraiser
) -> _Alone:
    """The same, by what items have in common."""
    shelf = _shelf(request, reads, briefs)
    settle = partial(by_sort, request, reads, appraise=appraise)
    if isinstance(briefs, Scanned):
        of_sort: Settle[Any] = partial(
            settle, judge=request.plan.judge_sort, items=ScannedItems(briefs)
        )
        return *settled_in_turn(request, briefs.sorts, of_sort, shelf), shelf
    judged = request.plan.judge_briefly(briefs)
    if judged is None:
        return _each(request, reads, appraise)
    of_sort = partial(
        settle, judge=itself, items=BriefItems(briefs, request.surface.neutral_reason)
    )
    return *settled_in_turn(request, judged, of_sort, shelf), shelf


def _appraiser(request: Request) -> Appraiser:
    return appraiser(
        request.plan, request.surface, request.customer, request.now_ms, request.history
    )


def _put_there(entries: Sequence[Entry], special: Sequence[int]) -> Iterator[str | None]:
    """The copy that comes in the place of other copy, or would."""
    for entry in set(map(entries.__getitem__, special)):
        for settled in (entry.settled, entry.would):
            if settled is not None and settled.treated is not None:
                item, edit = settled.treated.item, settled.treated.edit
                yield from (item.title, item.reason)
                yield from (text for text in edit.set.values() if isinstance(text, str))


def _shelf(
    request: Request, reads: Sequence[Read], briefs: Briefs | Scanned | None = None
) -> Shelf:
    shown = (r.item.id for r in reads) if briefs is None else briefs.each_id()
    return Shelf(request.pool, shown, request.creatives)


def _each(request: Request, reads: Sequence[Read], appraise: Appraiser) -> _Alone:
    """Every item settled by itself."""

    def settle(some: Sequence[Read], shelf: Shelf, first: int) -> Settling:
        entries = [settled_alone(request, read, appraise, shelf) for read in some]
        return entries, range(first, first + len(some))

    shelf = _shelf(request, reads)
    return *settled_in_turn(request, reads, settle, shelf), shelf


def _story(
    request: Request, entries: Sequence[Entry], special: Sequence[int], appraise: Appraiser
) -> bool:
    """Whether some items may tell a story together, as verdicts are or as they would be."""
    found = [*map(entries.__getitem__, special)]
    settled = [entry.settled for entry in found]
    if request.mode == "observe":
        return tell(settled, appraise.history, watched=True)
    would = [entry.would or entry.settled for entry in found]
    return tell(settled, appraise.history) or tell(would, appraise.history, watched=True)


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
    trial = would = [entry.would for entry in entries]
    if not observing and (any(would) or has_watched(settled)):
        trial = [entry.would or entry.settled for entry in entries]
        would = look(trial, shelf=_shelf(request, reads), watched=True)
    return [
        entry
        if one is entry.settled and other is tried
        else Entry(one, other, surplus=entry.surplus)
        for entry, one, tried, other in zip(entries, thinned, trial, would, strict=True)
    ]

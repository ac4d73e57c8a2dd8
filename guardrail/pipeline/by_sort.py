"""Items settled by their sort: what all of a sort come to is worked out once, and remembered.

What decides of an item is what the rules say of it, and where something must be done, what the
treatments look at (`guardrail.treat.Treatment`). Only what hangs on the one item is settled by
itself, and only then is it read.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import compress
from operator import attrgetter, not_
from typing import Any, TypeVar, cast

from guardrail.act.placed import KEEP
from guardrail.decide.appraise import Appraiser
from guardrail.decide.course import NO_POOL
from guardrail.decide.settle import Settled, settle
from guardrail.extract.read import Read
from guardrail.model import Item
from guardrail.pipeline.asking import asked_of
from guardrail.pipeline.draft import Entry, Request
from guardrail.pipeline.items import Items
from guardrail.pipeline.prospect import Prospect, prospect_of, take
from guardrail.pipeline.reading import Reader, Reading, reading_of
from guardrail.score.judged import Judged
from guardrail.treat import Shelf

_UNKNOWN: Any = object()
_special = attrgetter("special")
_Sort = TypeVar("_Sort", bound=Hashable)


def by_sort(
    request: Request,
    reads: Sequence[Read],
    sorts: Sequence[_Sort],
    judge: Callable[[_Sort], Judged],
    items: Items,
    *,
    appraise: Appraiser,
    shelf: Shelf,
) -> tuple[Sequence[Entry], Sequence[int]]:
    """The entry of each item, and the indexes of all that are not simply allowed.

    ``sorts`` and ``items``: of each of ``reads``, which are only read where one needs it.
    ``judge`` gives what the rules say of a sort, and is only asked where that is not known.
    """
    settling = _Settling(request, appraise, shelf)
    same: dict[_Sort, Entry | None] = settling.same
    try:
        found = [*map(same.__getitem__, sorts)]
    except KeyError:
        for sort in set(sorts).difference(same):
            same[sort] = _simply(request, judge(sort), appraise)
        found = [*map(same.__getitem__, sorts)]
    drawing: dict[_Sort, Prospect] = settling.drawing
    for index in compress(range(len(found)), map(not_, [*found])):
        sort = sorts[index]
        if sort in drawing:
            found[index] = drawing[sort].entry(request, reads, index, appraise, shelf)
            continue
        alike = (judge(sort), items.reasoned(index))
        entry = settling.known.get(alike)
        if not isinstance(entry, Entry):
            entry = settling.entry(alike, items, reads, index)
        if items.by_sort:
            settling.note(sort, alike)
        found[index] = entry
    entries = cast("list[Entry]", found)
    return entries, [*compress(range(len(entries)), map(_special, entries))]


def itself(judged: Judged) -> Judged:
    """What the rules say of items of which exactly that is the sort."""
    return judged


def settled_alone(request: Request, read: Read, appraise: Appraiser, shelf: Shelf) -> Entry:
    """The entry of one item, looked at by itself; what it takes of the pool is taken."""
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
    take(settled, shelf)
    return Entry(settled, would)


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
    settled = Settled("allow", appraisal)
    row, values = asked_of(request, settled)
    return Entry(settled, place=KEEP, row=row, values=values, special=False)


class _Settling:
    """Settles what is not simply allowed on one response."""

    def __init__(self, request: Request, appraise: Appraiser, shelf: Shelf) -> None:
        self._request = request
        self._appraise = appraise
        self._shelf = shelf
        customer = request.customer
        self.known: dict[Hashable, Entry | Prospect | Reading | None] = {}
        """What comes of items that are alike: by sort and `Items.reasoned`, and where treatments
        read more than that by what they read. None: each is another case.
        """
        self.same: dict[Any, Entry | None] = {}
        """By sort, what all items of it come to; None: they may come to different things."""
        self.drawing: dict[Any, Prospect] = {}
        """By sort, what is in prospect for all items of it; where that is known."""
        self._readers: dict[Hashable, Reader] | None = None
        # What a customer refuses or is called is remembered for no other.
        self._named = named = bool(customer.names or customer.places)
        about = (request.tolerance, request.mode, bool(request.creatives))
        if appraise.for_anyone:
            self.same = request.plan.notes(("same", *about, named))
        if appraise.for_anyone and not named:
            self.known = request.plan.notes(("settled", *about))
            self.drawing = request.plan.notes(("drawing", *about))
            self._readers = request.plan.notes("readers")

    def note(self, sort: Hashable, alike: Hashable) -> None:
        """Note what all items of a sort come to, where that is known of those that are alike."""
        known = self.known.get(alike)
        if isinstance(known, Prospect):
            self.drawing[sort] = known
        elif isinstance(known, Entry) and not self._named:
            self.same[sort] = known

    def entry(
        self, sort: tuple[Judged, bool | None], items: Items, reads: Sequence[Read], index: int
    ) -> Entry:
        """The entry of the item at ``index``, which is of that sort."""
        alike: Hashable = sort
        known = self.known.get(alike, _UNKNOWN)
        if isinstance(known, Reading):
            alike = (sort, known.alike(items, index))
            known = self.known.get(alike, _UNKNOWN)
        if known is _UNKNOWN:
            known = self._first(sort, alike, items, reads[index].item, index)
        if isinstance(known, Entry):
            return known
        if known is None:
            return settled_alone(self._request, reads[index], self._appraise, self._shelf)
        found: Entry = known.entry(self._request, reads, index, self._appraise, self._shelf)
        return found

    def _first(
        self, sort: Hashable, alike: Hashable, items: Items, item: Item, index: int
    ) -> Entry | Prospect | None:
        """What is in prospect for the first of all items that are alike, now remembered."""
        prospect = prospect_of(self._request, item, self._appraise)
        if prospect is not None and prospect.reading and alike is sort:
            means = self._appraise.means(prospect.before, NO_POOL)
            reading = self.known[sort] = reading_of(prospect.reading, means, self._readers)
            alike = (sort, reading.alike(items, index))
        found = prospect if prospect is None else prospect.only or prospect
        self.known[alike] = found
        return found

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
from guardrail.decide.repeated import Remembering
from guardrail.decide.settle import Settled, settle
from guardrail.extract.read import Read
from guardrail.pipeline.asking import asked_of
from guardrail.pipeline.draft import Entry, Request
from guardrail.pipeline.items import Items
from guardrail.pipeline.prospect import Prospect, if_it_differs, prospect_of, taken_by
from guardrail.pipeline.reading import Reader, Reading, reading_of
from guardrail.pipeline.surplus import Settling
from guardrail.score.judged import Judged
from guardrail.treat import Shelf

_UNKNOWN: Any = object()
_MOST = 4_096
_MOST_REFUSALS = 256
_special = attrgetter("special")
_Sort = TypeVar("_Sort", bound=Hashable)


def by_sort(
    request: Request,
    reads: Sequence[Read],
    sorts: Sequence[_Sort],
    shelf: Shelf,
    first: int,
    *,
    judge: Callable[[_Sort], Judged],
    items: Items,
    appraise: Appraiser,
) -> Settling:
    """The entry of each item, and the indexes of all that are not simply allowed; for somebody
    whose words are not looked for.

    ``items``: of each of ``reads``, which are only read where one needs it. ``sorts``: those of the
    ``first`` of them and of the next ones; no other is looked at. ``judge`` gives what the rules
    say of a sort, and is only asked where that is not known.
    """
    known = _known(request, appraise)
    same: dict[_Sort, Entry | None] = known.same
    try:
        found = [*map(same.__getitem__, sorts)]
    except KeyError:
        for sort in set(sorts).difference(same):
            same[sort] = _simply(request, judge(sort), appraise)
        found = [*map(same.__getitem__, sorts)]
    if None in found:
        settling: _Settling | None = None
        for index in compress(range(len(found)), map(not_, [*found])):
            prospect = known.drawing.get(sorts[index])
            if prospect is not None:
                found[index] = prospect.entry(request, reads, first + index, appraise, shelf)
                continue
            settling = settling or _Settling(request, appraise, shelf, known)
            found[index] = settling.entry(sorts[index], judge, items, reads, first + index)
    entries = cast("list[Entry]", found)
    return entries, [*compress(range(first, first + len(entries)), map(_special, entries))]


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
        would = if_it_differs(settled, settled_with(watched=True))
    if (taken := taken_by(settled)) is not None:
        shelf.take(taken)
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


class _Known:
    """What is known of items of one surface in one mode, under one tolerance."""

    __slots__ = ("alike", "drawing", "same", "seldom")

    def __init__(self) -> None:
        self.same: dict[Any, Entry | None] = {}
        """By sort, what all items of it come to; None: they may come to different things."""
        self.drawing: dict[Any, Prospect] = {}
        """By sort, what is in prospect for all items of it; where that is known."""
        self.seldom: dict[Any, Entry | Prospect] = {}
        """By sort, what those come to that were shown seldom, where it counts how often."""
        self.alike: dict[Hashable, Entry | Prospect | Reading | None] = {}
        """What comes of items that are alike: by what the rules say of them and `Items.reasoned`,
        and where treatments read more than that by what they read. None: each is another case.
        """


def _known(request: Request, appraise: Appraiser) -> _Known:
    """What is known for such a request; for whoever refuses something, if they refuse the same."""
    about = request.tolerance, request.mode, bool(request.creatives)
    refused = appraise.refused
    # Apart from all others, lest those who refuse this and that make what is usual forgotten.
    notes = request.plan.notes(about if refused is None else "refused")
    key = "known" if refused is None else (about, refused)
    known: _Known | None = notes.get(key)
    if known is None and len(notes) >= _MOST_REFUSALS:
        notes.clear()
    if known is None or len(known.same) > _MOST or len(known.alike) > _MOST:
        # Another one, since others may be reading this one.
        known = notes[key] = _Known()
    return known


class _Settling:
    """Settles what is not simply allowed on one response."""

    def __init__(self, request: Request, appraise: Appraiser, shelf: Shelf, known: _Known) -> None:
        self._request = request
        self._appraise = appraise
        self._shelf = shelf
        self._known = known
        self._remembering = appraise if isinstance(appraise, Remembering) else None
        self._readers: dict[Hashable, Reader] = request.plan.notes("readers")

    def entry(
        self,
        sort: Any,
        judge: Callable[[Any], Judged],
        items: Items,
        reads: Sequence[Read],
        index: int,
    ) -> Entry:
        """The entry of the item at ``index``, which is of that sort."""
        known, appraise, weighed = self._known, self._appraise, False
        found: Entry | Prospect | None = None
        if self._remembering is not None and (judged := judge(sort)).repeats:
            if not self._remembering.seldom(judged, items.counted(index)):
                return settled_alone(self._request, reads[index], appraise, self._shelf)
            weighed, appraise = True, self._remembering.forgetting
            found = known.seldom.get(sort)
        if found is None:
            alike = (judge(sort), items.reasoned(index))
            found = self._come_to(alike, items, reads, index, appraise)
            if items.by_sort:
                # Of those that are read more closely it is not the sort alone that tells.
                same = known.alike.get(alike)
                if weighed and isinstance(same, (Entry, Prospect)):
                    known.seldom[sort] = same
                elif isinstance(same, Prospect):
                    known.drawing[sort] = same
                elif isinstance(same, Entry):
                    known.same[sort] = same
        if isinstance(found, Entry):
            return found
        if found is None:
            return settled_alone(self._request, reads[index], self._appraise, self._shelf)
        return found.entry(self._request, reads, index, self._appraise, self._shelf)

    def _come_to(
        self,
        sort: Hashable,
        items: Items,
        reads: Sequence[Read],
        index: int,
        appraise: Appraiser,
    ) -> Entry | Prospect | None:
        """What items come to that are alike to the one at ``index``; None: each is another case."""
        alike = sort
        known = self._known.alike.get(alike, _UNKNOWN)
        if isinstance(known, Reading):
            alike = (sort, known.alike(items, index))
            known = self._known.alike.get(alike, _UNKNOWN)
        if known is not _UNKNOWN:
            return cast("Entry | Prospect | None", known)
        prospect = prospect_of(self._request, reads[index].item, appraise)
        if prospect is not None and prospect.reading and alike is sort:
            means = appraise.means(prospect.before, NO_POOL)
            reading = self._known.alike[sort] = reading_of(prospect.reading, means, self._readers)
            alike = (sort, reading.alike(items, index))
        found = prospect if prospect is None else prospect.only or prospect
        self._known.alike[alike] = found
        return found

"""What is in prospect for all items that are alike: settled once, and given to each of them."""

from __future__ import annotations

from collections.abc import Sequence

from guardrail.decide.appraise import Appraisal, Appraiser
from guardrail.decide.course import Course, course_of
from guardrail.decide.settle import Settled
from guardrail.extract.read import Read
from guardrail.model import Item
from guardrail.pipeline.asking import asked_of
from guardrail.pipeline.draft import Entry, Request
from guardrail.pipeline.place import place_of
from guardrail.treat import TREATMENTS, Shelf

MOST_ENTRIES = 256
_OWN = frozenset(name for name, one in TREATMENTS.items() if one.same_reasons)
"""Treatments whose outcome holds something of the one item."""


class Prospect:
    """What comes of all items that are alike, in one mode and under one tolerance."""

    def __init__(self, request: Request, settled: Course, would: Course | None) -> None:
        """``would``: as if the rules in observe were enforced; None where there is none."""
        self._settled = settled
        self._would = would
        self._entries: dict[tuple[int, int], Entry] = {}
        self._draw = settled.draws[0] if would is None and len(settled.draws) == 1 else None
        self._ready: tuple[object, tuple[tuple[str, Entry], ...]] = (None, ())
        """A pool, and what comes with its first offers, each by its id: all of these fit."""
        courses = (settled,) if would is None else (settled, would)
        self.reading = tuple(dict.fromkeys(name for one in courses for name in one.reading))
        """The treatments that read more of an item than rules do."""
        self.only: Entry | None = None
        """The entry of all of them, where nothing of a pool comes into it."""
        if not any(course.draws for course in courses):
            ends = settled.end, None if would is None else would.end
            self.only = _entry(request, *ends)

    @property
    def before(self) -> Appraisal:
        """What they are before anything is changed."""
        return self._settled.end.before

    def entry(
        self,
        request: Request,
        reads: Sequence[Read],
        index: int,
        appraise: Appraiser,
        shelf: Shelf,
    ) -> Entry:
        """The entry of the one at ``index``; what it takes of the pool is taken."""
        pool, ready = self._ready
        if pool is shelf.pool:
            taken = shelf.taken
            for ident, entry in ready:
                if ident not in taken:
                    taken.add(ident)
                    return entry

        def item() -> Item:
            return reads[index].item

        settled = self._settled.settled(item, appraise, shelf)
        would = None if self._would is None else self._would.settled(item, appraise, shelf)
        # What is remembered is held by its entry, so an id() stays its own.
        key = id(settled), id(would)
        known = self._entries.get(key)
        if known is None:
            known = _entry(request, settled, would)
            if _OWN.isdisjoint((settled.treatment, would and would.treatment)):
                if len(self._entries) >= MOST_ENTRIES:
                    self._entries = {}
                self._entries[key] = known
                self._note(known, appraise, shelf)
        if known.takes is not None:
            shelf.taken.add(known.takes)
        return known

    def _note(self, entry: Entry, appraise: Appraiser, shelf: Shelf) -> None:
        """Have an entry ready if it comes with the first offer of which that is not known yet."""
        ident, settled = entry.takes, entry.settled
        if self._draw is None or ident is None or settled is None:
            return
        pool, ready = self._ready
        if pool is not shelf.pool:
            ready = ()
        # How often an offer was shown before is another thing for everybody.
        if self._draw.place_of(ident) == len(ready) and not appraise.weighs(settled.shown.judged):
            self._ready = shelf.pool, (*ready, (ident, entry))


def _entry(request: Request, settled: Settled, would: Settled | None) -> Entry:
    """The entry with what follows from it, worked out once for all items that share it."""
    would = if_it_differs(settled, would)
    row, values = asked_of(request, settled)
    place, taken = place_of(request, settled), taken_by(settled)
    takes = None if taken is None else taken.id
    return Entry(settled, would, place=place, row=row, values=values, takes=takes)


def prospect_of(request: Request, item: Item, appraise: Appraiser) -> Prospect | None:
    """What is in prospect for an item and all that are alike; None where each is another case."""
    observing = request.mode == "observe"

    def course(*, watched: bool) -> Course | None:
        return course_of(
            item,
            appraise,
            request.tolerance,
            request.surface.treatments,
            watched=watched,
            creatives=bool(request.creatives),
        )

    settled = course(watched=observing)
    if settled is None:
        return None
    if observing or not settled.end.before.judged.watched:
        return Prospect(request, settled, None)
    would = course(watched=True)
    return None if would is None else Prospect(request, settled, would)


def if_it_differs(settled: Settled, would: Settled | None) -> Settled | None:
    """What would be, None where that is no news: it is allowed either way."""
    both = would is not None and settled.verdict == would.verdict == "allow"
    return None if both else would


def taken_by(settled: Settled) -> Item | None:
    """What an item takes of the pool."""
    if settled.treated is not None and settled.treated.edit.replace is not None:
        return settled.treated.item
    return None

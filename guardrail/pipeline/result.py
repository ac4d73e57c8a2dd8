"""What came of a response: told item by item once somebody asks, counted by sorts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import msgspec
from msgspec.structs import replace

from guardrail.act.placed import Placed
from guardrail.decide.capped import Bound
from guardrail.decide.settle import Settled
from guardrail.decide.verdict import Tallied, on_unreadable, tallied, verdict_on
from guardrail.extract.read import Read
from guardrail.model import Sorts, Verdict
from guardrail.pipeline.draft import Draft, Entry, Final
from guardrail.treat import Offer


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
        """``finals``: of items on which a cap acts. ``left_out``: surplus."""
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
            self._verdict(index, self._draft.reads[index])
            for index in range(len(self._draft.entries))
        )

    def _verdict(self, index: int, read: Read) -> Verdict:
        request = self._draft.request
        observing = request.mode == "observe"
        final = self._finals.get(index)
        settled, would, bound = final or Final(*self._draft.in_own_words(index))
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

    def sorts(self) -> Sorts:
        """What is counted of each item; surplus is not, being neither shown nor taken out."""
        request, entries, finals = self._draft.request, self._draft.entries, self._finals
        observing = request.mode == "observe"
        telling = Telling(observing, request.drop_unreadable and not observing)
        if not (finals or self._left_out):
            return Sorts(entries, telling)
        apart = [
            (entries[index], None if index in self._left_out else telling.told(*finals[index]))
            for index in self._left_out.union(finals)
        ]
        return Sorts(entries, telling, apart)


class Telling(msgspec.Struct, frozen=True):
    """Tells what is counted of an entry. ``drop``: what can't be read is taken out."""

    observing: bool
    drop: bool

    def __call__(self, entry: Entry) -> Tallied:
        """What is counted of items with this entry, on which no cap acts."""
        return self.told(entry.settled, entry.would, None)

    def told(self, settled: Settled | None, would: Settled | None, bound: Bound | None) -> Tallied:
        """What is counted of an item."""
        return tallied(settled, would, bound, observing=self.observing, drop=self.drop)

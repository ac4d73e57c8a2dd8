"""What came of a response: told item by item once somebody asks, counted by sorts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import msgspec
from msgspec.structs import replace

from guardrail.act.placed import Placed
from guardrail.decide.capped import Bound, act_on_cap
from guardrail.decide.verdict import Tallied, on_unreadable, tallied, verdict_on
from guardrail.extract.read import Read
from guardrail.model import Sorts, Verdict
from guardrail.pipeline.draft import Draft, Entry
from guardrail.treat import Offer


class Result:
    """The second half's result. ``give_back``: indexes into ``asks`` of items that were granted
    but are not shown after all.
    """

    def __init__(
        self,
        draft: Draft,
        entries: Sequence[Entry],
        over: Mapping[int, Bound],
        *,
        placed: Sequence[Placed],
        backfill: tuple[Offer, ...],
        give_back: tuple[int, ...],
        left_out: frozenset[int],
    ) -> None:
        """``entries``: the draft's, less what caps did to them. ``over``: by the index of an item
        the cap that acts on it. ``left_out``: surplus.
        """
        self.placed = placed
        self.backfill = backfill
        self.give_back = give_back
        self._draft = draft
        self._entries = entries
        self._over = over
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
        settled, would = self._draft.in_own_words(index)
        bound = self._over.get(index)
        if settled is None:
            drop = request.drop_unreadable and not observing
            verdict = on_unreadable(read.problems, request.tolerance, drop=drop)
        else:
            if bound is not None:
                settled, would = act_on_cap(
                    bound, settled, would, tolerance=request.tolerance, mode=request.mode
                )
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
        request, entries = self._draft.request, self._entries
        observing = request.mode == "observe"
        if self._left_out:
            entries = [one for n, one in enumerate(entries) if n not in self._left_out]
        return Sorts(entries, Telling(observing, request.drop_unreadable and not observing))


class Telling(msgspec.Struct, frozen=True):
    """Tells what is counted of an entry. ``drop``: what can't be read is taken out."""

    observing: bool
    drop: bool

    def __call__(self, entry: Entry) -> Tallied:
        """What is counted of items with this entry."""
        settled, would = entry.settled, entry.would
        return tallied(settled, would, entry.cap, observing=self.observing, drop=self.drop)

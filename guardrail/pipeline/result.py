"""What came of a response: told item by item once somebody asks, counted by sorts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial

from msgspec.structs import replace

from guardrail.act.placed import Placed
from guardrail.decide.verdict import Tallied, on_unreadable, tallied, verdict_on
from guardrail.extract.read import Read
from guardrail.model import Verdict
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

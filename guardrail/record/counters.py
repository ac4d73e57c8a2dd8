"""Counts of what the guard did, per minute, in the memory of one process."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from itertools import chain
from typing import Any, Protocol

import msgspec

from guardrail.model import Decision, Sorts
from guardrail.record.cells import (
    MINUTE_MS,
    Cell,
    Counts,
    Tallied,
    cell_of_outcome,
    cells_of_items,
)
from guardrail.record.stats import Stats, summarise

MINUTES_KEPT = 8 * 24 * 60
CELLS_KEPT = 100_000
MOST_WAITING = 512
"""Sorts of items and responses that are only added up before their cells are worked out."""
MOST_RESPONSES = 64
MOST_ITEMS = 4_096
"""Responses, and items in them, that are only taken note of before they are added up."""
_Under = tuple[int, str, str, Callable[[Any], Tallied]]
"""Minute, surface, mode, and what tells what is counted of a sort."""


class Counting(Protocol):
    """What the service asks of counters, wherever they are kept."""

    def add(self, decision: Decision) -> None:
        """Count one decision; never raises for what a decision holds, never waits for I/O."""
        ...

    def note(self, at_ms: int, cells: Mapping[Cell, int]) -> None:
        """Count cells that no decision tells of; never raises, never waits for I/O."""
        ...

    def flush(self, now_ms: int) -> bool:
        """Write what is not yet written; False when that failed and will be tried again."""
        ...

    def stats(self, since_ms: int, now_ms: int) -> Stats:
        """What was counted from ``since_ms`` to ``now_ms``, over all that share the counters."""
        ...

    def snapshot(self, since_ms: int, now_ms: int) -> Counts:
        """The same, cell by cell."""
        ...


class _Response(msgspec.Struct, frozen=True, gc=False):
    """What is counted of a decision."""

    at_ms: int
    surface: str
    mode: str
    outcome: str
    backfill: int
    sorts: Sorts


class Counters:
    """Counts in memory: at most 8 days and ``cells_kept`` cells, the oldest minutes go first."""

    def __init__(self, cells_kept: int = CELLS_KEPT) -> None:
        self._lock = threading.Lock()
        self._counts: Counts = {}
        self._cells = 0
        self._cells_kept = cells_kept
        self._waiting: dict[_Under, Counter[Hashable]] = {}
        self._responses: dict[tuple[int, str, str], int] = {}
        self._sorts = 0
        self._noted: deque[_Response] = deque()
        self._items_noted = 0

    def add(self, decision: Decision) -> None:
        """Count the items, rules, outcome, backfill and missing facts of one decision.

        It is only taken note of here. Items that are alike are added up, and what they mean in
        cells is worked out, once somebody asks or writes, or when much has come together.
        """
        sorts = decision.sorts()
        self._noted.append(
            _Response(
                decision.at_ms,
                decision.surface,
                decision.mode,
                decision.outcome,
                len(decision.backfill),
                sorts,
            )
        )
        self._items_noted += len(sorts.each)
        if len(self._noted) >= MOST_RESPONSES or self._items_noted > MOST_ITEMS:
            with self._lock:
                self._add_up()

    def note(self, at_ms: int, cells: Mapping[Cell, int]) -> None:
        """Count these cells in the minute of ``at_ms``."""
        with self._lock:
            self._merge(at_ms // MINUTE_MS, cells)

    def drain(self) -> Counts:
        """Everything counted so far, which is then counted here no more."""
        with self._lock:
            self._work_out()
            drained, self._counts, self._cells = self._counts, {}, 0
        return drained

    def restore(self, counts: Mapping[int, Mapping[Cell, int]]) -> None:
        """Take drained counts back, within the same bounds."""
        with self._lock:
            for minute, cells in counts.items():
                self._merge(minute, cells)

    def snapshot(self, since_ms: int, now_ms: int) -> Counts:
        """A copy of the counts of the minutes from ``since_ms`` to ``now_ms``."""
        first, last = since_ms // MINUTE_MS, now_ms // MINUTE_MS
        with self._lock:
            self._work_out()
            return {m: dict(cells) for m, cells in self._counts.items() if first <= m <= last}

    def flush(self, now_ms: int) -> bool:  # noqa: ARG002
        """Work out what is only added up; True, because memory is all there is."""
        with self._lock:
            self._work_out()
        return True

    def stats(self, since_ms: int, now_ms: int) -> Stats:
        """What this process counted from ``since_ms`` to ``now_ms``."""
        return summarise(self.snapshot(since_ms, now_ms), since_ms, now_ms)

    def _add_up(self) -> None:
        """Add up the responses that were taken note of, so that nothing of them is held."""
        together: dict[_Under, list[Collection[Hashable]]] = {}
        self._items_noted = 0
        while self._noted:
            one = self._noted.popleft()
            minute, surface, (each, tell) = one.at_ms // MINUTE_MS, one.surface, one.sorts
            under = (minute, surface, one.mode, tell)
            together.setdefault(under, []).append(each)
            told = (minute, surface, one.outcome)
            self._responses[told] = self._responses.get(told, 0) + 1
            if one.backfill:
                self._merge(minute, {Cell("backfill", surface): one.backfill})
        for under, lists in together.items():
            self._added(under, chain.from_iterable(lists))
        if self._sorts + len(self._responses) > MOST_WAITING:
            self._to_cells()

    def _added(self, under: _Under, each: Iterable[Hashable]) -> None:
        waiting = self._waiting.get(under)
        if waiting is None:
            waiting = self._waiting[under] = Counter()
        before = len(waiting)
        waiting.update(each)
        self._sorts += len(waiting) - before

    def _work_out(self) -> None:
        self._add_up()
        self._to_cells()

    def _to_cells(self) -> None:
        """Work out what was added up."""
        waiting, self._waiting, self._sorts = self._waiting, {}, 0
        for (minute, surface, mode, tell), sorts in waiting.items():
            for one, many in _alike((tell(one), many) for one, many in sorts.items()):
                self._merge(minute, dict.fromkeys(cells_of_items(one, surface, mode), many))
        responses, self._responses = self._responses, {}
        for (minute, surface, outcome), many in responses.items():
            self._merge(minute, {cell_of_outcome(surface, outcome): many})

    def _merge(self, minute: int, counted: Mapping[Cell, int]) -> None:
        cells = self._counts.get(minute)
        if cells is None:
            cells = self._counts[minute] = {}
        before = len(cells)
        for cell, n in counted.items():
            cells[cell] = cells.get(cell, 0) + n
        self._cells += len(cells) - before
        if before == 0 or self._cells > self._cells_kept:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        oldest_kept = max(self._counts) - MINUTES_KEPT + 1
        for minute in sorted(self._counts)[:-1]:
            if minute >= oldest_kept and self._cells <= self._cells_kept:
                break
            self._cells -= len(self._counts.pop(minute))


def _alike(told: Iterable[tuple[Tallied, int]]) -> Iterable[tuple[Tallied, int]]:
    """Those that are counted alike as one: what they share, they share as the very same tuples."""
    found: dict[Hashable, tuple[Tallied, int]] = {}
    for one, many in told:
        sort = (
            one.verdict,
            one.would,
            one.capped_by,
            id(one.findings),
            id(one.would_findings),
            id(one.unknown),
        )
        known, before = found.get(sort, (one, 0))
        found[sort] = (known, before + many)
    return found.values()

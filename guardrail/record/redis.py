"""Counts of all processes, in Redis: an hour is one hash, a field in it one minute and one code.

What a code stands for is kept apart under `Keys.stats_names`, so that neither a key nor a field
shows the name of a rule or a surface.
"""

from __future__ import annotations

import os
import secrets
from collections import deque
from collections.abc import Iterator, Mapping
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakMethod

import msgspec

from guardrail.connection import Connection, Unreachable
from guardrail.keys import HOUR, STATS_SECONDS, Keys
from guardrail.model import Decision
from guardrail.record.cells import MINUTE_MS, Cell, Counts
from guardrail.record.counters import Counters
from guardrail.record.stats import Stats, summarise

if TYPE_CHECKING:
    from guardrail.connection import Client

CELLS_PER_PARCEL = 2_000
HOURS_PER_READ = 24
HOUR_MS = HOUR * 1000
HOURS_KEPT = STATS_SECONDS // HOUR
MINUTES_PER_HOUR = 60

# A parcel whose answer got lost is sent again; its sender's field tells that it was counted.
_ADD = """
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
for i = 4, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


class _Parcel(NamedTuple):
    """Counts of one hour on their way; the id stays the same however often they are sent."""

    id: str
    hour: int
    counts: tuple[tuple[int, Cell, int], ...]


class RedisCounters:
    """Counts in memory, written out by `flush` and read back as the sum over all processes.

    What can't be written is kept, within the bounds of `Counters`, and sent again; nothing is
    counted twice by that. After a fork the child begins with nothing: what was counted before
    is the parent's to write.
    """

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection = connection
        self._keys = keys
        self._begin()
        begin = WeakMethod(self._begin)
        # Windows has no fork.
        if hasattr(os, "register_at_fork"):  # pragma: no branch
            os.register_at_fork(after_in_child=lambda: (again := begin()) and again())

    def _begin(self) -> None:
        self._flushing = Lock()
        self._sender = f"from:{secrets.token_hex(6)}"
        self._memory = Counters()
        self._parcels: deque[_Parcel] = deque()

    def add(self, decision: Decision) -> None:
        """Count one decision in memory."""
        self._memory.add(decision)

    def note(self, at_ms: int, cells: Mapping[Cell, int]) -> None:
        """Count cells in memory."""
        self._memory.note(at_ms, cells)

    def flush(self, now_ms: int) -> bool:  # noqa: ARG002
        """Write what is not yet written; False when that failed and will be tried again."""
        with self._flushing:
            try:
                self._send_parcels()
                self._parcels.extend(_parcels(self._memory.drain()))
                self._send_parcels()
            except Unreachable:
                return False
        return True

    def stats(self, since_ms: int, now_ms: int) -> Stats:
        """What all processes wrote from ``since_ms`` to ``now_ms``, 8 days at most.

        Raises Unreachable.
        """
        since_ms = max(since_ms, (now_ms // HOUR_MS - HOURS_KEPT) * HOUR_MS)
        return summarise(self.snapshot(since_ms, now_ms), since_ms, now_ms)

    def snapshot(self, since_ms: int, now_ms: int) -> Counts:
        """The same, cell by cell. Raises Unreachable."""
        first = max(since_ms // HOUR_MS, now_ms // HOUR_MS - HOURS_KEPT)
        names = self._names()
        counts: Counts = {}
        last = now_ms // HOUR_MS
        for start in range(first, last + 1, HOURS_PER_READ):
            hours = range(start, min(start + HOURS_PER_READ, last + 1))
            for minute, code, n in self._read(hours):
                cell = names.get(code)
                if cell and since_ms // MINUTE_MS <= minute <= now_ms // MINUTE_MS:
                    cells = counts.setdefault(minute, {})
                    cells[cell] = cells.get(cell, 0) + n
        return counts

    def _send_parcels(self) -> None:
        while self._parcels:
            parcel = self._parcels[0]
            self._connection.call(partial(self._send, parcel))
            self._parcels.popleft()

    def _send(self, parcel: _Parcel, client: Client) -> None:
        codes = {cell: self._keys.code(_name(cell)) for _, cell, _ in parcel.counts}
        names = self._keys.stats_names()
        args: list[str | int] = [self._sender, parcel.id, STATS_SECONDS]
        for minute, cell, n in parcel.counts:
            args += (f"{minute}:{codes[cell]}", n)
        trip = client.pipeline(transaction=False)
        trip.hset(names, mapping={code: _name(cell) for cell, code in codes.items()})
        trip.expire(names, STATS_SECONDS)
        trip.eval(_ADD, 1, self._keys.stats(parcel.hour), *args)
        trip.execute()

    def _names(self) -> Mapping[str, Cell]:
        key = self._keys.stats_names()
        kept: Any = self._connection.call(lambda client: client.hgetall(key))
        named = ((code.decode(errors="replace"), _cell(name)) for code, name in kept.items())
        return {code: cell for code, cell in named if cell}

    def _read(self, hours: range) -> Iterator[tuple[int, str, int]]:
        def get(client: Client) -> list[dict[bytes, bytes]]:
            trip = client.pipeline(transaction=False)
            for hour in hours:
                trip.hgetall(self._keys.stats(hour))
            found: list[dict[bytes, bytes]] = trip.execute()
            return found

        for counted in self._connection.call(get):
            for field, n in counted.items():
                minute, _, code = field.decode(errors="replace").partition(":")
                if minute.isdigit():
                    yield int(minute), code, int(n)


def _parcels(counts: Counts) -> Iterator[_Parcel]:
    by_hour: dict[int, list[tuple[int, Cell, int]]] = {}
    for minute, cells in sorted(counts.items()):
        rows = by_hour.setdefault(minute // MINUTES_PER_HOUR, [])
        rows.extend((minute, cell, n) for cell, n in cells.items())
    for hour, rows in by_hour.items():
        for start in range(0, len(rows), CELLS_PER_PARCEL):
            part = tuple(rows[start : start + CELLS_PER_PARCEL])
            yield _Parcel(secrets.token_hex(6), hour, part)


def _name(cell: Cell) -> str:
    return msgspec.json.encode(cell).decode()


def _cell(name: bytes) -> Cell | None:
    try:
        return msgspec.json.decode(name, type=Cell)
    except (msgspec.DecodeError, UnicodeError):
        return None

"""One customer's packed impressions, read without Redis: what `counts.lua` answers, in Python.

`state.lua` tells the form. A counter is looked for by its five bytes and not record by record: a
few microseconds for each that a rule asks about, whatever else is kept. That these bytes stand
where no record begins happens by chance once in some 10**9 readings; then a count is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable

VERSION = 3
_HEAD = 26
_MOMENTS = 4096
_SINGLES_BITS = 14


class Seen:
    """The impressions in a value as Redis keeps it, seen at one moment (epoch ms).

    A value that is not ours in form counts as empty.
    """

    def __init__(self, raw: bytes | None, now_ms: int) -> None:
        raw = raw or b""
        self._now = now_ms
        self._raw = raw if len(raw) >= _HEAD and raw[0] >> 4 == VERSION else b""
        if not self._raw:
            return
        counted = self._number(1, 5) >> _SINGLES_BITS
        self._moments, self._base = divmod(counted, _MOMENTS)
        self._moments_at = _HEAD + raw[0] % 16 * 4
        self._first = self._moments_at + self._moments * 6
        self._times: dict[int, int] = {}

    def count(self, codes: Iterable[bytes], window: int) -> int:
        """Impressions of a counter, by its codes, within the last ``window`` seconds."""
        return sum(self._in_record(code, window) for code in codes) if self._raw else 0

    def _number(self, start: int, length: int) -> int:
        return int.from_bytes(self._raw[start : start + length])

    def _in_record(self, code: bytes, window: int) -> int:
        at = self._raw.find(code, self._first + 2)
        if at < 0:
            return 0
        retention, entries = divmod(self._number(at - 2, 2), 4096)
        keep = self._number(_HEAD + retention * 4, 4)
        cut = self._now - min(window, keep) * 1000
        found = 0
        for entry in range(at + 5, at + 5 + entries * 2, 2):
            slot, more = divmod(self._number(entry, 2), 16)
            if self._time(slot) > cut:
                found += more + 1
        return found

    def _time(self, slot: int) -> int:
        """When a moment was (epoch ms); 0 for one that is not there."""
        place = (slot - self._base) % _MOMENTS
        if place not in self._times:
            at = self._moments_at + place * 6
            self._times[place] = self._number(at, 6) // 64 if place < self._moments else 0
        return self._times[place]

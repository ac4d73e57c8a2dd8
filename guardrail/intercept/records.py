"""Streams of records: NDJSON lines and server-sent events, judged one by one as they come.

Only one record is held at a time. Whatever is kept goes on byte for byte as it came.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple

_BOM = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"
_END_OF_LINE = rb"(?>\r\n|\n|\r)"
_BLANK_LINE = re.compile(_END_OF_LINE + _END_OF_LINE)
_LINE = re.compile(rb"([^\r\n]*+)(\r\n|\n|\r|\Z)")
# No more of a record that is too long has to be remembered to see where it ends.
_TAIL = 3
# What a dropped event still says: where to resume after it, and when.
_STAYS = frozenset({b"id", b"retry", b""})


class Change(NamedTuple):
    """What becomes of a record that does not stay as it is; ``record`` None: it is dropped."""

    record: bytes | None


JudgeRecord = Callable[[bytes], "Change | None"]
"""Judges one record: None = it stays as it came."""
TooLong = Callable[[], "Change | None"]
"""Says whether a record that is too long passes (None) or is dropped."""


class Records(ABC):
    """A stream on its way through: pieces of any length go in, judged records come out.

    ``judge`` is asked about each record, ``too_long`` about one of more than ``limit`` bytes.
    """

    def __init__(self, judge: JudgeRecord, too_long: TooLong, limit: int) -> None:
        self._judge = judge
        self._too_long = too_long
        self._limit = limit
        self._held = bytearray()
        self._seen = 0
        self._first = True
        self._overlong: Change | None = None
        self._within_overlong = False

    def feed(self, piece: bytes) -> bytes:
        """What may go out once this piece has come; often nothing."""
        self._held += piece
        out: list[bytes] = []
        start = 0
        while (end := self._end_of_record(max(start, self._seen - _TAIL))) is not None:
            out.append(self._ended(bytes(self._held[start:end])))
            start = self._seen = end
        del self._held[:start]
        self._seen = len(self._held)
        if self._within_overlong or len(self._held) > self._limit:
            out.append(self._overrun())
        return b"".join(out)

    def finish(self) -> bytes:
        """What may go out once the stream has ended, perhaps in the middle of a record."""
        out = self._ended(bytes(self._held)) if self._held else b""
        self._held.clear()
        return out

    def give_up(self) -> bytes:
        """Everything that came and has not gone out, as it came."""
        rest = bytes(self._held)
        self._held.clear()
        return rest

    def _ended(self, unit: bytes) -> bytes:
        if self._within_overlong:
            self._within_overlong = False
            return unit if self._overlong is None else b""
        first, self._first = self._first, False
        if len(unit) > self._limit:
            return unit if self._too_long() is None else b""
        start = len(_BOM) if first and unit.startswith(_BOM) else 0
        return unit[:start] + self._judged(unit[start:])

    def _overrun(self) -> bytes:
        if not self._within_overlong:
            self._within_overlong, self._first = True, False
            self._overlong = self._too_long()
        out = bytes(self._held[:-_TAIL])
        del self._held[:-_TAIL]
        self._seen = len(self._held)
        return out if self._overlong is None else b""

    @abstractmethod
    def _end_of_record(self, start: int) -> int | None:
        """Just behind the end of the first record that ends behind ``start``; None = not yet."""

    @abstractmethod
    def _judged(self, unit: bytes) -> bytes:
        """What goes out for one record with all that belongs to it."""


class Lines(Records):
    """NDJSON: each line is one record. Empty lines pass."""

    def _end_of_record(self, start: int) -> int | None:
        found = self._held.find(b"\n", start)
        return None if found < 0 else found + 1

    def _judged(self, unit: bytes) -> bytes:
        record = unit.strip(_SPACE)
        change = self._judge(record) if record else None
        if change is None:
            return unit
        if change.record is None:
            return b""
        before, _, after = unit.partition(record)
        return before + on_one_line(change.record) + after


class Events(Records):
    """Server-sent events: the ``data`` lines of an event, joined, are one record.

    An event without data passes. One that is dropped still sends its ``id``, ``retry`` and
    comments: a browser then knows where to resume, and shows nothing.
    """

    def _end_of_record(self, start: int) -> int | None:
        found = _BLANK_LINE.search(self._held, start)
        if found is None or (found[0].endswith(b"\r") and found.end() == len(self._held)):
            return None  # A line feed may still belong to it.
        return found.end()

    def _judged(self, unit: bytes) -> bytes:
        lines = [(*_field(line[1]), line[0]) for line in _LINE.finditer(unit) if line[0]]
        data = [value for name, value, _ in lines if name == b"data"]
        record = b"\n".join(data)
        change = self._judge(record) if record.strip(_SPACE) else None
        if change is None:
            return unit
        if change.record is None:
            stays = [whole for name, _, whole in lines if name in _STAYS]
            return b"".join(stays) if any(whole.strip(b"\r\n") for whole in stays) else b""
        out: list[bytes] = []
        new: bytes | None = on_one_line(change.record)
        for name, _, whole in lines:
            if name != b"data":
                out.append(whole)
            elif new is not None:
                end = whole[len(whole.rstrip(b"\r\n")) :]
                out.append(b"data: " + new + end)
                new = None
        return b"".join(out)


KINDS: dict[str, type[Records]] = {
    "application/jsonl": Lines,
    "application/jsonlines": Lines,
    "application/ndjson": Lines,
    "application/x-jsonlines": Lines,
    "application/x-ndjson": Lines,
    "text/event-stream": Events,
}
"""By content type, how its records are told apart."""


def on_one_line(record: bytes) -> bytes:
    """The same JSON without line ends, which can only stand between its parts."""
    return record.replace(b"\r", b" ").replace(b"\n", b" ")


def _field(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name, value.removeprefix(b" ")

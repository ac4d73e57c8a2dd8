"""What `score` was given: items line by line, or one response body, told apart by looking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import BinaryIO, NamedTuple

import msgspec

LONGEST_BODY = 16 * 1024 * 1024
LONGEST_LINE = 1024 * 1024
_BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line of the input: its number from 1, and its text; None when it is too long."""

    number: int
    raw: bytes | None


class Given(NamedTuple):
    """One of the two is set. ``lone``: the lines together are one JSON document, but no body."""

    body: bytes | None = None
    lines: Iterator[Line] | None = None
    lone: bool = False


def look_at(stream: BinaryIO, is_body: Callable[[bytes], bool]) -> Given | None:
    """A body if the whole input is one JSON document that ``is_body``, else its lines; None: empty.

    Reads ahead only as far as it takes to tell: not at all for NDJSON items. An input that
    begins like a document of many lines is read whole, up to 16 MiB. ``is_body`` is given one
    JSON array or object.
    """
    first = next(_lines(stream, LONGEST_BODY), None)
    if first is None:
        return None
    rest = _lines(stream, LONGEST_LINE, first.number)
    if first.raw is None or first.raw[:1] not in (b"[", b"{"):
        return Given(lines=chain([first], rest))
    if _is_json(first.raw):
        if not is_body(first.raw):
            return Given(lines=chain([first], rest))
        second = next(rest, None)
        if second is None:
            return Given(body=first.raw)
        return Given(lines=chain([first, second], rest))
    return _document(first, _lines(stream, LONGEST_BODY, first.number), is_body)


def lines_of(stream: BinaryIO) -> Iterator[Line]:
    """The lines that hold something, each read when it is asked for."""
    return _lines(stream, LONGEST_LINE)


def _document(first: Line, rest: Iterator[Line], is_body: Callable[[bytes], bool]) -> Given:
    """The input whose first line only begins a JSON value."""
    head = [first]
    size = len(first.raw or b"")
    for line in rest:
        head.append(line)
        size += len(line.raw or b"")
        if line.raw is None or size > LONGEST_BODY:
            return Given(lines=chain(head, rest))
    whole = b"\n".join(line.raw or b"" for line in head)
    if not _is_json(whole):
        return Given(lines=iter(head))
    if is_body(whole):
        return Given(body=whole)
    return Given(lines=iter(head), lone=True)


def _lines(stream: BinaryIO, longest: int, before: int = 0) -> Iterator[Line]:
    """The lines that hold something, numbered after ``before``; longer than ``longest``: None."""
    number = before
    while raw := stream.readline(longest + 1):
        number += 1
        too_long = len(raw) > longest and not raw.endswith(b"\n")
        while too_long and raw and not raw.endswith(b"\n"):
            raw = stream.readline(longest)
        if number == 1:
            raw = raw.removeprefix(_BOM)
        text = raw.strip()
        if too_long:
            yield Line(number, None)
        elif text:
            yield Line(number, text)


def _is_json(raw: bytes) -> bool:
    try:
        msgspec.json.decode(raw, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return True

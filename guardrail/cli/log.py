"""A log of traffic, line by line: items, or response bodies, with or without their customers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple

import msgspec
from msgspec.structs import replace

from guardrail.cli.lines import LONGEST_LINE, look_at
from guardrail.cli.words import unreadable
from guardrail.extract import NotReadable, Read, extract
from guardrail.ruleset import Surface


class _Envelope(msgspec.Struct):
    """A line that says for whom its items were."""

    customer: Any
    items: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    body: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class Logged(NamedTuple):
    """One line of a log: the items in it, and the customer as it names them.

    ``names_customer``: it does, if only to say that nobody knows them.
    """

    reads: Sequence[Read]
    customer: object = None
    names_customer: bool = False


class Refused(NamedTuple):
    """A line that can't be read, and why."""

    line: int
    error: str

    def text(self) -> str:
        """As it is told on standard error."""
        return msgspec.json.encode({"line": self.line, "error": self.error}).decode()


def read_log(stream: BinaryIO, surface: Surface) -> Iterator[Logged | Refused]:
    """The lines of a log. One JSON document over many lines counts as one line."""
    given = look_at(stream, lambda _: True)
    if given is None:
        return
    if given.body is not None:
        yield _read(1, given.body, surface)
    for line in given.lines or ():
        if line.raw is None:
            yield Refused(line.number, f"longer than {LONGEST_LINE} bytes")
        else:
            yield _read(line.number, line.raw, surface)


def _read(number: int, raw: bytes, surface: Surface) -> Logged | Refused:
    try:
        return _logged(raw, surface)
    except NotReadable as error:
        if error.why != "shape":
            return Refused(number, unreadable(error.why))
    return Refused(
        number,
        f"no item with an id, and no response with a list at {surface.items!r}; name the surface "
        "that it belongs to with --surface",
    )


def _logged(raw: bytes, surface: Surface) -> Logged:
    envelope = _envelope(raw)
    if envelope is None:
        return Logged(_reads(raw, surface))
    if isinstance(envelope.body, msgspec.Raw):
        raw = bytes(envelope.body)
    return Logged(_reads(raw, surface), envelope.customer, names_customer=True)


def _envelope(raw: bytes) -> _Envelope | None:
    try:
        return msgspec.json.decode(raw, type=_Envelope)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _reads(raw: bytes, surface: Surface) -> Sequence[Read]:
    """The items of a response body, of a list of items, or the one item that it is.

    Raises NotReadable.
    """
    if raw[:1] != b"[":
        for where in (surface.items, "items"):
            try:
                return extract(raw, replace(surface, items=where)).items
            except NotReadable as unreadable:
                if unreadable.why != "shape":
                    raise
        raw = b"[" + raw + b"]"
        reads = extract(raw, replace(surface, items=".")).items
        if any(not read.readable or read.item.id is None for read in reads):
            raise NotReadable("shape")
        return reads
    try:
        return extract(raw, surface).items
    except NotReadable as error:
        if error.why != "shape":
            raise
    return extract(raw, replace(surface, items=".")).items

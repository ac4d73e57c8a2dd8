"""What must not be sent is cut out of every item.

The exact way scans each object's members. The quick way first proves that the key stands in
the body once for each item that the parser says has it, and never else: then every place
where it stands is that member, and its value's length is known from the parser.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import msgspec

from guardrail.act.hiding import Hiding
from guardrail.extract import Extracted
from guardrail.extract.locate import body_type, leaves
from guardrail.extract.paths import Steps, are_plain
from guardrail.extract.spans import skip_comma, skip_space
from guardrail.extract.strict import NULL

_BLANK = b" \t\n\r"
_SPACE = frozenset(_BLANK)
_COMMA, _OBJECT_END = 0x2C, 0x7D


class _Once(NamedTuple):
    """The member stands once in each item that has it, and always written like this.

    ``mark``: the bytes from the comma (or brace) before the key up to the value. ``head``: the
    part of the mark that stays. ``values``: by item, its value; `NULL` where it has none.
    """

    mark: bytes
    head: bytes
    values: Sequence[Any]


class Cutter:
    """Cuts what is hidden on one surface out of the items of one body."""

    def __init__(self, extracted: Extracted, hiding: Hiding) -> None:
        self._extracted = extracted
        self._hiding = hiding

    def whole(self) -> bytes | None:
        """The whole body cut at once; None where that can't be done at once."""
        body = self._extracted.body
        if self._hiding.absent(body):
            return body
        return self.run(0, len(self._extracted.items), body)

    def run(self, first: int, last: int, text: bytes) -> bytes | None:
        """Bytes of the body that hold its items from ``first`` up to but not with ``last``, cut at
        once; None where that can't be done at once.
        """
        if self._once is None:
            return None
        body = text
        for once in self._once:
            values = [value for value in once.values[first:last] if value is not NULL]
            pieces = body.split(once.mark)
            if len(pieces) != len(values) + 1:
                return None
            rests: Any = map(bytes.removeprefix, pieces[1:], values)
            if once.head:
                body = b"".join((pieces[0], *(_headed(once.head, rest) for rest in rests)))
            else:
                kept: list[bytes] = [pieces[0], *rests]
                body = b"".join((*(piece.rstrip(_BLANK) for piece in kept[:-1]), kept[-1]))
        return body

    def item(self, index: int, raw: bytes) -> bytes:
        """The bytes of the body's item ``index`` without what is hidden."""
        if self._once is None:
            return self.any(raw)
        out = raw
        for once in self._once:
            value = once.values[index]
            if value is not NULL:
                before, mark, rest = out.partition(once.mark)
                if not mark:
                    return self.any(raw)
                rest = rest.removeprefix(value)
                if once.head:
                    out = before + _headed(once.head, rest)
                else:
                    out = before.rstrip(_BLANK) + rest
        return out

    def any(self, raw: bytes) -> bytes:
        """Any JSON value without what is hidden in it."""
        return self._hiding.without(raw)

    @cached_property
    def _once(self) -> list[_Once] | None:
        """How each hidden member is written; None where that can't be proved of all of them."""
        extracted = self._extracted
        body = extracted.body
        keys, paths = self._hiding.keys, self._hiding.paths
        if body is not extracted.source or any(len(path) > 1 for path in paths):
            return None
        if not extracted.once.issuperset(keys) and self._hiding.may_hide(body):
            return None
        out = []
        for key, (name,) in zip(keys, paths, strict=True):
            if key not in body:
                continue
            known = extracted.briefs.signals if extracted.briefs else None
            if known is not None and key == extracted.shape.signals_key:
                out.append(_Once(*_mark(body, key), known))
                continue
            values = _values(body, extracted.shape.steps, name)
            if values is None or len(values) != len(extracted.items):
                return None
            there = len(values) - [*map(id, values)].count(id(NULL))
            if key not in extracted.once and body.count(key) != there:
                return None
            out.append(_Once(*_mark(body, key), values))
        return out


def _headed(head: bytes, rest: bytes) -> bytes:
    """The rest of an object that lost its first member, behind the head that stays."""
    after = skip_comma(rest, 0)
    # Of an object that is left empty the space before its end stays, as `without` has it.
    return head[:1] + rest if rest[after] == _OBJECT_END else head + rest[after:]


def _values(body: bytes, steps: Steps, key: str) -> list[Any] | None:
    if not are_plain(steps):
        return None
    try:
        return [leaf.value for leaf in leaves(_decoder(steps, key)(body), steps)]
    except (msgspec.DecodeError, RecursionError):
        return None


@lru_cache(maxsize=256)
def _decoder(steps: tuple[str | None, ...], key: str) -> Callable[[bytes], Any]:
    leaf = msgspec.defstruct(
        "Hidden", [("value", msgspec.Raw, NULL)], rename={"value": key}, gc=False
    )
    return msgspec.json.Decoder(body_type(steps, leaf)).decode


def _mark(body: bytes, key: bytes) -> tuple[bytes, bytes]:
    at = start = body.index(key)
    while body[start - 1] in _SPACE:
        start -= 1
    value = skip_space(body, skip_space(body, at + len(key)) + 1)
    head = b"" if body[start - 1] == _COMMA else body[start - 1 : at]
    return body[start - 1 : value], head

"""Exact positions inside JSON bytes: where a value ends, where members and elements stand.

Every function takes bytes that have been found to be valid JSON, and the position of a value's
first byte in them. Nothing here recurses, so depth is no danger.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import msgspec

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_SPACE = rb"[ \t\n\r]*+"
_SCALAR = _STRING + rb"|[-+.0-9A-Za-z]++"
_PLAIN = rb'[^"\[\]{}]*+'


def _nested(inner: bytes) -> bytes:
    return rb"[\[{]%b(?:(?:%b)%b)*+[\]}]" % (_PLAIN, inner, _PLAIN)


# Three levels are worth a pattern: an item's signals, and one level more.
_SHALLOW = _nested(_STRING + b"|" + _nested(_STRING + b"|" + _nested(_STRING)))
_VALUE = re.compile(rb"(?s:%b|%b)" % (_SCALAR, _SHALLOW))
_TOKEN = re.compile(rb"(?s:%b|[\[\]{}])" % _STRING)
_KEY = re.compile(rb"(?s:(%b)%b:%b)" % (_STRING, _SPACE, _SPACE))
_MEMBER = re.compile(
    rb"(?s:(%b)%b:%b(%b|%b)%b,?%b)" % (_STRING, _SPACE, _SPACE, _SCALAR, _SHALLOW, _SPACE, _SPACE)
)
_BLANK = re.compile(_SPACE)
_COMMA = re.compile(_SPACE + rb",?" + _SPACE)
_ARRAY_END, _OBJECT_END = b"]}"
_LOOSE = frozenset(b" \t\n\r")
_OPEN = frozenset(b"[{")
_CLOSE = frozenset(b"]}")

Span = tuple[int, int]


Member = tuple[str, int, int, int]
"""One member of an object: its key as text, where the key starts, where the value starts, where
it ends."""


def skip_space(src: bytes, pos: int) -> int:
    """The position of the next byte that is not white space."""
    found = _BLANK.match(src, pos)
    return found.end() if found else pos


def skip_comma(src: bytes, pos: int) -> int:
    """The position behind white space, at most one comma, and white space."""
    found = _COMMA.match(src, pos)
    return found.end() if found else pos


def value_end(src: bytes, pos: int) -> int:
    """The position just behind the value that starts at ``pos``."""
    flat = _VALUE.match(src, pos)
    if flat:
        return flat.end()
    depth = 0
    for token in _TOKEN.finditer(src, pos):
        byte = src[token.start()]
        if byte in _OPEN:
            depth += 1
        elif byte in _CLOSE:
            depth -= 1
            if not depth:
                return token.end()
    raise ValueError("no JSON value starts here")


def read_key(src: bytes, pos: int) -> tuple[str, int]:
    """The key that starts at ``pos``, and the position of its value."""
    found = _KEY.match(src, pos)
    if not found:
        raise ValueError("no key starts here")
    return _key(found[1]), found.end()


def _key(raw: bytes) -> str:
    # The standard library reads half a surrogate pair, too; msgspec does not.
    return json.loads(raw) if b"\\" in raw else raw[1:-1].decode()


def members(src: bytes, pos: int = 0) -> tuple[list[Member], int]:
    """Every member of the object that starts at ``pos``, repeated keys too, and its end."""
    out: list[Member] = []
    at = skip_space(src, pos + 1)
    while src[at] != _OBJECT_END:
        shallow = _MEMBER.match(src, at)
        if shallow:
            value, end = shallow.span(2)
            out.append((_key(shallow[1]), at, value, end))
            at = shallow.end()
        else:
            key, value = read_key(src, at)
            end = value_end(src, value)
            out.append((key, at, value, end))
            at = skip_comma(src, end)
    return out, at + 1


def elements(src: bytes, pos: int = 0) -> tuple[list[Span], int]:
    """The span of every element of the array that starts at ``pos``, and its end."""
    out = []
    at = skip_space(src, pos + 1)
    while src[at] != _ARRAY_END:
        end = value_end(src, at)
        out.append((at, end))
        at = skip_comma(src, end)
    return out, at + 1


def elements_as_parsed(
    src: bytes, pos: int, values: Sequence[msgspec.Raw]
) -> tuple[list[Span], int] | None:
    """The same as `elements`, from the elements as a parser has cut them out already.

    Their lengths in order give the positions, without looking at what is in them. None where
    the array at ``pos`` holds something else than ``values``.
    """
    out = []
    at = skip_space(src, pos + 1)
    between = b","
    for value in values:
        text = bytes(value)
        end = at + len(text)
        if not src.startswith(text, at):
            return None
        out.append((at, end))
        at = end + len(between)
        if not src.startswith(between, end) or src[at] in _LOOSE:
            at = skip_comma(src, end)
            if at == end and src[at] != _ARRAY_END:
                return None
            # A list is written in one way all through, as a rule.
            between = src[end:at] or between
    return (out, at + 1) if src[at] == _ARRAY_END else None

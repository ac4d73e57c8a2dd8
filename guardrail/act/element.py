"""How an item stands in its list: as an object, as a bare id, or as a member under its id."""

from __future__ import annotations

import msgspec

from guardrail.extract.locate import ListSpan
from guardrail.extract.read import read_bytes
from guardrail.extract.shape import Shape

_OBJECT, _TEXT = 0x7B, 0x22


def prefix(src: bytes, found: ListSpan, place: int) -> bytes:
    """What stands before the element at ``place`` of its list: its key and colon, if it has one."""
    if found.keys is None:
        return b""
    return src[found.starts[place] : found.elements[place][0]]


def standing(raw: bytes, beside: bytes | None, found: ListSpan, shape: Shape) -> bytes:
    """An item from elsewhere, one JSON object, as it has to stand in the list.

    ``beside``: an element of that list to be like, None where there is none. Among bare ids it is
    its id, a number among numbers if it can be. In an object that holds items by their ids it
    gets its id as key; where these have no objects but scores or the like, it has the same one.
    """
    if found.keys is None and not shape.ids:
        return raw
    ident = read_bytes(raw, shape).item.id or ""
    if found.keys is not None:
        value = raw if beside is None or beside[0] == _OBJECT else beside
        return msgspec.json.encode(ident) + b":" + value
    if beside is not None and beside[0] == _OBJECT:
        return raw
    number = beside is not None and beside[0] != _TEXT and ident.isascii() and ident.isdigit()
    return msgspec.json.encode(int(ident) if number else ident)

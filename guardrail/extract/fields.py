"""The values that stand under an item's fields, whatever they are: from bytes, from objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from guardrail.extract import openrtb
from guardrail.extract.facts import UNREADABLE, to_item
from guardrail.extract.shape import Shape
from guardrail.extract.spans import members
from guardrail.model import Item

_NAMES = frozenset({"id", "advertiser", "campaign", "creative"})
_LAST = frozenset(Item.__struct_fields__) - {"categories", "signals"}
_NUMBER_START = frozenset(b"-0123456789")
_OBJECT_START = 0x7B


def item_from_bytes(raw: bytes, shape: Shape) -> tuple[Item, tuple[str, ...]]:
    """The item in the bytes of one JSON object, and its faults.

    Of keys that stand twice the last one counts, as for a parser; categories and signals all do.
    """
    top = _members_by_key([raw])
    values = {}
    for field, path in _paths(shape):
        found = top.get(path[0], [])
        for key in path[1:]:
            within = found[-1:] if field in _LAST else found
            found = _members_by_key(within).get(key, [])
        values[field] = [_value(one, exact=field in _NAMES) for one in found]
    return _item(values, shape)


def item_from_object(given: Mapping[Any, Any], shape: Shape) -> tuple[Item, tuple[str, ...]]:
    """The item in a mapping with the same keys, and its faults."""
    values = {}
    for field, path in _paths(shape):
        found: Any = given
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        values[field] = [] if found is None else [found]
    return _item(values, shape)


def _item(values: dict[str, list[Any]], shape: Shape) -> tuple[Item, tuple[str, ...]]:
    if shape.bids:
        openrtb.complete(values)
    return to_item(values)


def _paths(shape: Shape) -> Iterable[tuple[str, tuple[str, ...]]]:
    yield from shape.paths.items()
    if shape.bids:
        yield from openrtb.BESIDE.items()


def _members_by_key(objects: Iterable[bytes]) -> dict[str, list[bytes]]:
    out: dict[str, list[bytes]] = {}
    for raw in objects:
        if raw[0] == _OBJECT_START:
            for key, _, value, end in members(raw)[0]:
                out.setdefault(key, []).append(raw[value:end])
    return out


def _value(raw: bytes, *, exact: bool) -> Any:
    """The value; where ``exact``, a number is its own text, so that no digit of it is lost."""
    if exact and raw[0] in _NUMBER_START:
        return raw.decode()
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return UNREADABLE

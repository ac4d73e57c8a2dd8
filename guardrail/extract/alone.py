"""Items that come without a response body: Python objects, and lines of NDJSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from guardrail.extract.fields import item_from_object
from guardrail.extract.read import BOM, SPACE, Read, read_bytes, whole_characters
from guardrail.extract.shape import Shape, shape_of
from guardrail.model import Item
from guardrail.ruleset import Surface


class ItemError(ValueError):
    """A line that is not an item; the text says what is wrong and what would be right."""


def read_objects(items: Sequence[Any], surface: Surface) -> tuple[Read, ...]:
    """Read items that are Python objects: mappings with the keys of the surface's shape."""
    shape = shape_of(surface)
    return tuple(
        Read(*item_from_object(item, shape)) if isinstance(item, Mapping) else _bare(item, shape)
        for item in items
    )


def _bare(given: Any, shape: Shape) -> Read:
    if shape.ids and isinstance(given, str | int) and not isinstance(given, bool):
        return Read(Item(id=str(given) or None))
    return Read(Item(), ("not a mapping",), readable=False)


def read_line(raw: bytes, surface: Surface) -> Item:
    """Read one line of NDJSON. Raises ItemError with everything that is wrong with it."""
    read = read_bytes(_one_value(raw.removeprefix(BOM).strip(SPACE)), shape_of(surface))
    if not read.readable:
        raise ItemError('not a JSON object; an item looks like {"id": "sku-1"}')
    if read.problems:
        raise ItemError("; ".join(read.problems))
    return read.item


def _one_value(line: bytes) -> bytes:
    try:
        line.decode()
        _check_value(line)
    except UnicodeDecodeError:
        raise ItemError("not UTF-8; JSON is always written in UTF-8") from None
    except RecursionError:
        raise ItemError("nested too deep to be read") from None
    except msgspec.DecodeError:
        whole = whole_characters(line)
    else:
        return line
    try:
        _check_value(whole)
    except msgspec.DecodeError as fault:
        said = str(fault).removeprefix("JSON is malformed: ")
        raise ItemError(f'not JSON: {said}; one line is one item, like {{"id": "sku-1"}}') from None
    return whole


def _check_value(line: bytes) -> None:
    msgspec.json.decode(line, type=msgspec.Raw)

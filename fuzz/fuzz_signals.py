"""The quick and the exact reading of an item agree; a wrong value is a problem, never an error."""

from __future__ import annotations

import msgspec

from fuzz.running import run
from guardrail.extract import ItemError, read_line, read_objects
from guardrail.extract.fields import item_from_bytes
from guardrail.extract.read import read_bytes
from guardrail.extract.shape import shape_of
from guardrail.model import Item
from guardrail.ruleset import Surface

SURFACES = (
    Surface("plain"),
    Surface("mapped", fields={"id": "sku", "signals": "why.signals"}),
    Surface("bids", shape="openrtb-2.6", kind="ad"),
)


def promise(data: bytes) -> None:
    """The first byte chooses the surface, the rest is one item."""
    if not data:
        return
    surface = SURFACES[data[0] % len(SURFACES)]
    line = data[1:].strip(b" \t\r\n")
    try:
        strict: Item | None = read_line(line, surface)
    except ItemError as error:
        assert str(error), "an error says what is wrong"
        strict = None
    try:
        line.decode()
        given = msgspec.json.decode(line, type=dict[str, object])
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        return
    shape = shape_of(surface)
    quick = read_bytes(line, shape)
    exact, problems = item_from_bytes(line, shape)
    # A category that is named twice counts once in any case.
    assert _once(quick.item) == _once(exact), "two readings agree"
    # The quick one does not look for repeated keys where only the last value is read anyway.
    told = [text for text in problems if not text.startswith("duplicate key")]
    assert bool(told) <= bool(quick.problems), "what is wrong is said"
    assert strict is None or _once(strict) == _once(exact)
    read_objects([given], surface)


def _once(item: Item) -> Item:
    if not item.categories:
        return item
    return msgspec.structs.replace(item, categories=tuple(dict.fromkeys(item.categories)))


if __name__ == "__main__":
    run(promise)

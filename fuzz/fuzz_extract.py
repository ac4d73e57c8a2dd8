"""Any body is read, or refused with `NotReadable`; what is read, the standard library finds too."""

from __future__ import annotations

import json
from typing import Any

from fuzz.running import run
from guardrail.extract import NotReadable, extract
from guardrail.ruleset import Surface

SURFACES = (
    Surface("plain"),
    Surface("top", items="."),
    Surface("groups", items="results[].hits"),
    Surface("mapped", items="data.list", fields={"id": "sku", "categories": "tax.labels"}),
    Surface("bids", shape="openrtb-2.6", kind="ad", items="seatbid[].bid"),
)


def promise(data: bytes) -> None:
    """The first byte chooses the surface, the rest is the body."""
    if not data:
        return
    surface = SURFACES[data[0] % len(SURFACES)]
    try:
        found = extract(data[1:], surface)
    except NotReadable:
        return
    spans = [span for one in found.lists for span in one.elements]
    assert len(spans) == len(found.items), "as many items as places"
    assert len(found.source) == len(found.body), "what was parsed has the length of what came"
    for (start, end), read in zip(spans, found.items, strict=True):
        element = _loaded(found.source[start:end])
        assert read.readable == isinstance(element, dict), "an item is an object"
    tree = _loaded(found.body)
    if surface.items == ".":
        assert len(tree) == len(spans), "every element of the list is judged"
    elif surface.items == "items":
        assert len(tree["items"]) <= len(spans), "no list that a reader sees is overlooked"


def _loaded(raw: bytes) -> Any:
    try:
        return json.loads(raw, parse_int=str)
    except RecursionError:
        return {}


if __name__ == "__main__":
    run(promise)

"""What goes out is JSON, holds the kept items and no other, and no ``signals``."""

from __future__ import annotations

import json
from typing import Any

from fuzz.running import run
from guardrail.act import DROP, KEEP, Placed, blank, splice
from guardrail.extract import NotReadable, extract
from guardrail.ruleset import Surface
from guardrail.treat.edit import Edit

EDITED = Placed(edit=Edit(remove=("reason",), set={"title": "t"}))
LAST = Placed(edit=Edit(last=True))
OTHER = Placed(edit=Edit(replace=b'{"id":"other","signals":[{"data":"cart"}]}'))
PLACES = (KEEP, DROP, EDITED, LAST, OTHER)
SURFACES = (Surface("plain"), Surface("top", items="."), Surface("groups", items="items[].hits"))
BACKFILL = b'{"id":"fill","signals":[]}'


class Members(list[tuple[str, Any]]):
    """The members of an object, repeated ones too."""


def promise(data: bytes) -> None:
    """The first byte chooses the surface, the second the plan, the rest is the body."""
    if len(data) < 3:
        return
    surface, seed, body = SURFACES[data[0] % len(SURFACES)], data[1], data[2:]
    try:
        found = extract(body, surface)
    except NotReadable:
        assert json.loads(blank(body, surface)) is not None
        return
    plan = [PLACES[(seed + index) % len(PLACES)] for index in range(len(found.items))]
    fill = [BACKFILL] if seed % 2 and found.lists else []
    sent = splice(body, found, surface, plan, fill)
    again = extract(sent, surface)
    assert len(again.items) == sum(place.keep for place in plan) + len(fill), "kept and no other"
    for start, end in (span for one in again.lists for span in one.elements):
        assert not _has_signals(again.source[start:end]), "signals never leave the building"
    empty = extract(blank(body, surface), surface)
    assert not empty.items, "a blank shows nothing"


def _has_signals(raw: bytes) -> bool:
    try:
        item = json.loads(raw, object_pairs_hook=Members, parse_int=str)
    except RecursionError:
        return False
    return isinstance(item, Members) and any(key == "signals" for key, _ in item)


if __name__ == "__main__":
    run(promise)

"""What goes out is JSON, holds the kept items and no other, and no ``signals``.

Scanned or read carefully, the same bytes go out.
"""

from __future__ import annotations

import json
from typing import Any

from fuzz.running import run
from guardrail.act import DROP, KEEP, Placed, blank, splice
from guardrail.act.placed import hidden_paths
from guardrail.extract import NotReadable, extract, reader_for
from guardrail.ruleset import RuleSet, Surface
from guardrail.score.alike import SameToRules
from guardrail.score.engine import Engine
from guardrail.treat.edit import Edit

EDITED = Placed(edit=Edit(remove=("reason",), set={"title": "t"}))
LAST = Placed(edit=Edit(last=True))
OTHER = Placed(edit=Edit(replace=b'{"id":"other","signals":[{"data":"cart"}]}'))
BARE = Placed(edit=Edit(remove=("reason",)))
PLACES = (KEEP, DROP, EDITED, LAST, OTHER)
USUAL = (KEEP, DROP, BARE, OTHER, KEEP)
SURFACES = (Surface("plain"), Surface("top", items="."), Surface("groups", items="items[].hits"))
ENGINE = Engine(RuleSet())
SCANNING = {
    one.name: reader_for(one, ENGINE.needs(one), SameToRules(ENGINE, one), hidden_paths(one))
    for one in SURFACES
}
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
    places = USUAL if seed >= 128 else PLACES
    plan = [places[(seed + index) % len(places)] for index in range(len(found.items))]
    fill = [BACKFILL] if seed % 2 and found.lists else []
    sent = splice(body, found, surface, plan, fill)
    scanned = extract(body, surface, reader=SCANNING[surface.name])
    assert splice(body, scanned, surface, plan, fill) == sent, "the same bytes in either way"
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

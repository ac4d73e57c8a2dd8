"""A surface for a rule file, written from what a sample response holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guardrail.cli.sample import (
    Field,
    Found,
    find_fields,
    foreign_categories,
    in_the_way,
)
from guardrail.cli.words import many

_PLAIN = re.compile(r"\.|[A-Za-z][\w-]*(?:\[\]|\{\})?(?:\.[A-Za-z_][\w-]*(?:\[\]|\{\})?)*\.?")
_WORDS = frozenset({"null", "true", "false"})
_COLUMN = 34
_TOTALS = ("total", "count", "num", "size", "nbhits")
_BIDS = "seatbid[].bid"


def proposal(name: str, places: Sequence[Found], sample: Any, source: str) -> Iterator[str]:
    """The lines of a rule file with one surface; comments say what was found and what is missing.

    ``places``: as `guardrail.cli.sample.find_items` gives them, at least one.
    """
    items = [item for place in places for item in place.items]
    bids = places[0].path == _BIDS
    bare = not bids and places[0].id_path == "" and not isinstance(items[0], dict)
    lists = sum(place.lists for place in places)
    yield f"# Proposed from {source}: {many(len(items), 'item')} in {many(lists, 'list')}."
    yield "# Look it over, put it into your rule directory, then run: guardrail check"
    yield "guardrail: 1"
    yield "surfaces:"
    yield f"  {name}:"
    yield _line("    match: {path: /change/me}", "the path that your app answers on")
    yield f"    kind: {'ad' if bids else 'recommendation'}"
    if bids or bare:
        yield f"    shape: {'openrtb-2.6' if bids else 'ids'}"
    yield from _items(places)
    fields = {} if bids or bare else find_fields(items)
    if bare:
        yield _line("    treatments: [replace]", "a bare id has no words; needs a fallback")
    elif not bids:
        yield from _fields(items, fields, places[0].id_path or "")
    yield from _totals(sample, len(items))
    yield from _missing(items, fields, bids=bids)


def _items(places: Sequence[Found]) -> Iterator[str]:
    if len(places) == 1:
        found = places[0]
        yield _line(f"    items: {_text(found.path)}", many(len(found.items), "item"))
        return
    yield "    items:"
    for found in places:
        yield _line(f"      - {_text(found.path)}", many(len(found.items), "item"))


def _fields(items: Sequence[Any], fields: dict[str, Field], id_path: str) -> Iterator[str]:
    fields.pop("id", None)
    if id_path:
        fields = {"id": Field(id_path, len(items)), **fields}
    categories = fields.get("categories")
    if categories and foreign_categories(items, categories.path):
        # Read as they are they would mean nothing, and keep a catalogue's out.
        del fields["categories"]
    renamed = {field: found for field, found in fields.items() if found.path != field}
    away = in_the_way(items, fields)
    if renamed or away:
        yield "    fields:"
    for field, found in renamed.items():
        yield _line(f"      {field}: {_text(found.path)}", f"{found.items} of {len(items)} items")
    for field in away:
        note = f"what stands under {field} is no {field} as rules know it"
        yield _line(f"      {field}: unused.{field}", note)
    own = [field for field, found in fields.items() if found.path == field]
    if own:
        yield f"    # Found under their own names: {', '.join(own)}."
    if not id_path:
        yield "    # The key in the object is the id."


def _totals(sample: Any, count: int) -> Iterator[str]:
    if not isinstance(sample, Mapping):
        return
    for key, value in sample.items():
        if value == count and not isinstance(value, bool) and key.lower().startswith(_TOTALS):
            yield _line(f"    count_fields: [{json.dumps(key)}]", "kept true when items go")


def _missing(items: Sequence[Any], fields: Mapping[str, Field], *, bids: bool) -> Iterator[str]:
    categories = fields.get("categories")
    if categories is not None and foreign_categories(items, categories.path):
        yield f"    # Not mapped: what stands under {categories.path} are names of your own."
        yield "    # Rules know slugs (health.pregnancy) and taxonomy:id; a catalogue can say them."
    elif categories is None and not bids:
        yield "    # Missing: categories. Join a catalogue (GUARDRAIL_CATALOG) that knows the ids."
    if "title" not in fields and not bids:
        yield "    # Missing: title. A catalogue gives that too; sensitive words are found in it."
    if "signals" not in fields:
        yield "    # Missing: signals, what about the customer led to each item. Without them most"
        yield "    # rules have no facts. Say here what is true of this recommender, such as:"
        yield "    # assume:"
        yield "    #   signals: [{data: browsing_history, method: observed, party: first}]"


def _line(text: str, comment: str) -> str:
    return f"{text:<{_COLUMN}}  # {comment}"


def _text(path: str) -> str:
    """A path as YAML text."""
    fine = _PLAIN.fullmatch(path) and path.lower() not in _WORDS
    return path if fine else json.dumps(path, ensure_ascii=False)

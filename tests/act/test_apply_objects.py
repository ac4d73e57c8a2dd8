"""The same changes on Python objects."""

import copy
import json
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrail.act import DROP, KEEP, Placed, apply_objects, splice
from guardrail.extract import extract, read_objects
from guardrail.ruleset import Surface
from guardrail.treat.edit import Edit

HOME = Surface("home")


def run(items, plan, surface=HOME, backfill=()):
    return apply_objects(items, read_objects(items, surface), surface, plan, backfill)


def test_items_come_back_as_new_dicts_without_what_is_hidden():
    """The given ones keep their signals; values that no JSON has are the very same objects."""
    when, price = datetime.now(UTC), Decimal("1.10")
    items = [{"id": "a", "signals": [1], "when": when, "price": price, "meta": {"why": 1, "x": 2}}]
    before = copy.deepcopy(items)
    out = run(items, [KEEP], Surface("s", strip=("meta.why",)))
    assert out == [{"id": "a", "when": when, "price": price, "meta": {"x": 2}}]
    assert out[0]["when"] is when
    assert out[0] is not items[0]
    assert items == before


def test_a_plan_drops_edits_demotes_and_fills_in():
    """In the order that bytes get, with fields under the surface's own keys."""
    surface = Surface("s", fields={"reason": "copy.why"})
    items = [
        MappingProxyType({"id": "a", "copy": {"why": 1}}),
        {"id": "b"},
        5,
        {"id": "c", "copy": {"why": "x", "y": 1}},
    ]
    plan = [
        Placed(edit=Edit(last=True)),
        DROP,
        KEEP,
        Placed(edit=Edit(remove=("reason",), set={"title": "T"})),
    ]
    assert run(items, plan, surface, [b'{"id":"f","signals":[]}', {"id": "g", "signals": 1}]) == [
        5,
        {"id": "c", "copy": {"y": 1}, "title": "T"},
        {"id": "a", "copy": {"why": 1}},
        {"id": "f"},
        {"id": "g"},
    ]


def test_a_value_is_set_within_objects_that_are_made_for_it():
    """A replacement is edited too; what is no mapping is only replaced."""
    surface = Surface("s", fields={"title": "text.name"})
    edit = Placed(edit=Edit(set={"title": "T"}))
    new = Placed(
        edit=Edit(replace=b'{"id":"n","text":{"lang":"en"},"signals":[]}', set={"title": "T"})
    )
    assert run([{"text": 5}, "x", {"id": "c"}], [edit, edit, new], surface) == [
        {"text": {"name": "T"}},
        "x",
        {"id": "n", "text": {"lang": "en", "name": "T"}},
    ]


def test_a_plan_that_does_not_fit_is_refused():
    """One entry for each item and each read."""
    with pytest.raises(ValueError, match="the plan has 0 entries for 1 items"):
        run([{"id": "a"}], [])
    with pytest.raises(ValueError, match="the plan has 1 entries for 0 items"):
        apply_objects([{"id": "a"}], (), HOME, [KEEP])


@pytest.mark.parametrize("bad", [b"", b"[1]", b'{"id":"\xff"}', b'{"a":' + b"[" * 50_000])
def test_bytes_that_are_no_object_are_refused(bad):
    """The error says what would be right."""
    with pytest.raises(ValueError, match="must be JSON objects, like"):
        run([], [], backfill=[bad])


VALUES = st.recursive(
    st.one_of(st.integers(-9, 9), st.text(st.characters(codec="utf-8"), max_size=3), st.none()),
    lambda inner: st.dictionaries(
        st.sampled_from(["title", "signals", "why", "x"]), inner, max_size=3
    ),
)
PLACES = st.sampled_from(
    [
        KEEP,
        DROP,
        Placed(edit=Edit(last=True)),
        Placed(edit=Edit(set={"title": "T"}, remove=("reason",))),
        Placed(edit=Edit(replace=b'{"id":"n"}')),
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(VALUES, max_size=4), st.data())
def test_objects_get_what_bytes_get(items, data):
    """The same items as bytes, with the same plan, parse to the same result."""
    surface = Surface("s", fields={"title": "x.title", "reason": "title"}, strip=("x.why",))
    plan = data.draw(st.lists(PLACES, min_size=len(items), max_size=len(items)))
    body = json.dumps({"items": items}).encode()
    spliced = json.loads(splice(body, extract(body, surface), surface, plan))["items"]
    assert run(items, plan, surface) == spliced

"""Items that were read briefly are completed like those that were read carefully."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from guardrail.enrich import complete
from guardrail.enrich.join import complete_briefly
from guardrail.extract import extract, reader_for
from guardrail.extract.brief import Briefs, Needs, item_of
from guardrail.ruleset import Surface

HOME = Surface("home", items="items")
NEEDS = Needs(("categories", "signals", "advertiser"), ("data",))
READER = reader_for(HOME, NEEDS)
KNOWN = {
    "a": ("Folic acid", ("health.pregnancy",), "Clara"),
    "b": ("Kettle", None, None),
    "1": (None, ("home.kitchen",), "Acme"),
}
ITEMS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["a", "b", "c", "", 1]),
        "title": st.sampled_from(["Own title", ""]),
        "categories": st.sampled_from([[], ["garden"]]),
        "advertiser": st.sampled_from(["Own", ""]),
    },
)


def read(*items: dict[str, Any]) -> Briefs:
    """A body with those items, read briefly."""
    briefs = extract(json.dumps({"items": items}).encode(), HOME, reader=READER).briefs
    assert isinstance(briefs, Briefs)
    return briefs


def told(briefs: Briefs) -> list[tuple[Any, ...]]:
    """Of each item what a catalogue could have told."""
    items = []
    for title, *facts in zip(briefs.titles, *briefs.facts, strict=True):
        item = item_of(facts, NEEDS)
        items.append((title, item.categories, item.advertiser))
    return items


@given(st.lists(ITEMS, min_size=1, max_size=4))
def test_each_item_gets_what_it_is_silent_about(items: list[dict[str, Any]]) -> None:
    """Whatever it says itself, and whatever the others do: as the careful reading completes it."""
    body = json.dumps({"items": items}).encode()
    carefully = complete(extract(body, HOME).items, lambda _: KNOWN)
    assert told(complete_briefly(read(*items), lambda _: KNOWN)) == [
        (one.item.title, one.item.categories, one.item.advertiser) for one in carefully
    ]


def test_only_items_that_are_silent_about_something_are_looked_up() -> None:
    """Whether each of them is silent about it or only some are."""
    full = {"id": "a", "title": "t", "categories": ["garden"], "advertiser": "x"}
    asked: list[Any] = []

    def lookup(ids: Any) -> dict[str, Any]:
        asked.append(list(ids))
        return {}

    for items in ([full], [full, {"id": "b"}], [{"id": "b"}, {"id": "c"}], [{"title": "t"}]):
        briefs = read(*items)
        assert complete_briefly(briefs, lookup) is briefs
    assert asked == [["b"], ["b", "c"]]

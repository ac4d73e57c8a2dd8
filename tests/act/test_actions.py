"""What happens to each item, whoever puts the bytes together."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrail.act import DROP, KEEP, Cuts, Placed, newcomers, splice
from guardrail.act.actions import actions_of
from guardrail.act.hiding import hiding_of
from guardrail.act.once import Once
from guardrail.act.placed import hidden_paths
from guardrail.extract import Extracted, extract, reader_for
from guardrail.ruleset import Leaks, RuleSet, Surface
from guardrail.score.alike import SameToRules
from guardrail.score.engine import Engine
from guardrail.treat.edit import Edit

HOME = Surface("home")
LEAKS = Leaks(parameters=("aud",))
OTHER = b'{"id":"other","signals":[1],"url":"/p?aud=7"}'
COMES = Placed(edit=Edit(replace=OTHER))
GOES = Placed(edit=Edit(remove=("reason",)))


def actions(*plan: Placed, leaks: Leaks = LEAKS) -> tuple[Any, dict[str, int]]:
    """The actions of a plan, and the leaks that were counted for it."""
    cuts = Cuts(leaks, HOME)
    return actions_of(plan, hiding_of(HOME), cuts), cuts.counts


def test_a_plan_is_said_in_actions() -> None:
    """Kept, gone, another in its place, a field gone."""
    found, counts = actions(KEEP, DROP, COMES, GOES, Placed(), COMES)
    assert found == [None, False, b'{"id":"other","url":"/p"}', ("reason",), None, found[2]]
    assert counts == {"aud": 2}
    assert actions(COMES, leaks=Leaks()) == ([b'{"id":"other","url":"/p?aud=7"}'], {})


@pytest.mark.parametrize(
    "edit",
    [
        Edit(last=True),
        Edit(set={"title": "x"}),
        Edit(remove=("categories",)),
        Edit(replace=OTHER, carry=("id",)),
        Edit(replace=OTHER, remove=("reason",)),
    ],
)
def test_what_no_action_can_say_is_left_to_the_way_that_always_works(edit: Edit) -> None:
    """And nothing is counted then, for that way counts."""
    assert actions(COMES, Placed(edit=edit)) == (None, {})


def test_an_offer_is_prepared_once_for_a_surface_and_its_leaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Other leaks are other bytes; and not for ever more offers."""
    surface = Surface("s")
    hiding = hiding_of(surface)
    assert hiding_of(surface) is hiding
    first = newcomers.newcomer(OTHER, "x", hiding, Cuts(LEAKS, surface))
    assert newcomers.newcomer(OTHER, "x", hiding, Cuts(LEAKS, surface)) is first
    plain = newcomers.newcomer(OTHER, "x", hiding, Cuts(Leaks(), surface))
    assert (plain.raw, plain.leaks) == (b'{"id":"other","url":"/p?aud=7"}', {})
    monkeypatch.setattr(newcomers, "_MOST", 1)
    newcomers.newcomer(b"{}", "x", hiding, Cuts(LEAKS, surface))
    assert len(hiding.newcomers) == 1


def test_what_is_made_once_is_told_by_what_it_was_made_of() -> None:
    """Equal is not the same; and only so many are known."""
    made: list[list[int]] = []
    once = Once(lambda one: made.append(one) or len(made), most=2)
    first, second, third = [1], [1], [1]
    assert [once(first), once(first), once(second)] == [1, 1, 2]
    assert [once(third), once(first)] == [3, 4]


def test_where_items_can_t_be_cut_at_once_each_is_cut() -> None:
    """One key is written with a space that the others have not."""
    items = ",".join(f'{{"id":{n},"signals":[]}}' for n in range(20))
    body = f'{{"items":[{{"id":0,"signals" :[]}},{items},{{"id":1}}]}}'.encode()
    extracted = extract(body, HOME)
    out = splice(body, extracted, HOME, [DROP, *[KEEP] * 20, DROP])
    assert json.loads(out) == {"items": [{"id": n} for n in range(20)]}


def scanned(body: bytes, surface: Surface) -> Extracted:
    """The body as the compiled reader sees it, where there is one."""
    engine = Engine(RuleSet())
    alike = SameToRules(engine, surface)
    reader = reader_for(surface, engine.needs(surface), alike, hidden_paths(surface))
    return extract(body, surface, reader=reader)


VALUES = {
    "id": st.sampled_from(("a", "b", 5)),
    "title": st.sampled_from(("x", 'a"]}', "é", "\\")),
    "reason": st.sampled_from(("because", "", None)),
    "signals": st.sampled_from(([], [{"data": "cart", "via": [{"data": "likes"}]}])),
    "debug": st.sampled_from((1, {"signals": [1]}, "x")),
    "url": st.sampled_from(("/p", "/p?aud=7&b=1", "https://x.example/?b=2")),
}
ITEMS = st.lists(
    st.permutations(list(VALUES)).flatmap(
        lambda keys: st.fixed_dictionaries({}, optional={key: VALUES[key] for key in keys})
    ),
    max_size=8,
)
PLACES = st.sampled_from((KEEP, KEEP, DROP, COMES, GOES, Placed(edit=Edit(last=True))))
SURFACES = st.sampled_from(
    (
        HOME,
        Surface("open", keep_signals=True),
        Surface("strict", strip=("debug", "reason")),
        Surface("mapped", fields={"title": "debug"}),
    )
)
STYLES = st.sampled_from(
    ({}, {"separators": (",", ":")}, {"indent": 1}, {"ensure_ascii": False}, {"indent": 0})
)


@settings(max_examples=200, deadline=None)
@given(ITEMS, SURFACES, STYLES, st.lists(PLACES, min_size=8, max_size=8))
def test_bytes_are_the_same_whoever_found_them(
    items: list[dict[str, Any]], surface: Surface, style: dict[str, Any], places: list[Placed]
) -> None:
    """Put together at once or list by list; leaks are counted alike."""
    body = json.dumps({"n": 1, "items": items, "z": []}, **style).encode()
    plan = places[: len(items)]
    for backfill in ([], [OTHER]):
        cuts, again = Cuts(LEAKS, surface), Cuts(LEAKS, surface)
        out = splice(body, scanned(body, surface), surface, plan, backfill, cuts=cuts)
        assert out == splice(body, extract(body, surface), surface, plan, backfill, cuts=again)
        assert cuts.counts == again.counts

"""Where caps act, what happens to an item, what is counted and what is given back is one story."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import event, given, settings
from msgspec.structs import replace

from guardrail.act.placed import DROP, KEEP
from guardrail.decide.capped import Bound
from guardrail.pipeline import second, second_pass
from guardrail.score.engine import Engine
from tests.pipeline.test_by_sort import SCANNED, SEARCH, Shop
from tests.test_brief_and_careful import Case, Told, bounds_of, decided, one_by_one
from tests.test_settled_once import Page, cap, cases, reader

REFUSES = replace(cap("item"), action="suppress")


@settings(max_examples=300, deadline=None)
@given(given_=cases())
def test_a_verdict_tells_what_happened_to_the_item(given_: tuple[Case, list[Page]]) -> None:
    """What each comes to by itself is on the page, in the counts and among what is given back,
    whichever other items and caps were met before, and in whichever way the body is read.
    """
    case, listed = given_
    engine = Engine(case.rules)
    for customer, body in (*listed, *listed):
        page = case._replace(customer=customer, body=body)
        ways = [reader(name, case, engine, customer) for name in ("in brief", "scanned")]
        for way in (None, *ways):
            told, _ = decided(page, engine, way)
            if told.why is None:
                assert told.counted == one_by_one(told, case.mode)
                as_told(told, case)


def as_told(told: Told, case: Case) -> None:
    """What becomes of items is what their verdicts say."""
    asking = [index for index, _ in told.asks]
    bounds = dict(zip(asking, bounds_of(case, [asks for _, asks in told.asks]), strict=True))
    gone = set()
    for index, (verdict, placed) in enumerate(zip(told.verdicts, told.placed, strict=True)):
        if verdict.surplus:
            assert not placed.keep
            assert index not in bounds
            continue
        hidden = verdict.verdict == "suppress" or verdict.treatment == "delay"
        bound = bounds.get(index)
        assert placed.keep is not hidden
        if verdict.verdict == "allow":
            assert placed == KEEP
        elif verdict.treatment == "demote":
            assert placed.edit.last
        if bound is not None and bound.granted and hidden:
            gone.add(index)
        if bound is not None:
            event(f"{bound.rule.action} {bound.rule.mode} {verdict.verdict} {verdict.treatment}")
            acts = verdict.findings + verdict.would_findings
            assert bound.rule.id in {finding.rule for finding in acts} or not verdict.would
    if case.mode == "observe":
        assert told.given_back == ()
    else:
        assert {asking[number] for number in told.given_back} == gone


@pytest.fixture(params=["in brief", pytest.param("scanned", marks=SCANNED)])
def way(request: pytest.FixtureRequest) -> str:
    """How a body is read."""
    way: str = request.param
    return way


def test_no_item_is_read_where_a_cap_refuses_a_page(way: str) -> None:
    """Its words are looked at once somebody asks for the verdicts."""
    shop = Shop(way, REFUSES)
    _, draft = shop.page(*[{"id": f"i{n}"} for n in range(9)])
    shop.read.clear()
    result = second_pass(draft, [Bound(REFUSES, False, n) for n in range(9)])
    assert [*result.placed] == [DROP] * 9
    assert [(one.verdict, many) for one, many in result.sorts().tally()] == [("suppress", 9)]
    assert shop.read == []
    assert [one.retry_after_seconds for one in result.verdicts] == [*range(9)]
    assert Counter(shop.read).keys() == {*range(9)}


def test_what_a_cap_does_to_items_that_are_alike_is_worked_out_once(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also on the next pages; another cap, or one that lets them through, is another case."""
    acted: list[tuple[str, bool]] = []

    def acting(bound: Bound, *settled: object, **keys: object) -> object:
        acted.append((bound.rule.id, bound.granted))
        return act(bound, *settled, **keys)

    act = second.act_on_cap
    monkeypatch.setattr(second, "act_on_cap", acting)
    other = replace(cap("campaign"), action="suppress")
    shop = Shop(way, REFUSES, other)
    page = [{"id": f"i{n}", "campaign": "c"} for n in range(4)]
    for _ in range(3):
        _, draft = shop.page(*page)
        bounds = [Bound(REFUSES, False, 1), Bound(REFUSES, False, 2)]
        second_pass(draft, [*bounds, Bound(other, False, 3), Bound(other, True, 4)])
    assert acted == [("cap-item", False), ("cap-campaign", False), ("cap-campaign", True)]


def test_tolerances_and_modes_do_not_share_what_a_cap_does(way: str) -> None:
    """The same cap takes a page out for one, and not for another."""
    weighs = replace(cap("item"), weight=20.0)
    shop = Shop(way, SEARCH, weighs)
    came = []
    for tolerance, mode in ((62.0, "enforce"), (80.0, "enforce"), (62.0, "observe")):
        _, draft = shop.page({"id": "a"}, tolerance=tolerance, mode=mode)
        result = second_pass(draft, [Bound(weighs, True, None)])
        (verdict,) = result.verdicts
        came.append((result.placed[0].keep, verdict.verdict, verdict.would, result.give_back))
    assert came == [
        (False, "suppress", None, (0,)),
        (True, "allow", None, ()),
        (True, "allow", "suppress", ()),
    ]


def test_a_cap_acts_in_the_words_of_each_item_of_a_sort(way: str) -> None:
    """What rules can't tell apart is one sort, and each verdict is told of its own item."""
    shop = Shop(way, SEARCH, REFUSES)
    sources = ("cart", "likes")
    items = [{"id": one, "signals": [{"data": one, "method": "observed"}]} for one in sources]
    _, draft = shop.page(*items)
    verdicts = second_pass(draft, [Bound(REFUSES, False, 9)] * 2).verdicts
    assert [(one.id, one.capped_by) for one in verdicts] == [(one, "cap-item") for one in sources]
    said = [one.main_parameters for one in verdicts]
    assert said == [("what is in your cart",), ("what you liked here",)]

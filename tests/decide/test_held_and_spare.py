"""What is held comes back by itself; what the app sent to spare fills holes."""

from __future__ import annotations

import pytest

from guardrail.decide.capped import Bound
from guardrail.decide.cool_off import seconds_left
from guardrail.decide.nonbid import status_code
from guardrail.extract import Read
from guardrail.model import Decision, Item, Signal
from guardrail.record.counters import Counters
from guardrail.ruleset import Comparison, Rule, When
from tests.score.judging import BOUGHT, SEARCHED, rule
from tests.test_pipeline import CAP, GOOD, SEARCH, run, verdicts


def younger(op="<", value=100.0):
    when = When(age_seconds=(Comparison(op, value),))
    return rule(id="fresh", weight=None, action="soften", treatment="delay", when=when)


@pytest.mark.parametrize(
    ("op", "ages", "left"),
    [
        ("<", (40.5,), 60),
        ("<=", (40,), 61),
        ("<", (40, 90), 60),
        ("<", (200,), None),
        ("<", (None,), None),
        (">", (200,), None),
    ],
)
def test_a_cool_off_ends_when_the_evidence_is_old_enough(op, ages, left):
    """The youngest decides; unknown ages tell nothing."""
    signals = tuple(Signal(age_seconds=age) for age in ages)
    assert seconds_left((younger(op),), signals) == left
    assert seconds_left((younger(op),), None) is None


def test_a_held_item_is_not_shown_and_says_when_it_is():
    """It asks for no impression."""
    fresh = Item(id="i", campaign="c", signals=(Signal("cart", "observed", age_seconds=40.0),))
    draft, result = run([fresh, GOOD], younger(), CAP)
    (held, _) = result.verdicts
    assert (held.verdict, held.treatment, held.retry_after_seconds) == ("soften", "delay", 60)
    assert [p.keep for p in result.placed] == [False, True]
    assert draft.asking == (1,)


def test_a_cap_that_delays_gives_back_what_others_granted():
    """It was counted, but it is not shown."""
    slow = Rule("slow", "frequency_cap", concern="repetition", action="soften", treatment="delay")
    _, result = run([GOOD], CAP, slow, bounds=[Bound(slow, True, 5)])
    (verdict,) = result.verdicts
    assert (verdict.treatment, verdict.retry_after_seconds) == ("delay", 5)
    assert result.give_back == (0,)
    assert not result.placed[0].keep


def items(*sources):
    return [Item(id=f"i{n}", signals=(s,)) for n, s in enumerate(sources)]


def shown(result):
    return [n for n, place in enumerate(result.placed) if place.keep]


def test_surplus_fills_the_holes_in_order():
    """The rest is neither shown nor counted."""
    _, result = run(items(SEARCHED, *[BOUGHT] * 4), SEARCH, show=2, treatments=())
    assert shown(result) == [1, 2]
    assert [v.surplus for v in result.verdicts] == [False, False, False, True, True]
    decision = Decision("d", "r", "home", "enforce", 0, "guarded", items=result.verdicts)
    assert decision.counts == {"allow": 2, "soften": 0, "suppress": 1, "backfill": 0}
    counters = Counters()
    counters.add(decision)
    (cells,) = counters.drain().values()
    counted = {cell.value: n for cell, n in cells.items() if cell.what == "item"}
    assert counted == {"allow": 2, "suppress": 1}


def test_a_cap_that_takes_one_out_lets_the_next_uncapped_one_in():
    """What would need a reservation can't come any more."""
    ads = Rule("ads", "frequency_cap", concern="repetition", action="suppress", per="item",
               when=When(kind=("ad",)))  # fmt: skip
    listed = [Item(id=str(n), kind=kind, signals=()) for n, kind in enumerate(
        ("ad", "recommendation", "ad", "recommendation", "recommendation"))]  # fmt: skip
    draft, result = run(listed, ads, show=2, bounds=[Bound(ads, False, 9)])
    assert draft.asking == (0,)
    assert shown(result) == [1, 3]


def test_surplus_takes_nothing_from_the_pool_and_nothing_is_cut_in_observe():
    """Observe changes nothing."""
    _, result = run(items(BOUGHT, BOUGHT, BOUGHT), show=1, mode="observe")
    assert shown(result) == [0, 1, 2]
    assert not any(v.surplus for v in result.verdicts)


def test_unreadable_surplus_is_left_out():
    """There are enough before it."""
    broken = Read(Item(), ("not a JSON object",), readable=False)
    _, result = run([GOOD, broken], show=1)
    assert shown(result) == [0]
    assert [v.surplus for v in result.verdicts] == [False, True]
    assert sum(many for _, many in result.sorts().tally()) == 1
    _, hole = run([*items(SEARCHED), GOOD, broken], SEARCH, show=2, treatments=())
    assert shown(hole) == [1, 2]


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ((rule(id="a", weight=90.0, when=When(advertiser=("acme",))),), 356),
        ((rule("sensitive_category", 90.0),), 357),
        ((rule("manner", 90.0),), 500),
        ((SEARCH, rule("manner", 10.0, id="m")), 204),
    ],
)
def test_a_bid_that_goes_has_a_status_code(rules, code):
    """Of the finding that weighs most."""
    bid = Item(id="b", advertiser="acme", categories=("vice.gambling",), signals=(SEARCHED,))
    _, result = run([bid], *rules, seatnonbid=True, treatments=())
    assert verdicts(result) == ["suppress"]
    assert result.placed[0].code == code


def test_a_capped_bid_has_the_code_of_caps():
    """And one that goes without a finding the exchange's own."""
    draft, result = run([GOOD], CAP, seatnonbid=True, bounds=[Bound(CAP, False, 1)])
    assert result.placed[0].code == 9
    settled = draft.entries[0].settled
    assert status_code(settled, draft.request.plan) == 500

"""The same fact in the place where it belongs, and out of it."""

from __future__ import annotations

import pytest

from guardrail.model import Item, Signal
from guardrail.ruleset import Surface, When
from guardrail.score.expected import in_vertical
from tests.score.judging import BOUGHT, judge, rule

HEALTH = Signal(data="health", method="declared", party="first")
ABOUT_HEALTH = rule(
    weight=72.0,
    when=When(data=("health",)),
    expected={"doctor": 15.0, "animal doctor": 40.0, "bank": 90.0},
)


def weight(vertical: str | None, *signals: Signal) -> float:
    on = Surface("s", vertical=vertical)
    (finding,) = judge(Item(signals=signals), ABOUT_HEALTH, surface=on).findings
    return finding.weight


def test_where_people_expect_it_it_weighs_what_the_rule_says():
    """Health told to a doctor; nowhere else, and not where nobody said what the place is."""
    assert weight("doctor", HEALTH) == 15
    assert weight("family doctor or clinic", HEALTH) == 15
    assert weight("clothing shop", HEALTH) == 72
    assert weight(None, HEALTH) == 72


def test_the_vertical_that_is_named_most_closely_counts():
    """Two words before one."""
    assert weight("animal doctor", HEALTH) == 40


def test_being_expected_never_makes_it_worse():
    """A weight above the rule's own is not reached."""
    assert weight("bank", HEALTH) == 72


@pytest.mark.parametrize("party", ["second", "third"])
def test_what_somebody_passed_on_is_out_of_its_place(party):
    """Even if it is another signal that was passed on."""
    elsewhere = Signal(data="likes", method="observed", party=party)
    assert weight("doctor", HEALTH, elsewhere) == 72
    assert weight("doctor", HEALTH, BOUGHT) == 15


def test_a_rule_about_passing_on_may_itself_be_expected():
    """Then the passing on is what people expect."""
    flow = rule(weight=62.0, when=When(party=("third",)), expected={"search": 45.0})
    on = Surface("s", vertical="online search website")
    third = Item(signals=(Signal(data="likes", method="observed", party="third"),))
    (finding,) = judge(third, flow, surface=on).findings
    assert finding.weight == 45


def test_a_vertical_is_met_by_its_words_in_order():
    """Never by parts of words, never by nothing."""
    assert in_vertical("School or University", "school")
    assert in_vertical("tax office", "tax office")
    assert not in_vertical("schooling", "school")
    assert not in_vertical("office tax", "tax office")
    assert not in_vertical("anything", "  ")

"""Which facts a rule lacked on one item."""

from __future__ import annotations

import pytest

from guardrail.facts.lacking import lacking
from guardrail.model import Customer, Item, Signal
from guardrail.ruleset import Comparison, Rule, When

SAID = Item(kind="ad", purpose="product", signals=(Signal(data="likes", method="observed"),))


def of(when=None, item=SAID, customer=None, kind="signal", unknown="skip"):
    rule = Rule("r", kind, when=when or When(), unknown=unknown)
    return lacking(rule, item, customer or Customer())


@pytest.mark.parametrize(
    ("when", "facts"),
    [
        (When(party=("third",)), ("signals[].party",)),
        (When(data=("likes",), context=("work",)), ("signals[].context",)),
        (When(campaign=("c",), kind=("ad",)), ("campaign",)),
        (When(age_band=("teen",)), ("customer.age_band",)),
        (When(vertical=("shop",), sponsored=True), ("sponsored",)),
        (When(data=("likes",), not_=When(precision=("city",))), ("signals[].precision",)),
        (When(category=("health",)), ("categories",)),
        (When(depth=(Comparison(">=", 2),), party=("third",)), ("signals[].party",)),
    ],
)
def test_a_condition_names_what_it_lacks(when, facts):
    """And not what is there."""
    assert of(when).facts == facts


def test_without_signals_that_is_what_is_lacking():
    """Not one of their keys; depth follows from either of two."""
    nobody = Item(kind="ad")
    assert of(When(party=("third",), data=("likes",)), nobody).facts == ("signals",)
    assert of(When(depth=(Comparison(">", 1),)), nobody).facts == ("signals",)
    assert of(When(party=("third",)), Item(signals=())).facts == ("signals[].party",)


def test_kinds_lack_facts_of_their_own():
    """A subject its categories, a repetition what was shown; what is said and can't be understood
    is as good as not said.
    """
    assert of(kind="sensitive_category").facts == ("categories",)
    assert of(kind="repetition").facts == ("what was shown before",)
    said = Item(categories=("?",))
    assert of(When(category=("health",)), said).facts == ("categories",)


def test_a_rule_may_count_all_the_same():
    """With ``unknown: apply``."""
    assert of(When(party=("third",)), unknown="apply").applied
    assert not of(When(party=("third",))).applied

"""A rule's objection as a finding."""

from __future__ import annotations

import pytest

from guardrail.ruleset import Rule
from guardrail.score.finding import finding_of


@pytest.mark.parametrize(("weight", "shown"), [(62, 62), (62.04, 62.0), (62.06, 62.1), (0, 0)])
def test_a_findings_weight_has_one_decimal(weight, shown):
    """What is added up is what is shown: weights are rounded where the finding is made."""
    rule = Rule(id="r", kind="signal", concern="flow", title="Passed on", weight=weight)
    assert finding_of(rule, weight, "signal cart").weight == shown


def test_a_finding_carries_what_its_rule_asks_for():
    """Layer, action, treatment and the sentence for the customer are the rule's own."""
    rule = Rule(
        id="r", kind="signal", concern="flow", title="T", layer="floor", action="soften",
        treatment="demote", say="So it is.",
    )  # fmt: skip
    found = finding_of(rule, 0, "signal cart")
    assert (found.layer, found.action, found.treatment, found.say) == (
        "floor", "soften", "demote", "So it is.",
    )  # fmt: skip

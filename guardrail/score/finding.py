"""A rule's objection as the finding that a decision lists."""

from __future__ import annotations

from guardrail.model import Finding
from guardrail.ruleset import Rule


def finding_of(rule: Rule, weight: float, because: str) -> Finding:
    """The finding; ``weight`` 0-100 is rounded to 0.1."""
    return Finding(
        rule=rule.id,
        concern=rule.concern,
        weight=round(weight, 1),
        because=because,
        layer=rule.layer,
        action=rule.action,
        treatment=rule.treatment,
        say=rule.say,
    )

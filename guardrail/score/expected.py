"""Where a use is expected: the same fact is welcome in one place and an intrusion in another.

Health told to a doctor to be treated is rated +71 on a scale from -100 to 100, the same to a
library -59 (ConfAIde tier 2). So a rule may name the verticals in which people expect what it
objects to, with the weight that it has there. That holds for what the place learned itself: once
somebody passed it on, it is out of its place.
"""

from __future__ import annotations

from collections.abc import Iterable

from guardrail.model import Signal
from guardrail.ruleset import Rule
from guardrail.score.terms import words


def in_vertical(vertical: str, wanted: str) -> bool:
    """Whether a surface's vertical is of a wanted one: its words stand in it, in their order.

    ``local library`` is of ``library``, ``school or university`` of ``school``.
    """
    looked_for = words(wanted)
    return bool(looked_for) and f" {' '.join(looked_for)} " in f" {' '.join(words(vertical))} "


def expected_weight(rule: Rule, vertical: str | None) -> float | None:
    """What the rule weighs at most in a vertical; None where it is not expected there.

    Of several that fit, the one named with most words counts, then the heavier.
    """
    if vertical is None:
        return None
    found = [
        (len(words(wanted)), weight)
        for wanted, weight in rule.expected.items()
        if in_vertical(vertical, wanted)
    ]
    return max(found)[1] if found else None


def passed_on(rule: Rule, signals: Iterable[Signal]) -> bool:
    """Whether a second or third party gave a signal, unless that is what the rule is about."""
    if rule.when.party is not None:
        return False
    return any(s.party in ("second", "third") for s in signals)

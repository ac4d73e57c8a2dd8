"""When an item that is held comes back: once the rule that held it applies no longer."""

from __future__ import annotations

import math

from guardrail.model import Signal
from guardrail.ruleset import Rule

_YOUNGER = {"<": 0, "<=": 1}


def seconds_left(rules: tuple[Rule, ...], signals: tuple[Signal, ...] | None) -> int | None:
    """Whole seconds until all evidence is too old for the rules; None where that can't be told.

    A rule tells it by a condition such as ``age_seconds: "<86400"``.
    """
    left = [
        math.ceil(limit.value - signal.age_seconds) + _YOUNGER[limit.op]
        for rule in rules
        for limit in rule.when.age_seconds or ()
        if limit.op in _YOUNGER
        for signal in signals or ()
        if signal.age_seconds is not None
    ]
    return max((seconds for seconds in left if seconds > 0), default=None)

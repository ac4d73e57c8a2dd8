"""Numbers that no rule can tell apart are one number, so that items stay alike."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from guardrail.extract.brief import Needs
from guardrail.ruleset import UNKNOWN, Rule
from guardrail.score.needs import whens_of

Steps = Mapping[str, tuple[float, ...]]
"""A signal's number -> the values, ascending, that conditions compare it with."""
_NUMBERS = ("age_seconds", "audience_size")


def steps_of(rules: Iterable[Rule]) -> Steps:
    """What rules compare the numbers of signals with; numbers that no rule reads are left out."""
    found: dict[str, set[float]] = {}
    for rule in rules:
        for when in whens_of(rule):
            for name in _NUMBERS:
                for comparison in getattr(when, name) or ():
                    cuts = found.setdefault(name, set())
                    if comparison.op != UNKNOWN:
                        cuts.add(comparison.value)
    return {name: tuple(sorted(values)) for name, values in found.items()}


def stepped(facts: tuple[Any, ...], needs: Needs, steps: Steps) -> tuple[Any, ...]:
    """The facts of an item with each number replaced by one that every rule sees alike."""
    at = needs.item.index("signals")
    signals = facts[at]
    if not signals:
        return facts
    rows = [
        tuple(
            step(value, steps[name]) if name in steps and value is not None else value
            for name, value in zip(needs.signal, _row(signal, needs), strict=True)
        )
        for signal in signals
    ]
    return (*facts[:at], tuple(rows), *facts[at + 1 :])


def _row(signal: Any, needs: Needs) -> Iterable[Any]:
    return signal if isinstance(signal, tuple) else [getattr(signal, name) for name in needs.signal]


def step(value: float, cuts: Sequence[float]) -> float:
    """The number that stands for all on its side of each of ``cuts``; one of these stays."""
    if not cuts:
        return 0.0
    at = bisect_left(cuts, value)
    if at < len(cuts) and cuts[at] == value:
        return value
    return math.nextafter(cuts[at - 1], math.inf) if at else math.nextafter(cuts[0], -math.inf)

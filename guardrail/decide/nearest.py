"""How firm a verdict is: which weight, changed by how little, would cross the tolerance."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from guardrail.model import Finding
from guardrail.score.judged import score

_MOST = 1000
"""Tenths: a weight is 0-100 in steps of 0.1."""


class Change(NamedTuple):
    """The findings of ``rule`` weigh ``weight``; from ``needed`` on it is another verdict."""

    rule: str
    weight: float
    needed: float

    @property
    def points(self) -> float:
        """By how much, with its sign."""
        return round(self.needed - self.weight, 1)


def nearest(findings: tuple[Finding, ...], depth: int | None, tolerance: float) -> Change | None:
    """The smallest change of one rule's weight after which the score lies on the other side.

    None where no single weight can do that, or where a finding acts whatever the score is.
    """
    if any(finding.blocks for finding in findings):
        return None
    return min(_changes(findings, depth, tolerance), key=lambda c: abs(c.points), default=None)


def _changes(
    findings: tuple[Finding, ...], depth: int | None, tolerance: float
) -> Iterator[Change]:
    fits = score(findings, depth).intrusiveness <= tolerance

    def crosses(rule: str, tenths: int) -> bool:
        changed = [
            replace(one, weight=tenths / 10) if one.rule == rule else one for one in findings
        ]
        return (score(changed, depth).intrusiveness <= tolerance) is not fits

    for finding in findings:
        now = round(finding.weight * 10)
        # Outwards from the weight it has; a heavier finding never makes a lighter score.
        steps = range(now, _MOST + 1) if fits else range(now, -1, -1)
        at = bisect_left(steps, True, key=partial(crosses, finding.rule))
        if at < len(steps):
            yield Change(finding.rule, finding.weight, steps[at] / 10)

"""How findings become one number, line by line, so that it can be followed with a pencil."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from guardrail.model import Finding
from guardrail.score.judged import AT_DEPTH_0


class Line(NamedTuple):
    """One concern in the sum. ``finding``: its strongest. ``share``: 1 for the strongest concern,
    one half for each further one. ``left``: percent of people who still accept it, not rounded.
    """

    finding: Finding
    share: float
    left: float

    @property
    def counts(self) -> float:
        """The part of its weight that counts, 0-100."""
        return self.finding.weight * self.share


def reckoning(findings: Iterable[Finding], depth: int | None) -> tuple[Line, ...]:
    """The sum that `guardrail.score.compose` makes, the strongest concern first.

    100 less the last line's ``left``, rounded to 0.1, is the score. Empty where nothing counts.
    """
    strongest: dict[str, Finding] = {}
    for finding in findings:
        if depth == 0 and finding.concern not in AT_DEPTH_0:
            continue
        known = strongest.get(finding.concern)
        if finding.weight > (0.0 if known is None else known.weight):
            strongest[finding.concern] = finding
    lines: list[Line] = []
    left = 100.0
    for finding in sorted(strongest.values(), key=lambda one: -one.weight):
        share = 0.5 if lines else 1.0
        left *= 1 - finding.weight * share / 100
        lines.append(Line(finding, share, left))
    return tuple(lines)

"""Many findings become one number: the share of people, in percent, who would not accept this.

Objections go together in the same people, so the strongest concern counts whole and each
further one half: ``1 - (1 - w_max) * prod(1 - w_i / 2)``. On 2,157 people's answers this meets
the share who reject at least one of two to four uses with RMSE .027, against .111 for
independent noisy-or and .217 for a sum (Kozyreva et al., DE and GB, own computation).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from guardrail.model import ANNOYING, CREEPY, Finding


class Score(NamedTuple):
    """``intrusiveness`` and its two parts, each 0-100, rounded to 0.1."""

    intrusiveness: float = 0.0
    creepy: float = 0.0
    annoying: float = 0.0


def compose(findings: Iterable[Finding]) -> Score:
    """The score of a set of findings: per concern only the strongest counts."""
    strongest: dict[str, float] = {}
    for finding in findings:
        if finding.weight > strongest.get(finding.concern, 0.0):
            strongest[finding.concern] = finding.weight
    if not strongest:
        return Score()
    return Score(
        _join(strongest.values()),
        _join(w for concern, w in strongest.items() if concern in CREEPY),
        _join(w for concern, w in strongest.items() if concern in ANNOYING),
    )


def _join(weights: Iterable[float]) -> float:
    """The strongest whole, each further one half; weights and result on 0-100."""
    ordered = sorted(weights, reverse=True)
    if not ordered:
        return 0.0
    accepted = 1 - ordered[0] / 100
    for weight in ordered[1:]:
        accepted *= 1 - weight / 200
    return round(100 * (1 - accepted), 1)

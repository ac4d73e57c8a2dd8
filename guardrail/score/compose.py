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
    """The strongest whole, each further one half; weights and result on 0-100, in steps of 0.1.

    Reckoned in whole tenths, so that a half always goes up and nothing falls below its strongest.
    """
    strongest, *others = sorted((round(10 * round(w, 1)) for w in weights), reverse=True) or (0,)
    accepted, of = 1000 - strongest, 1
    for tenths in others:
        accepted *= 2000 - tenths
        of *= 2000
    return ((2 * 1000 + 1) * of - 2 * accepted) // (2 * of) / 10

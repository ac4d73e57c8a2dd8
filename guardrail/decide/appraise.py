"""An item in the eyes of one customer: what the rules, the surface and their own refusals say."""

from __future__ import annotations

from typing import NamedTuple

from guardrail.decide.choice import refusals, refuses
from guardrail.decide.floor import too_deep
from guardrail.model import Customer, Finding, Item
from guardrail.ruleset import Surface
from guardrail.score.compose import Score
from guardrail.score.plan import Judged, Plan, score


class Appraisal(NamedTuple):
    """The findings on an item and its score."""

    judged: Judged
    findings: tuple[Finding, ...]
    score: Score

    def acceptable(self, tolerance: float, met: frozenset[str] = frozenset()) -> bool:
        """Whether nothing acts on it by itself, but for the rules in ``met``, and its score fits."""
        if self.score.intrusiveness > tolerance:
            return False
        return not any(f.blocks and f.rule not in met for f in self.findings)


class Appraiser:
    """Appraises items for one customer on one surface at one moment."""

    def __init__(self, plan: Plan, surface: Surface, customer: Customer, now_ms: int) -> None:
        self._plan = plan
        self._surface = surface
        self._customer = customer
        self._now_ms = now_ms
        self._refuses = refuses(customer)

    def __call__(self, item: Item, *, watched: bool) -> Appraisal:
        """The appraisal; ``watched``: as if the rules in observe were enforced."""
        judged = self._plan.judge(item, self._customer)
        findings = judged.findings
        whole = judged.score
        if watched and judged.watched:
            findings += judged.watched
            whole = score(findings, judged.depth)
        floors = too_deep(self._surface, judged)
        chosen = refusals(self._customer, judged, self._now_ms) if self._refuses else ()
        if floors or chosen:
            findings = (*floors, *chosen, *findings)
        return Appraisal(judged, findings, whole)

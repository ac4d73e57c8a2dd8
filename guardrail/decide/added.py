"""What comes on top of an item's own findings: a cap, a story told together."""

from __future__ import annotations

from guardrail.decide.appraise import Appraisal
from guardrail.model import Finding
from guardrail.score.judged import score


def added(appraisal: Appraisal, finding: Finding) -> Appraisal:
    """The appraisal with one finding more, scored again."""
    findings = (*appraisal.findings, finding)
    return Appraisal(appraisal.judged, findings, score(findings, appraisal.judged.depth))

"""Why a bid was taken out, as a status code of OpenRTB's "Seat Non Bid" extension."""

from __future__ import annotations

from guardrail.decide.settle import Settled
from guardrail.score.plan import Plan

CAP_MET = 9
PRIVACY = 204
ADVERTISER_BLOCKED = 356
CATEGORY_EXCLUDED = 357
OURS = 500
"""From 500 on codes are the exchange's own: here, how the advertisement says it."""
_BY_CONCERN = {"repetition": CAP_MET, "subject": CATEGORY_EXCLUDED, "manner": OURS}


def status_code(settled: Settled, plan: Plan) -> int:
    """The code of the finding that weighs most: one that acts by itself, else the heaviest."""
    findings = settled.before.findings
    if not findings:
        return OURS
    worst = max(findings, key=lambda f: (f.blocks, f.weight))
    if any(rule.when.advertiser for rule in plan.rules_named(frozenset({worst.rule}))):
        return ADVERTISER_BLOCKED
    return _BY_CONCERN.get(worst.concern, PRIVACY)

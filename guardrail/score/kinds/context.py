"""`context`: collected in one part of life, used in another (work, a message, a pharmacy)."""

from __future__ import annotations

from guardrail.model import Signal
from guardrail.ruleset import Rule, When
from guardrail.score.kinds.ground import Answer, Objection
from guardrail.score.view import View
from guardrail.score.vocabulary import Vocabulary


def concern(_: When) -> str:
    """Always ``context``."""
    return "context"


def judge(rule: Rule, _: View, signal: Signal, __: Vocabulary) -> Answer:
    """Names the context that the signal came from."""
    return Objection(rule.weight or 0.0, f"collected in context {signal.context or 'unknown'}")

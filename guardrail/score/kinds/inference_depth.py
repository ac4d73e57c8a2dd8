"""`inference_depth`: how far from what the person said or did the guess is."""

from __future__ import annotations

from guardrail.model import Signal
from guardrail.ruleset import Rule, When
from guardrail.score.depth import signal_depth
from guardrail.score.kinds.ground import Answer, Objection
from guardrail.score.view import View
from guardrail.score.vocabulary import Vocabulary


def concern(_: When) -> str:
    """Always ``depth``."""
    return "depth"


def judge(rule: Rule, view: View, signal: Signal, _: Vocabulary) -> Answer:
    """The depth of the signal that met the conditions, or the item's."""
    depth = signal_depth(signal) if signal.data or signal.method else view.depth
    text = "inference depth unknown" if depth is None else f"inference depth {depth}"
    return Objection(rule.weight or 0.0, text)

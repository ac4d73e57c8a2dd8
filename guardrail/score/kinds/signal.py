"""`signal`: what was used, who passed it on, or what it is used for."""

from __future__ import annotations

from guardrail.model import Signal
from guardrail.ruleset import SIGNAL_KEYS, Rule, When
from guardrail.score.kinds.ground import Answer, Objection
from guardrail.score.view import View
from guardrail.score.vocabulary import Vocabulary

_PARTY = {
    "first": "from the first party",
    "second": "from a second party",
    "third": "from a third party",
    None: "from an unknown party",
}


def concern(when: When) -> str:
    """``flow`` when a party is named, ``purpose`` when only the purpose is, else ``source``."""
    if when.party is not None:
        return "flow"
    if when.purpose is not None and all(getattr(when, key) is None for key in SIGNAL_KEYS):
        return "purpose"
    return "source"


def judge(rule: Rule, view: View, signal: Signal, _: Vocabulary) -> Answer:
    """Names the signal, with its party where that is the objection, or the purpose."""
    if rule.concern == "purpose":
        because = f"purpose {view.purpose}"
    else:
        because = f"signal {signal.data}" if signal.data else "a signal that names no data"
        if rule.when.party is not None:
            because += f" {_PARTY[signal.party]}"
    return Objection(rule.weight or 0.0, because)

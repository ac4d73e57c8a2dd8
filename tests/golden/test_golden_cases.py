"""Every case gives exactly the bytes and the decision that stand beside it.

``python -m tests.golden.running`` writes them anew.
"""

from __future__ import annotations

import json

import pytest

from guardrail.ruleset import TREATMENTS
from tests.golden.running import CASES, as_text, names, run


@pytest.mark.parametrize("name", names())
def test_a_case_gives_exactly_this(name):
    """Response and decision, byte for byte."""
    outcome = run(CASES / name)
    assert outcome.body == (CASES / name / "sent.json").read_bytes()
    assert as_text(outcome.decision) == (CASES / name / "decision.json").read_text()


def test_every_treatment_has_a_case():
    """Alone, as its name says."""
    used = set()
    for name in names():
        decision = json.loads((CASES / name / "decision.json").read_text())
        used |= {item["treatment"] for item in decision["items"]}
    assert set(TREATMENTS) <= used

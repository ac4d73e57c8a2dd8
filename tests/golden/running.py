"""One golden case: what goes in, and what comes out of the real guard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from guardrail.service import Guard

CASES = Path(__file__).parent / "cases"
NOW = 1_795_341_600.0
"""2026-11-22T10:00:00Z"""
_BY_CHANCE = ("decision_id", "revision")


class Outcome(NamedTuple):
    """The body that was sent, and the decision without what differs from run to run."""

    body: bytes
    decision: dict[str, Any]


def run(case: Path) -> Outcome:
    """Guard ``response.json`` by ``rules.yaml`` for ``customer.json``, on the surface `shelf`.

    ``before.json``, where there is one, was shown to the same customer just before.
    """
    guard = Guard.from_arguments({"rules": case / "rules.yaml", "clock": lambda: NOW})
    try:
        sent = (case / "response.json").read_bytes()
        customer = json.loads((case / "customer.json").read_text())
        surface = guard.rules.surface("shelf")
        earlier = case / "before.json"
        if earlier.exists():
            guard.answer(earlier.read_bytes(), surface, customer=customer)
        for _ in range(int(customer.pop("times", 1))):
            answer = guard.answer(sent, surface, customer=customer)
    finally:
        guard.close()
    decision = {k: v for k, v in answer.decision.to_dict().items() if k not in _BY_CHANCE}
    return Outcome(sent if answer.body is None else answer.body, decision)


def as_text(decision: dict[str, Any]) -> str:
    """The decision as its file has it."""
    return json.dumps(decision, indent=1, ensure_ascii=False) + "\n"


def names() -> list[str]:
    """Every case: a catalogue of what the guard does."""
    return sorted(path.name for path in CASES.iterdir() if path.is_dir())


def record(name: str) -> None:
    """Write what comes out as what is expected; look at the difference before you keep it."""
    outcome = run(CASES / name)
    (CASES / name / "sent.json").write_bytes(outcome.body)
    (CASES / name / "decision.json").write_text(as_text(outcome.decision))


if __name__ == "__main__":
    for name in names():
        record(name)

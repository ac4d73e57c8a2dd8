"""The shipped rule set, and the arithmetic of contract and evidence, written out once more.

The formula stands here a second time on purpose: what these tests say about a weight must not
depend on the engine that uses it.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from guardrail.rulefile import load
from guardrail.ruleset import Rule, RuleSet

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "rules"


@cache
def ruleset() -> RuleSet:
    return load(RULES)


def rules() -> dict[str, Rule]:
    return {rule.id: rule for rule in ruleset().rules}


def weight(rule_id: str) -> float:
    found = rules()[rule_id].weight
    assert found is not None, f"{rule_id} has no weight"
    return found


def subject(slug: str) -> float:
    return ruleset().categories[slug].weight


def joined(*weights: float) -> float:
    """The strongest whole, each further one half, on 0-100, rounded to 0.1."""
    strongest, *others = sorted((w / 100 for w in weights), reverse=True)
    accepted = 1 - strongest
    for other in others:
        accepted *= 1 - other / 2
    return round(100 * (1 - accepted), 1)


def evidence_folder() -> Path | None:
    """Where the published data lies on this machine, None where it does not.

    In CI it must be there if the folder beside the project is.
    """
    said = os.environ.get("GUARDRAIL_EVIDENCE_DIR")
    beside = ROOT.parent / "shared"
    folder = Path(said) if said else beside / "data"
    if folder.is_dir():
        return folder
    assert not (os.environ.get("CI") and beside.is_dir()), f"{folder} must be there in CI"
    return None

"""A small rule set, a response and a clock for tests of the whole guard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from guardrail.service import Guard

RULES = """\
guardrail: 1
tolerance:
  presets: {strict: 50, balanced: 68, relaxed: 80}
  default: balanced
categories:
  health.pregnancy: {title: Pregnancy, weight: 63, evidence: judgement, terms: [pregnancy test]}
  vice.gambling: {title: Gambling, weight: 50, evidence: judgement}
surfaces:
  home:
    match: {path: /api/recommendations, methods: [GET]}
    kind: recommendation
    items: items
    treatments: [drop_reason]
  ads:
    match: {path: /api/ads}
    kind: ad
    treatments: []
rules:
  - {id: sensitive, kind: sensitive_category, title: Sensitive, say: It may be private.}
  - {id: searched, kind: signal, when: {data: search_history}, weight: 60, say: You searched.}
  - {id: bought, kind: signal, when: {data: purchase_history}, weight: 54.6}
  - id: campaign-daily
    kind: frequency_cap
    when: {kind: ad}
    per: campaign
    max_impressions: 3
    window: 24h
"""
START = 1_795_341_600.0
SEARCHED = {"data": "search_history", "method": "inferred", "party": "first"}
BOUGHT = {"data": "purchase_history", "method": "observed", "party": "first"}
GOOD = {"id": "hose", "title": "Garden hose", "signals": [BOUGHT]}
BAD = {"id": "acid", "categories": ["health.pregnancy"], "signals": [SEARCHED]}
AD = {"id": "ad-1", "campaign": "c-1", "signals": []}
ANNA = "customer-anna-1001"
SECRET = "a secret for tests only"


class Clock:
    """Epoch seconds that move when they are told to."""

    def __init__(self, now: float = START) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += seconds


def write_rules(folder: Path, text: str = RULES) -> Path:
    """A rule directory with one file."""
    folder.mkdir(exist_ok=True)
    (folder / "rules.yaml").write_text(text)
    return folder


def make_guard(folder: Path, text: str = RULES, **arguments: Any) -> Guard:
    """A guard over that rule directory."""
    return Guard.from_arguments({"rules": write_rules(folder, text), **arguments})


def body(*items: object) -> bytes:
    """A response with these items."""
    return json.dumps({"items": items, "total": len(items)}).encode()


def verdicts(decision: Any) -> list[str]:
    """The verdicts of a decision in order."""
    return [verdict.verdict for verdict in decision.items]

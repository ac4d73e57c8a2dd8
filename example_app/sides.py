"""The two sides of a shelf: what was sent, what the guard made of it, what is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from example_app.catalogue import Item
from guardrail.model import Decision, Finding, Verdict

TREATMENTS = {
    "drop_reason": "reason left out",
    "replace": "replaced",
    "demote": "moved to the end",
}


class Row(NamedTuple):
    """One line of the page. ``sent`` None: filled in. ``shown`` None: nothing is seen here."""

    sent: Item | None
    verdict: Verdict | None
    shown: Item | None

    @property
    def state(self) -> str:
        """``allow``, ``soften``, ``suppress``, ``would-…`` where only observed; without a
        verdict ``backfill``, or ``unjudged`` while the guard is off or failed.
        """
        if self.verdict is None:
            return "unjudged" if self.sent else "backfill"
        if self.verdict.would:
            return f"would-{self.verdict.would}"
        return self.verdict.verdict

    @property
    def done(self) -> str | None:
        """What was done to the item, in words."""
        if self.verdict is None:
            return None
        treatment = self.verdict.would_treatment or self.verdict.treatment
        return TREATMENTS.get(treatment, treatment.replace("_", " ")) if treatment else None

    @property
    def findings(self) -> Sequence[Finding]:
        """What speaks against the item, the weightiest first."""
        if self.verdict is None:
            return ()
        found = self.verdict.would_findings or self.verdict.findings
        return sorted(found, key=lambda f: (f.blocks, f.weight), reverse=True)


def rows_of(sent: Sequence[Item], decision: Decision) -> list[Row]:
    """One row for every item that was sent, then one for every item filled in."""
    shown = {item["id"]: item for item in decision.kept}
    if not decision.items:
        return [Row(item, None, shown.get(item["id"])) for item in sent]
    rows = []
    for item, verdict in zip(sent, decision.items, strict=True):
        seen = None
        if verdict.verdict != "suppress":
            seen = shown.get(verdict.replacement or item["id"])
        rows.append(Row(item, verdict, seen))
    return rows + [Row(None, None, shown.get(name)) for name in decision.backfill]


def in_words(seconds: int) -> str:
    """A duration as a person would say it: ``40 s``, ``12 min``, ``3 h``, ``2 days``."""
    if seconds < 90:
        return f"{seconds} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    if seconds < 36 * 3600:
        return f"{round(seconds / 3600)} h"
    return f"{round(seconds / 86_400)} days"

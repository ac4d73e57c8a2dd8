"""What is counted of a decision, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from typing import NamedTuple

from guardrail.model import Decision, Verdict

MINUTE_MS = 60_000
# A reason inside an outcome may carry text of an error; only plain words become a counter.
_PLAIN_OUTCOME = re.compile(r"[a-z_]+(\([A-Za-z][A-Za-z _-]{0,60}\))?")


class Cell(NamedTuple):
    """One thing that is counted; the texts that do not apply are empty.

    ``what``: ``item`` (surface, mode, value = verdict), ``rule`` (the same and rule), ``outcome``
    (surface, value = outcome), ``backfill`` (surface), ``unknown`` (surface, rule: items for
    which the rule lacked a fact), ``cap`` (rule, value = what became of its impressions),
    ``fact`` and ``looked_at`` (`guardrail.record.facts`).
    """

    what: str
    surface: str
    rule: str = ""
    mode: str = ""
    value: str = ""


Counts = dict[int, dict[Cell, int]]
"""minute -> cell -> how many"""


def cells_of(decision: Decision) -> dict[Cell, int]:
    """What one decision adds to the counts.

    Every item counts once under the mode of the decision; in observe with the verdict that it
    would have had. A rule counts once per item it objected to. Where everything is enforced but
    a rule that only observes would have changed the verdict, item and rule count under
    ``observe`` besides: "would have".
    """
    surface = decision.surface
    out: dict[Cell, int] = {}

    def count(what: str, rule: str = "", mode: str = "", value: str = "", n: int = 1) -> None:
        cell = Cell(what, surface, rule, mode, value)
        out[cell] = out.get(cell, 0) + n

    plain = _PLAIN_OUTCOME.fullmatch(decision.outcome)
    count("outcome", value=decision.outcome if plain else decision.outcome.partition("(")[0])
    for verdict, n in _alike(decision.items):
        for mode, value, rules in _judgements(verdict, decision.mode):
            count("item", mode=mode, value=value, n=n)
            for rule in rules:
                count("rule", rule, mode, value, n)
        for rule in set(verdict.unknown):
            count("unknown", rule, n=n)
    if decision.backfill:
        out[Cell("backfill", surface)] = len(decision.backfill)
    return out


def _alike(items: tuple[Verdict, ...]) -> Iterable[tuple[Verdict, int]]:
    """One verdict of each sort with how many there are: similar items share their findings.

    Surplus is left out: it was neither shown nor taken out.
    """
    sorts: dict[Hashable, list[Verdict]] = {}
    for verdict in items:
        if verdict.surplus:
            continue
        key = (
            verdict.verdict,
            verdict.would,
            verdict.capped_by,
            id(verdict.findings),
            id(verdict.would_findings),
            id(verdict.unknown),
        )
        sorts.setdefault(key, []).append(verdict)
    return ((alike[0], len(alike)) for alike in sorts.values())


def _judgements(verdict: Verdict, mode: str) -> list[tuple[str, str, set[str]]]:
    """(mode, verdict, rules) as an item is counted: what was done, and what would have been."""
    enforced = {f.rule for f in verdict.findings}
    observed = {f.rule for f in verdict.would_findings}
    capped = {verdict.capped_by} if verdict.capped_by else set()
    if not verdict.would:
        return [(mode, verdict.verdict, enforced | capped)]
    if mode != "enforce":
        return [(mode, verdict.would, (observed or enforced) | capped)]
    # A watched cap binds only where no enforced one does: the cap explains the stricter verdict.
    acted = capped if verdict.verdict == "suppress" else set()
    return [
        (mode, verdict.verdict, enforced | acted),
        ("observe", verdict.would, (observed - enforced) | (capped - acted)),
    ]

"""What is counted of a decision, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from guardrail.model import Finding

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


class Tallied(Protocol):
    """What is counted of a verdict; see `guardrail.model.Verdict`."""

    verdict: str
    would: str | None
    capped_by: str | None
    findings: tuple[Finding, ...]
    would_findings: tuple[Finding, ...]
    unknown: tuple[str, ...]


def cell_of_outcome(surface: str, outcome: str) -> Cell:
    """What a response adds to the counts, whatever was in it."""
    plain = _PLAIN_OUTCOME.fullmatch(outcome)
    return Cell("outcome", surface, value=outcome if plain else outcome.partition("(")[0])


def cells_of_items(one: Tallied, surface: str, mode: str) -> Iterator[Cell]:
    """What an item adds to the counts, once for each cell.

    Every item counts once under the mode of the decision; in observe with the verdict that it
    would have had. A rule counts once per item it objected to. Where everything is enforced but
    a rule that only observes would have changed the verdict, item and rule count under
    ``observe`` besides: "would have".
    """
    for under, value, rules in _judgements(one, mode):
        yield Cell("item", surface, mode=under, value=value)
        for rule in rules:
            yield Cell("rule", surface, rule, under, value)
    for rule in set(one.unknown):
        yield Cell("unknown", surface, rule)


def _judgements(verdict: Tallied, mode: str) -> list[tuple[str, str, set[str]]]:
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

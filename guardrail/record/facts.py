"""Counts of how facts came about, kept beside the counts of decisions, by the hour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from guardrail.facts.tally import Tally
from guardrail.record.cells import MINUTE_MS, Cell, Counts

HOUR_MS = 60 * MINUTE_MS
_LOOKED_AT = "looked_at"
_FACT = "fact"


class Facts(NamedTuple):
    """What was seen of one surface: in so many responses, how each fact came about."""

    responses: int
    counted: Tally


def cells_of_facts(surface: str, counted: Tally) -> dict[Cell, int]:
    """What the facts of one response add to the counts."""
    cells = {
        Cell(_FACT, surface, value=f"{fact} {state}"): n
        for (fact, state), n in counted.items()
        if n
    }
    cells[Cell(_LOOKED_AT, surface)] = 1
    return cells


def hour_of(at_ms: int) -> int:
    """The moment that facts are counted under: when its hour began, epoch milliseconds.

    Facts change slowly and are many, so their course from minute to minute is not kept.
    """
    return at_ms // HOUR_MS * HOUR_MS


def facts_in(counts: Counts) -> Mapping[str, Facts]:
    """The facts in counts, by surface, in alphabetical order."""
    responses: dict[str, int] = {}
    tallies: dict[str, Tally] = {}
    for cells in counts.values():
        for cell, n in cells.items():
            if cell.what == _LOOKED_AT:
                responses[cell.surface] = responses.get(cell.surface, 0) + n
            elif cell.what == _FACT:
                fact, _, state = cell.value.rpartition(" ")
                tallies.setdefault(cell.surface, Tally())[fact, state] += n
    return {
        surface: Facts(responses[surface], tallies.get(surface, Tally()))
        for surface in sorted(responses)
    }

"""Counts of minutes, summed into what a person asks: how often, by which rule, where, when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from guardrail.model import iso_utc
from guardrail.record.cells import MINUTE_MS, Cell

SMALLEST_SHOWN = 5
HIDDEN = f"<{SMALLEST_SHOWN}"
Table = dict[str, dict[str, dict[str, int]]]


class MinuteCount(msgspec.Struct, frozen=True):
    """Items of one surface, mode and verdict in one minute; ``n`` None = fewer than 5, hidden.

    ``at_ms`` is the minute's beginning, epoch milliseconds.
    """

    at_ms: int
    surface: str
    mode: str
    verdict: str
    n: int | None

    @property
    def shown(self) -> str:
        """The number as a screen shows it."""
        return HIDDEN if self.n is None else str(self.n)

    def to_dict(self) -> dict[str, Any]:
        """The cell as JSON-ready data; a hidden number is null with ``"hidden": true``."""
        out: dict[str, Any] = {
            "at": iso_utc(self.at_ms),
            "surface": self.surface,
            "mode": self.mode,
            "verdict": self.verdict,
            "n": self.n,
        }
        if self.n is None:
            out["hidden"] = True
        return out


class Stats(msgspec.Struct, frozen=True):
    """Counts from ``from_ms`` (a whole minute) to ``to_ms``, epoch milliseconds, both inclusive.

    ``surfaces`` and ``rules``: name -> mode -> verdict -> items. ``outcomes``: surface ->
    outcome -> responses. ``backfill``: surface -> items filled in. ``unknown``: rule -> items
    for which it lacked a fact. ``caps``: rule -> what became of impressions -> how many:
    ``granted`` (counted), ``refused``, ``unanswered`` (the ledger could not be asked),
    ``given_back`` (counted, and taken back since nobody saw them), ``not_given_back`` (that
    failed, so they are withheld) and ``over`` (more than the cap allows). These totals are exact.
    ``minutes``: the course of time, in order, where a number under 5 is hidden, since a lone count
    at one minute could point at one person.
    """

    from_ms: int
    to_ms: int
    surfaces: Table = {}
    rules: Table = {}
    outcomes: dict[str, dict[str, int]] = {}
    backfill: dict[str, int] = {}
    unknown: dict[str, int] = {}
    caps: dict[str, dict[str, int]] = {}
    minutes: tuple[MinuteCount, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing was counted in that time."""
        return not (self.surfaces or self.outcomes)

    def to_dict(self) -> dict[str, Any]:
        """The stats as JSON-ready data."""
        return {
            "from": iso_utc(self.from_ms),
            "to": iso_utc(self.to_ms),
            "surfaces": self.surfaces,
            "rules": self.rules,
            "outcomes": self.outcomes,
            "backfill": self.backfill,
            "unknown": self.unknown,
            "caps": self.caps,
            "minutes": [minute.to_dict() for minute in self.minutes],
        }


_PLACES = {
    "item": ("surfaces", "surface", "mode", "value"),
    "rule": ("rules", "rule", "mode", "value"),
    "outcome": ("outcomes", "surface", "value"),
    "backfill": ("backfill", "surface"),
    "unknown": ("unknown", "rule"),
    "cap": ("caps", "rule", "value"),
}


def summarise(counts: Mapping[int, Mapping[Cell, int]], from_ms: int, to_ms: int) -> Stats:
    """Sum counts (minute -> cell -> n) into one `Stats`; every table in alphabetical order."""
    totals: dict[tuple[str, ...], int] = {}
    minutes: dict[tuple[int, str, str, str], int] = {}
    for minute, cells in counts.items():
        for cell, n in cells.items():
            # A later version may count what this one knows no place for.
            table, *keys = _PLACES.get(cell.what, ("",))
            if not table:
                continue
            path = (table, *(getattr(cell, key) for key in keys))
            totals[path] = totals.get(path, 0) + n
            if cell.what == "item":
                at = (minute * MINUTE_MS, cell.surface, cell.mode, cell.value)
                minutes[at] = minutes.get(at, 0) + n
    tables: dict[str, Any] = {table: {} for table, *_ in _PLACES.values()}
    for path, n in sorted(totals.items()):
        place = tables
        for name in path[:-1]:
            place = place.setdefault(name, {})
        place[path[-1]] = n
    return Stats(
        from_ms=from_ms - from_ms % MINUTE_MS,
        to_ms=to_ms,
        minutes=tuple(
            MinuteCount(*at, n if n >= SMALLEST_SHOWN else None)
            for at, n in sorted(minutes.items())
        ),
        **tables,
    )

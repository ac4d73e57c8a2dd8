"""Counts become bars: pure geometry, in percent of the longest bar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from guardrail.model import VERDICTS

Counts = Mapping[str, Mapping[str, Mapping[str, int]]]

LONGEST = 88.0
"""Percent of the drawing's width that the longest bar takes; the rest is for its number."""


class Piece(NamedTuple):
    """A part of a bar: the verdict, its count, where it begins and how long it is (percent)."""

    verdict: str
    n: int
    x: float
    width: float


class Bar(NamedTuple):
    """One bar: what it counts, in which mode, and its parts from left to right."""

    name: str
    mode: str
    total: int
    pieces: tuple[Piece, ...]

    def count(self, verdict: str) -> int:
        """How many items had that verdict."""
        return sum(p.n for p in self.pieces if p.verdict == verdict)

    @property
    def end(self) -> float:
        """Where the bar ends, in percent."""
        return self.pieces[-1].x + self.pieces[-1].width if self.pieces else 0.0


def bars_of(counts: Counts) -> list[Bar]:
    """One bar for each name and mode that counted anything, the longest first."""
    flat = [
        (name, mode, {v: n for v in VERDICTS if (n := by_verdict.get(v, 0))})
        for name, modes in counts.items()
        for mode, by_verdict in modes.items()
    ]
    flat = [row for row in flat if row[2]]
    longest = max((sum(row[2].values()) for row in flat), default=0)
    bars = [bar_of(name, mode, parts, longest) for name, mode, parts in flat]
    return sorted(bars, key=lambda bar: (-bar.total, bar.name, bar.mode))


def bar_of(name: str, mode: str, parts: Mapping[str, int], longest: int) -> Bar:
    """One bar, scaled so that ``longest`` items fill the drawing."""
    pieces, x = [], 0.0
    for verdict, n in parts.items():
        width = round(LONGEST * n / longest, 3)
        pieces.append(Piece(verdict, n, round(x, 3), width))
        x += width
    return Bar(name, mode, sum(parts.values()), tuple(pieces))

"""How much of an ordinary shelf would be touched: harmless texts, chosen from what a shop itself
learned, at every tolerance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from guardrail.evidence.case import Case, case
from guardrail.evidence.measure import Scored, Scorer
from guardrail.model import Signal

SOURCES: tuple[Signal, ...] = tuple(
    Signal(data=data, method=method, party="first")
    for data, method in (
        ("purchase_history", "observed"),
        ("cart", "observed"),
        ("browsing_history", "observed"),
        ("search_history", "observed"),
        ("likes", "observed"),
        ("profile", "declared"),
        ("age", "declared"),
        ("purchase_history", "inferred"),
        ("browsing_history", "inferred"),
    )
)
"""What a shop chooses from; the last two are guesses on it."""
STEP = 5


class Curve(NamedTuple):
    """``touched``: tolerance -> share of ``items`` that score above it."""

    items: int
    touched: tuple[tuple[float, float], ...]

    def at(self, tolerance: float) -> float:
        """The share touched at a tolerance that was asked for."""
        return dict(self.touched)[tolerance]


def ordinary(harmless: Iterable[Case]) -> list[Case]:
    """One recommendation for each harmless text and each ordinary source."""
    return [
        case(f"{index}-{n}", one.label, [source], title=one.label)
        for index, one in enumerate(harmless)
        for n, source in enumerate(SOURCES)
    ]


def curve(scorer: Scorer, harmless: Iterable[Case], presets: Mapping[str, float]) -> Curve | None:
    """The share touched at each preset and at every fifth tolerance; None without texts."""
    scored: list[Scored] = scorer.score_all(ordinary(harmless))
    if not scored:
        return None
    asked = sorted({*presets.values(), *(float(t) for t in range(0, 101, STEP))})
    touched = tuple((t, sum(s.score > t for s in scored) / len(scored)) for t in asked)
    return Curve(len(scored), touched)

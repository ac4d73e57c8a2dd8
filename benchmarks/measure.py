"""Medians of interleaved runs: the quantities take turns, so that a slow moment hits all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def interleaved(
    quantities: Mapping[str, Callable[[], object]], rounds: int
) -> dict[str, list[float]]:
    """Seconds for each call, ``rounds`` of them, after three to warm up."""
    times: dict[str, list[float]] = {name: [] for name in quantities}
    for turn in range(rounds + 3):
        for name, call in quantities.items():
            started = time.perf_counter()
            call()
            spent = time.perf_counter() - started
            if turn >= 3:
                times[name].append(spent)
    return times


def ratio(times: list[float], floor: list[float]) -> tuple[float, float, float]:
    """Median of the same-turn ratios, with the quartiles as spread."""
    ratios = [t / f for t, f in zip(times, floor, strict=True)]
    low, median, high = statistics.quantiles(ratios, n=4)
    return median, low, high

"""Medians of interleaved runs: the quantities take turns, so that a slow moment hits all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple


class Quantity(NamedTuple):
    """Something to be timed. ``prepare`` makes, untimed, what ``run`` is given.

    Without it ``run`` is given the input of the turn itself, a response body mostly.
    """

    run: Callable[[Any], object]
    prepare: Callable[[Any], Any] | None = None


class Ratio(NamedTuple):
    """Median of the same-turn ratios, and the quartiles."""

    median: float
    low: float
    high: float

    def times(self, factor: float) -> Ratio:
        """The same in another unit."""
        return Ratio(*(figure * factor for figure in self))


WARM = 25
"""Turns before the first that is timed; of 200 items each they show what comes again."""


def interleaved(
    quantities: Mapping[str, Quantity],
    inputs: Iterator[Any],
    *,
    turns: int,
    batch: int = 1,
    clock: Callable[[], float] = time.thread_time,
) -> dict[str, list[float]]:
    """Seconds for one run of each quantity, ``turns`` of them, after some to warm up.

    In a turn every quantity runs on the same ``batch`` inputs, which are new in every turn.
    ``clock``: this thread's own time on the processor, so that other programs do not count; what
    waits for somebody needs `time.perf_counter`.
    """
    times: dict[str, list[float]] = {name: [] for name in quantities}
    order = list(quantities.items())
    # Made before, so that making them does not push what is timed out of the processor's caches.
    made = [[next(inputs) for _ in range(batch)] for _ in range(turns + WARM)]
    for turn, given in enumerate(made):
        for name, quantity in order if turn % 2 else reversed(order):
            prepare = quantity.prepare
            ready = given if prepare is None else [*map(prepare, given)]
            started = clock()
            for one in ready:
                quantity.run(one)
            spent = clock() - started
            if turn >= WARM:
                times[name].append(spent / batch)
    return times


def ratio(times: Sequence[float], floor: Sequence[float]) -> Ratio:
    """What the times are of a floor that was measured in the same turns."""
    ratios = [spent / least for spent, least in zip(times, floor, strict=True)]
    low, median, high = statistics.quantiles(ratios, n=4)
    return Ratio(median, low, high)


def less(whole: Sequence[float], part: Sequence[float]) -> list[float]:
    """Turn by turn what is left of a whole without a part of it."""
    return [spent - inside for spent, inside in zip(whole, part, strict=True)]


def added(*listed: Sequence[float]) -> list[float]:
    """Turn by turn the sum of several quantities."""
    return [sum(turn) for turn in zip(*listed, strict=True)]

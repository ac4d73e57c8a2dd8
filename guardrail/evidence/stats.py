"""The few statistics that the report needs. All are exact and repeatable: the random draws of the
bootstrap come from a fixed seed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

DRAWS = 1000
SEED = 20211  # any number; fixed, so that a report is the same every time


class Interval(NamedTuple):
    """An estimate and where it would lie in 95 of 100 samples drawn again from the same cases."""

    value: float
    low: float
    high: float


def ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1; equal values share the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    found = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for index in order[start:end]:
            found[index] = (start + end + 1) / 2
        start = end
    return found


def correlation(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Pearson's; None where one side does not vary."""
    mean_a, mean_b = sum(a) / len(a), sum(b) / len(b)
    spread_a = sum((x - mean_a) ** 2 for x in a)
    spread_b = sum((y - mean_b) ** 2 for y in b)
    if not spread_a or not spread_b:
        return None
    together = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    return float(together / (spread_a * spread_b) ** 0.5)


def spearman(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Rank correlation; None with fewer than three cases, or where one side does not vary."""
    return correlation(ranks(a), ranks(b)) if len(a) > 2 else None


def spearman_interval(a: Sequence[float], b: Sequence[float]) -> Interval | None:
    """Rank correlation with a percentile bootstrap over cases."""
    value = spearman(a, b)
    if value is None:
        return None
    draw = random.Random(SEED)  # noqa: S311  # no secret: a sample drawn again
    size = range(len(a))
    found = []
    for _ in range(DRAWS):
        chosen = [draw.choice(size) for _ in size]
        again = spearman([a[i] for i in chosen], [b[i] for i in chosen])
        if again is not None:
            found.append(again)
    found.sort()
    last = len(found) - 1
    return Interval(value, found[round(0.025 * last)], found[round(0.975 * last)])


def rmse(a: Sequence[float], b: Sequence[float]) -> float:
    """Root mean square of the differences, in the values' own unit."""
    return float((sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) / len(a)) ** 0.5)


def pairs_in_order(scores: Sequence[float], ratings: Sequence[float]) -> tuple[float, int]:
    """How many pairs stand in the published order (equal scores count half), of how many.

    Pairs with equal ratings are left out.
    """
    right, asked = 0.0, 0
    for i, j in combinations(range(len(scores)), 2):
        published = ratings[i] - ratings[j]
        if published:
            asked += 1
            ours = scores[i] - scores[j]
            right += 0.5 if ours == 0 else float((ours > 0) == (published > 0))
    return right, asked

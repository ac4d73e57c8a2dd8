"""The treatments that an item is tried with, in turn: single ones, and two at once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from guardrail.decide.appraise import Appraisal
from guardrail.model import Item
from guardrail.treat import TREATMENTS, Means, Treated, joined

Steps = tuple[tuple[str, ...], ...]
"""Each step the name of one treatment, or of two at once."""
MOST_SCORED = 24
"""Changed items that are scored for one item at most: what bounds the cost of a search."""
AND = "+"


class Candidate(NamedTuple):
    """``name``: of the treatment, or of two joined by ``+``."""

    name: str
    treated: Treated


def candidates(item: Item, means: Means, steps: Steps) -> Iterator[Candidate]:
    """Every changed item in turn. Two at once are tried only where each changes something."""
    made: dict[str, tuple[Treated, ...]] = {}
    for step in steps:
        if len(step) == 1:
            if any(step[0] in pair for pair in steps if len(pair) > 1):
                made[step[0]] = tuple(TREATMENTS[step[0]].apply(item, means))
                found: Iterator[Treated] = iter(made[step[0]])
            else:
                found = TREATMENTS[step[0]].apply(item, means)
            for treated in found:
                yield Candidate(step[0], treated)
            continue
        first, second = step
        # By itself it may be no step at all, where rewording alone leads nowhere.
        if first not in made:
            made[first] = tuple(TREATMENTS[first].apply(item, means))
        for treated in made[first]:
            for both in TREATMENTS[second].apply(treated.item, means):
                yield Candidate(AND.join(step), joined(treated, both))


def ladder(before: Appraisal, tolerance: float, allowed: tuple[str, ...]) -> Steps:
    """The steps to try: what rules name, then the surface's own.

    Where a rule names a treatment and nothing else is wrong, that one alone is tried. Two that
    keep the item are tried together before another item comes in its place.
    """
    named = list(dict.fromkeys(f.treatment for f in before.findings if f.treatment))
    unnamed = any(f.blocks and not f.treatment for f in before.findings)
    steps: list[tuple[str, ...]] = [(name,) for name in named]
    if named and not unnamed and before.score.intrusiveness <= tolerance:
        return tuple(steps)
    keep = [n for n in named if not (TREATMENTS[n].swaps or TREATMENTS[n].by_name_only)]
    paired: set[tuple[str, ...]] = set()

    def pairs() -> None:
        for pair in combinations(keep, 2):
            if pair not in paired:
                paired.add(pair)
                steps.append(pair)

    for name in allowed:
        treatment = TREATMENTS[name]
        if name in named or treatment.by_name_only:
            continue
        if treatment.swaps:
            pairs()
        else:
            keep.append(name)
        steps.append((name,))
    pairs()
    return tuple(steps)

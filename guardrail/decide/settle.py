"""Findings become a verdict: allowed, or the gentlest treatment that really fits, or taken out."""

from __future__ import annotations

from typing import NamedTuple

from guardrail.decide.appraise import Appraisal, Appraiser
from guardrail.model import Item
from guardrail.treat import TREATMENTS, Shelf, Treated


class Settled(NamedTuple):
    """A verdict with what led to it; ``after`` and ``treated`` are set when it is `soften`."""

    verdict: str
    before: Appraisal
    treatment: str | None = None
    treated: Treated | None = None
    after: Appraisal | None = None
    tried: tuple[str, ...] = ()

    @property
    def shown(self) -> Appraisal:
        """The appraisal of what would be shown."""
        return self.after or self.before


def settle(
    item: Item,
    appraise: Appraiser,
    tolerance: float,
    allowed: tuple[str, ...],
    shelf: Shelf,
    *,
    watched: bool = False,
) -> Settled:
    """The verdict on one item before any cap.

    ``allowed``: the surface's treatments in order; empty = suppression is all that is left.
    ``watched``: as if the rules in observe were enforced. A finding that asks to suppress is
    not bargained with; one that asks to soften by a named treatment gets that one; everything
    else gets the first treatment after which the item, scored again, is acceptable.
    """
    before = appraise(item, watched=watched)
    if before.acceptable(tolerance):
        return Settled("allow", before)
    if not allowed or any(f.action == "suppress" for f in before.findings):
        return Settled("suppress", before)
    tried: list[str] = []
    for name in _in_turn(before, tolerance, allowed):
        met = frozenset(f.rule for f in before.findings if f.treatment == name)
        for treated in TREATMENTS[name].apply(item, shelf):
            after = appraise(treated.item, watched=watched)
            if after.acceptable(tolerance, met):
                return Settled("soften", before, name, treated, after, tuple(tried))
        tried.append(name)
    return Settled("suppress", before, tried=tuple(tried))


def _in_turn(before: Appraisal, tolerance: float, allowed: tuple[str, ...]) -> list[str]:
    """The treatments to try: those that rules name, then the surface's own.

    Where a rule names one and nothing else is wrong, that one alone is tried.
    """
    named = list(dict.fromkeys(f.treatment for f in before.findings if f.treatment))
    others = [n for n in allowed if n not in named and not TREATMENTS[n].by_name_only]
    unnamed = any(f.blocks and not f.treatment for f in before.findings)
    if named and not unnamed and before.score.intrusiveness <= tolerance:
        return named
    return named + others

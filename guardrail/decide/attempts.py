"""What each treatment that was tried came to: the search once more, with every number kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from guardrail.decide.appraise import Appraisal, Appraiser
from guardrail.decide.ladder import AND, candidates
from guardrail.model import Item
from guardrail.treat import Shelf


class Attempt(NamedTuple):
    """One treatment, or two joined by ``+``.

    ``changes``: how many changed items it gave; 0 = it could not be done. Of the best of them:
    ``intrusiveness``, its score, and ``acting``, the rules that still act whatever the score is.
    ``fits``: that one is acceptable and no worse than the item was.
    """

    treatment: str
    changes: int = 0
    intrusiveness: float | None = None
    acting: tuple[str, ...] = ()
    fits: bool = False


def attempts(
    item: Item,
    before: Appraisal,
    appraise: Appraiser,
    shelf: Shelf,
    names: Iterable[str],
    *,
    tolerance: float,
    watched: bool,
) -> tuple[Attempt, ...]:
    """The treatments ``names``, each tried on the item; ``before`` is its appraisal untouched.

    ``watched``: as if the rules in observe were enforced.
    """
    means = appraise.means(before, shelf)

    def attempt(name: str) -> Attempt:
        single = tuple(name.split(AND))
        steps = (single,) if len(single) == 1 else ((single[0],), single)
        met = frozenset(f.rule for f in before.findings if f.treatment in single)
        made = [
            appraise(one.treated.item, watched=watched).less(one.treated.worth)
            for one in candidates(item, means, steps)
            if one.name == name
        ]
        if not made:
            return Attempt(name)
        best = min(made, key=lambda one: (len(_acting(one, met)), one.score.intrusiveness))
        better = best.score.intrusiveness <= before.score.intrusiveness
        return Attempt(
            name,
            changes=len(made),
            intrusiveness=best.score.intrusiveness,
            acting=_acting(best, met),
            fits=better and best.acceptable(tolerance, met),
        )

    return tuple(map(attempt, names))


def _acting(appraisal: Appraisal, met: frozenset[str]) -> tuple[str, ...]:
    return tuple(f.rule for f in appraisal.findings if f.blocks and f.rule not in met)

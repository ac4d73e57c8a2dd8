"""Findings become a verdict: allowed, or the gentlest treatment that really fits, or taken out."""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from msgspec.structs import replace

from guardrail.decide.appraise import Appraisal, Appraiser
from guardrail.decide.ladder import AND, MOST_SCORED, Steps, candidates, ladder
from guardrail.model import Item
from guardrail.treat import TREATMENTS, Shelf, Treated
from guardrail.treat.explain import WORTH

WORDING = frozenset(name for name, one in TREATMENTS.items() if one.words_only)


class Settled(NamedTuple):
    """A verdict with what led to it; ``after`` and ``treated`` are set when it is `soften`.

    ``retry_after``: seconds until what is held comes back, None when unknown.
    """

    verdict: str
    before: Appraisal
    treatment: str | None = None
    treated: Treated | None = None
    after: Appraisal | None = None
    tried: tuple[str, ...] = ()
    retry_after: int | None = None

    @property
    def held(self) -> bool:
        """Whether it is not shown now and comes back by itself."""
        return self.treated is not None and self.treated.held

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
    else gets the first treatment, or two of them, after which the item, scored again, is
    acceptable and no worse than it was. At most `MOST_SCORED` changed items are scored.
    """
    before = appraise(item, watched=watched)
    if before.acceptable(tolerance):
        return Settled("allow", before)
    if not allowed or any(f.action == "suppress" for f in before.findings):
        return Settled("suppress", before)
    sort = (before.judged, item.title, item.reason, tolerance, allowed, watched)
    notes = {} if before.judged.repeats else appraise.notes("steps")
    known = notes.get(sort)
    if known is None:
        steps = ladder(before, tolerance, allowed)
        hopeful = _hopeful(item, before, appraise, tolerance, steps, watched=watched)
        known = notes[sort] = (steps, hopeful)
    steps, hopeful = known
    means = appraise.means(before, shelf)
    vain: dict[str, None] = {}
    for name, treated in islice(candidates(item, means, hopeful), MOST_SCORED):
        met = frozenset(f.rule for f in before.findings if f.treatment in name.split(AND))
        after = appraise(treated.item, watched=watched).less(treated.worth)
        better = after.score.intrusiveness <= before.score.intrusiveness
        if better and after.acceptable(tolerance, met):
            tried = _tried(steps, vain, until=name)
            retry = appraise.cool_off(item, before, name) if treated.held else None
            return Settled("soften", before, name, treated, after, tried, retry)
        vain[name] = None
    return Settled("suppress", before, tried=_tried(steps, vain))


def _hopeful(
    item: Item,
    before: Appraisal,
    appraise: Appraiser,
    tolerance: float,
    steps: Steps,
    *,
    watched: bool,
) -> Steps:
    """The steps that can lead anywhere: without its title and reason no item is worse than with
    other ones, so where even that is too much, no rewording needs to be looked at.
    """
    wording = [s for s in steps if all(n in WORDING for n in s)]
    if not wording or appraise.may_excuse(before):
        return steps
    bare = appraise(replace(item, title=None, reason=None), watched=watched)
    met = frozenset(f.rule for f in before.findings if f.treatment in WORDING)
    if bare.less(WORTH).acceptable(tolerance, met):
        return steps
    return tuple(step for step in steps if step not in wording)


def _tried(steps: Steps, vain: dict[str, None], until: str | None = None) -> tuple[str, ...]:
    """What did not fit, in turn: single treatments even where they could not be done at all."""
    out: list[str] = []
    for step in steps:
        name = AND.join(step)
        if name == until:
            break
        if len(step) == 1 or name in vain:
            out.append(name)
    return tuple(out)

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
    simply = without_search(before, tolerance, allowed)
    if simply is not None:
        return simply
    steps, hopeful = steps_for(item, before, appraise, tolerance, allowed, watched=watched)
    means = appraise.means(before, shelf)
    vain: dict[str, None] = {}
    for name, treated in islice(candidates(item, means, hopeful), MOST_SCORED):
        after = appraise(treated.item, watched=watched).less(treated.worth)
        if fits(after, before, name, tolerance):
            tried = tried_of(steps, vain, until=name)
            retry = appraise.cool_off(item, before, name) if treated.held else None
            return Settled("soften", before, name, treated, after, tried, retry)
        vain[name] = None
    return Settled("suppress", before, tried=tried_of(steps, vain))


def without_search(before: Appraisal, tolerance: float, allowed: tuple[str, ...]) -> Settled | None:
    """The verdict where no treatment has to be looked for, else None."""
    if before.acceptable(tolerance):
        return Settled("allow", before)
    if not allowed or any(f.action == "suppress" for f in before.findings):
        return Settled("suppress", before)
    return None


def fits(after: Appraisal, before: Appraisal, name: str, tolerance: float) -> bool:
    """Whether a changed item is acceptable and no worse than it was; ``name``: the treatment's."""
    if after.score.intrusiveness > before.score.intrusiveness:
        return False
    names = name.split(AND)
    return after.acceptable(
        tolerance, frozenset(f.rule for f in before.findings if f.treatment in names)
    )


def steps_for(
    item: Item,
    before: Appraisal,
    appraise: Appraiser,
    tolerance: float,
    allowed: tuple[str, ...],
    *,
    watched: bool,
) -> tuple[Steps, Steps]:
    """The steps of the search, and those among them that can lead anywhere.

    They are the same for all items of a sort where it does not count how often one was shown.
    """
    sort = (before.judged, tolerance, allowed, watched)
    notes = {} if appraise.weighs(before.judged) else appraise.notes("steps")
    known = notes.get(sort)
    if known is None:
        steps = ladder(before, tolerance, allowed)
        hopeful, for_all = _hopeful(item, before, appraise, tolerance, steps, watched=watched)
        known = steps, hopeful
        if for_all:
            notes[sort] = known
    return known


def _hopeful(
    item: Item,
    before: Appraisal,
    appraise: Appraiser,
    tolerance: float,
    steps: Steps,
    *,
    watched: bool,
) -> tuple[Steps, bool]:
    """The steps that can lead anywhere: without its title and reason no item is worse than with
    other ones, so where even that is too much, no rewording needs to be looked at. And whether
    that holds whatever was shown before.
    """
    wording = [s for s in steps if all(n in WORDING for n in s)]
    if not wording or appraise.may_excuse(before):
        return steps, True
    bare = appraise(replace(item, title=None, reason=None), watched=watched)
    met = frozenset(f.rule for f in before.findings if f.treatment in WORDING)
    if bare.less(WORTH).acceptable(tolerance, met):
        return steps, not appraise.weighs(bare.judged)
    return tuple(step for step in steps if step not in wording), not appraise.weighs(bare.judged)


def tried_of(steps: Steps, vain: dict[str, None], until: str | None = None) -> tuple[str, ...]:
    """What did not fit, in turn: single treatments even where they could not be done at all."""
    out: list[str] = []
    for step in steps:
        name = AND.join(step)
        if name == until:
            break
        if len(step) == 1 or name in vain:
            out.append(name)
    return tuple(out)

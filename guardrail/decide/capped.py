"""What a cap that is over does to a verdict."""

from __future__ import annotations

from typing import NamedTuple

from guardrail.decide.added import added
from guardrail.decide.settle import Settled
from guardrail.model import Item
from guardrail.ruleset import Rule
from guardrail.score.finding import finding_of
from guardrail.treat import Treated
from guardrail.treat.edit import Edit

_MOVED = Treated(Item(), Edit(last=True))
_HELD = Treated(Item(), Edit(), held=True)
"""What a cap may do to an item instead of taking it out; of the item itself it changes nothing, so
none is held here.
"""


class Bound(NamedTuple):
    """The cap that binds an item. ``granted``: the ledger let it through nevertheless.

    ``retry_after``: seconds until all caps that are over permit again, None when unknown.
    """

    rule: Rule
    granted: bool
    retry_after: int | None


def act_on_cap(
    bound: Bound,
    settled: Settled,
    would: Settled | None,
    *,
    tolerance: float,
    mode: str,
) -> tuple[Settled, Settled | None]:
    """The verdict, and the one that would be, once a cap is over.

    A refused item is taken out. A cap that only scores adds its finding; one that softens moves
    the item to the end or holds it. A cap in observe changes only what would be.
    """
    capped = _capped(bound.rule, settled, tolerance)
    if bound.granted and bound.rule.mode == "observe" and mode == "enforce":
        return settled, capped
    return capped, would


def _capped(rule: Rule, settled: Settled, tolerance: float) -> Settled:
    finding = finding_of(rule, rule.weight or 0.0, describe(rule))
    before = added(settled.before, finding)
    if rule.action == "score" and added(settled.shown, finding).score.intrusiveness <= tolerance:
        return settled._replace(before=before)
    if rule.action == "soften" and rule.treatment == "demote" and settled.verdict == "allow":
        return Settled("soften", before, "demote", _MOVED, before)
    if rule.action == "soften" and rule.treatment == "delay" and settled.verdict == "allow":
        return Settled("soften", before, "delay", _HELD, before)
    return Settled("suppress", before, tried=settled.tried)


def describe(rule: Rule) -> str:
    """A cap in words: ``shown 3 times in 24h``, ``shown within 1h``."""
    parts = []
    if rule.max_impressions:
        often = "once" if rule.max_impressions == 1 else f"{rule.max_impressions} times"
        parts.append(f"shown {often} in {duration(rule.window)}")
    if rule.cooldown:
        parts.append(f"shown within {duration(rule.cooldown)}")
    return f"per {rule.per}: " + " or ".join(parts)


def duration(seconds: int) -> str:
    """Whole seconds in the largest unit that is exact: ``24h`` stays hours up to two days."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0 and (unit != "d" or seconds > size):
            return f"{seconds // size}{unit}"
    return f"{seconds}s"

"""What must be reserved before an item may be shown."""

from __future__ import annotations

from typing import NamedTuple

from guardrail.model import Item
from guardrail.ruleset import Rule, Surface
from guardrail.score.kinds.frequency_cap import counted
from guardrail.score.judged import Judged


class Ask(NamedTuple):
    """One cap on one thing counted. ``enforced`` False: it is watched, it refuses nothing.

    ``counter`` carries the rule's id, its scope and what is counted, never the limit, so that a
    changed limit keeps the history; a NUL parts them, so that no two ever read the same.
    """

    rule: Rule
    counter: str
    enforced: bool


def asks_for(item: Item, judged: Judged, surface: Surface, *, enforced: bool) -> tuple[Ask, ...]:
    """The caps that an item must pass. A cap that softens or scores is watched by the ledger."""
    if not judged.caps:
        return ()
    asks: list[Ask] = []
    for rule in judged.caps:
        refuses = enforced and rule.mode == "enforce" and rule.action == "suppress"
        asks.extend(
            Ask(rule, f"{rule.id}\x00{rule.per}\x00{value}", refuses)
            for value in counted(rule, item, judged.own, surface.name)
        )
    return tuple(asks)

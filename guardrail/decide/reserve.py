"""What must be reserved before an item may be shown, and what is counted once it is."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from guardrail.decide.history import SIGN, counter
from guardrail.model import Item
from guardrail.ruleset import Rule, Surface
from guardrail.score.judged import Judged
from guardrail.score.kinds import frequency_cap, repetition

_ANY = Item()


class Ask(NamedTuple):
    """One rule that counts one thing (`guardrail.decide.history.counter`).

    ``enforced`` False: it refuses nothing. That is a cap that is only watched, or a rule that
    weighs what was shown before, and has no limit.
    """

    rule: Rule
    counter: str
    enforced: bool


def counts(judged: Judged) -> bool:
    """Whether a rule may count that an item is shown; to be asked of every item."""
    return bool(judged.caps or judged.repeats or judged.together)


@lru_cache(maxsize=4096)
def _caps(
    judged: Judged,
    surface: str,
    enforced: bool,
) -> tuple[tuple[Rule, bool, tuple[Ask, ...] | None], ...]:
    """The caps of a sort of item: whether each refuses, and its asks where all items of the sort
    have the same.
    """
    found: list[tuple[Rule, bool, tuple[Ask, ...] | None]] = []
    for rule in judged.caps:
        refuses = enforced and rule.mode == "enforce" and rule.action == "suppress"
        same = None
        if rule.per not in frequency_cap.OF_ITEMS:
            values = frequency_cap.counted(rule, _ANY, judged.own, surface)
            same = tuple(Ask(rule, counter(rule, rule.per, value), refuses) for value in values)
        found.append((rule, refuses, same))
    return tuple(found)


def asks_for(item: Item, judged: Judged, surface: Surface, *, enforced: bool) -> tuple[Ask, ...]:
    """The caps that an item must pass, then the rules that remember it.

    A cap that softens or scores is watched by the ledger.
    """
    asks: list[Ask] = []
    for rule, refuses, known in _caps(judged, surface.name, enforced):
        if known is not None:
            asks += known
            continue
        for value in frequency_cap.counted(rule, item, judged.own, surface.name):
            asks.append(Ask(rule, counter(rule, rule.per, value), refuses))
    for rule in judged.repeats:
        found = repetition.counted(rule, item)
        if found is not None:
            asks.append(Ask(rule, counter(rule, *found), enforced=False))
    # What used nothing personal tells nothing of the person.
    for rule, signs in judged.together if judged.personal else ():
        if rule.remembers:
            asks.extend(Ask(rule, counter(rule, SIGN, s), enforced=False) for s in sorted(signs))
    return tuple(asks)

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
_MOST_ROWS = 16_384

Terms = tuple[int | None, int, int, bool]
"""What a ledger is told of a rule: limit (None: it only counts), window and cooldown in seconds,
and whether it refuses."""


class Ask(NamedTuple):
    """One rule that counts one thing (`guardrail.decide.history.counter`).

    ``enforced`` False: it refuses nothing. That is a cap that is only watched, or a rule that
    weighs what was shown before, and has no limit.
    """

    rule: Rule
    counter: str
    enforced: bool
    terms: Terms


def counts(judged: Judged) -> bool:
    """Whether a rule may count that an item is shown; to be asked of every item."""
    return bool(judged.caps or judged.repeats or judged.together)


@lru_cache(maxsize=4096)
def _terms(limit: int | None, window: int, cooldown: int, enforced: bool) -> Terms:
    """The same numbers as the very same tuple, which a ledger then compares at once."""
    return limit, window, cooldown, enforced


def _remembering(rule: Rule, scope: str, value: str) -> Ask:
    # It counts whatever else is over: a watched cap takes nothing then.
    terms = _terms(None, rule.window, 0, enforced=True)
    return Ask(rule, counter(rule, scope, value), False, terms)


class Caps:
    """The caps of a sort of item."""

    def __init__(self, judged: Judged, surface: str, *, enforced: bool) -> None:
        self._judged = judged
        self._surface = surface
        self._enforced = enforced

    def asks(self, item: Item) -> tuple[Ask, ...]:
        """The caps that an item must pass."""
        if item.id is None:
            return tuple(self.of_any(item))
        known, own = _row(self, item.campaign, item.advertiser, item.advertisers)
        if not own:
            return known
        asks = [*known]
        for place in own:
            rule, prefix, refuses, terms = asks[place]
            asks[place] = Ask(rule, prefix + item.id, refuses, terms)
        return tuple(asks)

    def of_any(self, item: Item) -> list[Ask]:
        """The same, without a look at what is known."""
        found: list[Ask] = []
        for rule in self._judged.caps:
            refuses = self._enforced and rule.mode == "enforce" and rule.action == "suppress"
            terms = _terms(rule.max_impressions, rule.window, rule.cooldown, refuses)
            values = frequency_cap.counted(rule, item, self._judged.own, self._surface)
            # An item that names somebody twice counts once.
            found += [
                Ask(rule, counter(rule, rule.per, value), refuses, terms)
                for value in dict.fromkeys(values)
            ]
        return found


@lru_cache(maxsize=_MOST_ROWS)
def _row(
    caps: Caps, campaign: str | None, advertiser: str | None, advertisers: tuple[str, ...] | None
) -> tuple[tuple[Ask, ...], tuple[int, ...]]:
    """The caps of items that only their id tells apart, and where those are that count by it.

    Campaigns and advertisers come again in response after response. Those that count by the item
    are of no item yet.
    """
    item = Item(id="", campaign=campaign, advertiser=advertiser, advertisers=advertisers)
    asks = tuple(caps.of_any(item))
    return asks, tuple(place for place, ask in enumerate(asks) if ask.rule.per == "item")


@lru_cache(maxsize=4096)
def caps_of(judged: Judged, surface: str, enforced: bool) -> Caps:
    """The caps of a sort of item on a surface; ``enforced`` False: they only watch."""
    return Caps(judged, surface, enforced=enforced)


def asks_for(item: Item, judged: Judged, surface: Surface, *, enforced: bool) -> tuple[Ask, ...]:
    """The caps that an item must pass, then the rules that remember it. No counter comes twice.

    A cap that softens or scores is watched by the ledger.
    """
    asks = caps_of(judged, surface.name, enforced).asks(item) if judged.caps else ()
    if not (judged.repeats or judged.together):
        return asks
    more = [*asks]
    for rule in judged.repeats:
        found = repetition.counted(rule, item)
        if found is not None:
            more.append(_remembering(rule, *found))
    # What used nothing personal tells nothing of the person.
    for rule, signs in judged.together if judged.personal else ():
        if rule.remembers:
            more.extend(_remembering(rule, SIGN, s) for s in sorted(signs))
    return tuple(more)

"""What must be reserved before an item may be shown, and what is counted once it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple, overload

from guardrail.decide.history import SIGN, counter
from guardrail.model import Item
from guardrail.ruleset import Rule, Surface
from guardrail.score.judged import Judged
from guardrail.score.kinds import frequency_cap, repetition

_ANY = Item()

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


Values = tuple[str | None, str | None, str | None]
"""What an item is counted by: its id, its campaign, its advertiser."""
_PLACES = {"item": 1, "campaign": 2, "advertiser": 3}


def values_of(item: Item) -> Values:
    """What caps count an item by."""
    return item.id, item.campaign, item.advertiser


class Row:
    """What items must pass that only their values tell apart.

    ``asks``: the counters of some are to be followed by a value. ``caps``: of each the counter,
    which value follows it (1 = the id, 2 the campaign, 3 the advertiser, 0 none), and its terms.
    ``rules``: their ids; of one draft, rows with the same ones have the same rules.
    """

    __slots__ = ("asks", "caps", "rules")

    def __init__(self, asks: Sequence[Ask], places: Sequence[int] | None = None) -> None:
        self.asks = tuple(asks)
        self.caps = tuple(
            [
                (ask.counter, place, ask.terms)
                for ask, place in zip(asks, places or [0] * len(asks), strict=True)
            ]
        )
        self.rules = _same(tuple([ask.rule.id for ask in asks]))

    def of(self, values: Values) -> tuple[Ask, ...]:
        """The asks of one item."""
        return tuple(
            [
                ask._replace(counter=counter + (values[place - 1] or "")) if place else ask
                for ask, (counter, place, _) in zip(self.asks, self.caps, strict=True)
            ]
        )


class Asks(Sequence[tuple[Ask, ...]]):
    """What items must pass, one after the other: for each the row it shares, and its values.

    They are put together when somebody looks at one.
    """

    def __init__(self, rows: Sequence[Row], values: Sequence[Values]) -> None:
        self.rows = rows
        self.values = values

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> tuple[Ask, ...]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[Ask, ...]]: ...
    def __getitem__(self, index: int | slice) -> tuple[Ask, ...] | Sequence[tuple[Ask, ...]]:
        if isinstance(index, slice):
            return Asks(self.rows[index], self.values[index])
        return self.rows[index].of(self.values[index])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and [*self] == [*other]

    __hash__ = None  # type: ignore[assignment]  # as of a list: it may hold many

    def by_rule(self) -> Mapping[str, int]:
        """How many of them each rule asks."""
        out: Counter[str] = Counter()
        for rules, many in Counter(map(_rules, self.rows)).items():
            for rule in rules:
                out[rule] += many
        return out


_rules = attrgetter("rules")
NOBODY_ASKS = Asks((), ())


@lru_cache(maxsize=4096)
def _same(rules: tuple[str, ...]) -> tuple[str, ...]:
    """The very same for equal ones."""
    return rules


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
    """What items of a sort must pass, and what remembers them."""

    def __init__(self, judged: Judged, surface: str, *, enforced: bool) -> None:
        self._judged = judged
        self._surface = surface
        self._enforced = enforced
        self._rows: dict[tuple[bool, bool, bool], Row] = {}
        # An item that names no creative counts as one, so that is to be seen of each.
        self._of_each = any(rule.per == "creative" for rule in judged.repeats)
        self.full = None if self._of_each else self._row(("", "", ""))
        """That of items that have an id, a campaign and an advertiser; None: of each another."""

    def row(self, item: Item) -> Row:
        """That of an item."""
        if item.advertisers or self._of_each:
            return Row([ask for ask, _ in self._of_any(item)])
        return self._row(values_of(item))

    def _row(self, values: Values) -> Row:
        """The same for all items that have the same values at all."""
        ident, campaign, advertiser = values
        has = ident is not None, campaign is not None, advertiser is not None
        row = self._rows.get(has)
        if row is None:
            said = ["" if there else None for there in has]
            found = self._of_any(Item(id=said[0], campaign=said[1], advertiser=said[2]))
            asks = [ask for ask, _ in found]
            places = [_PLACES.get(scope, 0) for _, scope in found]
            row = self._rows[has] = Row(asks, [k if k and has[k - 1] else 0 for k in places])
        return row

    def _of_any(self, item: Item) -> list[tuple[Ask, str]]:
        """The same, without a look at what is known; of each also what is counted."""
        found: list[tuple[Ask, str]] = []
        judged = self._judged
        for rule in judged.caps:
            refuses = self._enforced and rule.mode == "enforce" and rule.action == "suppress"
            terms = _terms(rule.max_impressions, rule.window, rule.cooldown, refuses)
            values = frequency_cap.counted(rule, item, judged.own, self._surface)
            # An item that names somebody twice counts once.
            found += [
                (Ask(rule, counter(rule, rule.per, value), refuses, terms), rule.per)
                for value in dict.fromkeys(values)
            ]
        for rule in judged.repeats:
            told = repetition.counted(rule, item)
            if told is not None:
                found.append((_remembering(rule, *told), told[0]))
        # What used nothing personal tells nothing of the person.
        for rule, signs in judged.together if judged.personal else ():
            if rule.remembers:
                found += [(_remembering(rule, SIGN, sign), SIGN) for sign in sorted(signs)]
        return found


@lru_cache(maxsize=4096)
def caps_of(judged: Judged, surface: str, enforced: bool) -> Caps:
    """What is to be passed by items of a sort on a surface; ``enforced`` False: caps only watch."""
    return Caps(judged, surface, enforced=enforced)


def asks_for(item: Item, judged: Judged, surface: Surface, *, enforced: bool) -> tuple[Ask, ...]:
    """The caps that an item must pass, then the rules that remember it. No counter comes twice.

    A cap that softens or scores is watched by the ledger.
    """
    row = row_for(item, judged, surface, enforced=enforced)
    return row.of(values_of(item))


def row_for(item: Item, judged: Judged, surface: Surface, *, enforced: bool) -> Row:
    """The same, which other items may share."""
    return caps_of(judged, surface.name, enforced).row(item)

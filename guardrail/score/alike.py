"""Facts that no rule can tell apart are made the same, so that few sorts of items are left.

A shop has a thousand categories, and rules name a dozen; people learn of a thing in a hundred
places, and rules ask for two of them. What is decided of an item can't hang on a difference that
nobody asks for. So each fact gives way to the first one met that every condition answers alike.

Of several signals only this counts: which answers each rule gets from them, whoever gives them; the
largest depth; what they are about; whether a stranger passed one on.

What customers may refuse is asked by no rule: subjects, sources, parties. Where that is to be told
apart too there are more sorts, and so these are for those alone who refuse something.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from guardrail.model import DATA_KINDS, Item, Signal
from guardrail.ruleset import Rule, Surface, When
from guardrail.score.assumed import Assumptions
from guardrail.score.conditions import of_signal
from guardrail.score.depth import signal_depth
from guardrail.score.needs import whens_of
from guardrail.score.remembered import Remembered
from guardrail.score.steps import step, steps_of

if TYPE_CHECKING:
    from guardrail.score.engine import Engine

_WORDS = ("data", "method", "context", "precision")
_STRANGERS = ("second", "third")
_MOST = 4_096


class SameToRules:
    """What the rules of one set can't tell apart on one surface.

    ``refusable``: nor customers who may refuse to be shown these subjects, and use of any source or
    party; None: customers refuse nothing.
    """

    def __init__(
        self, engine: Engine, surface: Surface, refusable: frozenset[str] | None = None
    ) -> None:
        whens = [when for rule in engine.rules for when in whens_of(rule)]
        self._engine = engine
        self._words = {name: _sets(whens, name) for name in _WORDS}
        self._labels = frozenset(_categories(engine.rules))
        self._told_origins = refusable is not None
        if refusable is not None:
            self._labels |= refusable
            self._words["data"] = tuple([frozenset({kind}) for kind in sorted(DATA_KINDS)])
        self._advertisers = frozenset(_named(whens, "advertiser"))
        self._campaigns = frozenset(_named(whens, "campaign"))
        self._attr = frozenset(_named(whens, "attr"))
        self._steps = steps_of(engine.rules)
        self._assumptions = Assumptions(surface.assume)
        self._first: dict[Hashable, Any] = {}
        self._asked = tuple(tuple(map(of_signal, whens_of(rule))) for rule in engine.rules)
        self._bits: dict[Hashable, int] = {}
        self._masks: Remembered[Signal, int] = Remembered(self._mask, _MOST)

    def said(self, text: str) -> Any:
        """What a text says, None for nothing."""
        return self._engine.texts[text]

    def signal(self, signal: Signal) -> Signal:
        """The signal that stands for all that no rule can tell from this one.

        Its depth is stated, so to rules nothing hangs on what it was derived from.
        """
        words: dict[str, Any] = {name: self._word(name, getattr(signal, name)) for name in _WORDS}
        numbers: dict[str, Any] = {
            name: None if (value := getattr(signal, name)) is None else step(value, cuts)
            for name, cuts in self._steps.items()
        }
        return Signal(
            **words,
            **numbers,
            party=signal.party,
            depth=signal_depth(signal),
            category=None if signal.category is None else self._segment(signal.category),
            via=self._origins(signal) if self._told_origins else (),
        )

    def item(self, item: Item) -> Item:
        """The same for an item's own facts; its signals stay."""
        categories = item.categories
        if categories is not None:
            categories = tuple(sorted({self._category(one) for one in categories}))
        return replace(
            item,
            categories=categories,
            advertiser=self._advertiser(item.advertiser),
            advertisers=self._several(item.advertisers),
            campaign=self._campaign(item.campaign),
            attr=None if item.attr is None else tuple(sorted(self._attr.intersection(item.attr))),
        )

    def together(self, signals: tuple[Signal, ...]) -> Hashable:
        """The same for all sets of signals that come to the same; ``signals`` as `signal` gives
        them.
        """
        masks = self._masks
        both = 0
        for one in signals:
            both |= masks[one]
        depths = [one.depth for one in signals]
        known = max((depth for depth in depths if depth is not None), default=None)
        return bool(signals), both, known, None in depths

    def _mask(self, signal: Signal) -> int:
        """A bit for each answer that a rule gets from a signal, and for what else counts of it."""
        facts: list[Hashable] = [
            (number, *(ask(signal) for ask in asked)) for number, asked in enumerate(self._asked)
        ]
        facts += [("category", signal.category), ("passed on", signal.party in _STRANGERS)]
        if self._told_origins:
            facts += [(one.data, one.party) for one in (signal, *signal.via)]
        mask = 0
        for fact in facts:
            mask |= 1 << self._bits.setdefault(fact, len(self._bits))
        return mask

    def _origins(self, signal: Signal) -> tuple[Signal, ...]:
        """The sources and parties that a signal was derived from, at whatever remove, in order."""
        told = {(one.data, one.party) for one in _derived_from(signal)}
        return tuple([Signal(data=data, party=party) for data, party in sorted(told, key=repr)])

    def _one_for(self, alike: Hashable, value: Any) -> Any:
        """The first value that was met with that key."""
        if len(self._first) >= _MOST:
            self._first.clear()
        return self._first.setdefault(alike, value)

    def _word(self, name: str, value: str | None) -> str | None:
        if value is None:
            return None
        answers = tuple(value in wanted for wanted in self._words[name])
        word: str = self._one_for((name, answers), value)
        return word

    def _category(self, category: str) -> str:
        one: str = self._one_for(("category", *self._meaning(category)), category)
        return one

    def _segment(self, category: str) -> str:
        """Of a signal's category the name is read, too."""
        alike = ("segment", id(self.said(category)), *self._meaning(category))
        one: str = self._one_for(alike, category)
        return one

    def _meaning(self, category: str) -> tuple[Hashable, ...]:
        meaning = self._engine.vocabulary.meaning(category)
        return (
            meaning.labels & self._labels,
            meaning.own,
            meaning.proxies,
            meaning.understood,
        )

    def _advertiser(self, name: str | None) -> str | None:
        if not name or name in self._advertisers:
            return name
        one: str = self._one_for("advertiser", name)
        return one

    def _several(self, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """The first one stays first: where nobody else is named, it is the advertiser."""
        if not names:
            return names
        first, *others = map(self._advertiser, names)
        named = self._advertisers.intersection(one for one in others if one is not None)
        return (first or "", *sorted(named))

    def _campaign(self, name: str | None) -> str | None:
        if not name or name in self._campaigns:
            return name
        one: str = self._one_for(("campaign", self._assumptions.named(name)), name)
        return one


def _derived_from(signal: Signal) -> Iterator[Signal]:
    for one in signal.via:
        yield one
        yield from _derived_from(one)


def _sets(whens: Iterable[When], name: str) -> tuple[frozenset[str], ...]:
    wanted = {frozenset(w) for when in whens if (w := getattr(when, name)) is not None}
    return tuple(sorted(wanted, key=sorted))


def _named(whens: Iterable[When], name: str) -> Iterator[Any]:
    for when in whens:
        yield from getattr(when, name) or ()


def _categories(rules: Iterable[Rule]) -> Iterator[str]:
    """Every category that a rule names anywhere."""
    for rule in rules:
        yield from _named(whens_of(rule), "category")
        for sign in rule.signs.values():
            yield from sign.categories

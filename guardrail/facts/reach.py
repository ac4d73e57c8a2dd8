"""How the conditions of rules can turn out at all, given how facts came about in some traffic.

A condition on a fact that was never said can only be unknown, or what an assumption makes of it.
What follows from that for a whole rule is an answer about the traffic that was seen: it never
says *never* of a rule that could have fired there, and may say *can* of one that could not
(facts are looked at one by one, not in their combinations).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from guardrail.facts.names import (
    COPY,
    SAID,
    SIGNALS,
    about_customer,
    facts_of,
    of_customer,
    of_signal,
)
from guardrail.facts.tally import Tally
from guardrail.model import Customer, Item
from guardrail.ruleset import SIGNAL_KEYS, Surface, When
from guardrail.score.assumed import Assumptions
from guardrail.score.conditions import Truth, compile_when
from guardrail.score.engine import Engine
from guardrail.score.view import View, view

Truths = frozenset[Truth]
"""The ways in which a condition can turn out."""

EITHER: Truths = frozenset({True, False})
CONDITIONS = tuple(name for name in When.__struct_fields__ if name != "not_")
_OF_SIGNALS = of_signal("")
_REFUSAL = of_customer("gpc")
"""It is true when somebody's browser says so, and false else: never a fact that lacks."""
_UNSAID = ("missing", "not_understood")


class Atom(NamedTuple):
    """One condition: the facts that it reads (any one is enough), and how it can turn out."""

    facts: tuple[str, ...]
    can: Truths


class Reach:
    """What can be known on one surface.

    ``trusting`` False: as if nothing were assumed.
    """

    def __init__(
        self, counted: Tally, surface: Surface, engine: Engine, *, trusting: bool = True
    ) -> None:
        self._counted = counted
        self.surface = surface
        self._engine = engine
        self._trusting = trusting
        assumed = Assumptions(surface.assume).every if trusting else ()
        self._assumed = tuple((item, self._view(item)) for item in assumed)
        self._bare = self._view(Item())
        self._nothing_personal = self._view(Item(signals=()))

    def count(self, fact: str, states: Iterable[str]) -> int:
        """How often a fact came about in one of these ways."""
        return sum(self._counted[fact, state] for state in states)

    def said(self, fact: str) -> bool:
        """Whether it was ever really said."""
        return self.count(fact, SAID) > 0

    def lacks(self, fact: str) -> bool:
        """Whether it was ever not to be had, as far as was looked."""
        if about_customer(fact):
            return self.count(fact, ("missing",)) > 0
        unsaid = _UNSAID if self._trusting else (*_UNSAID, "assumed")
        if self.count(fact, unsaid):
            return True
        return fact.startswith(_OF_SIGNALS) and self.count(SIGNALS, unsaid) > 0

    def copy_is_said(self) -> bool:
        """Whether there was any text that people read."""
        return any(self.said(fact) for fact in COPY)

    def signals_can_be_personal(self) -> bool:
        """Whether any item may have used something about the person."""
        if self.said(SIGNALS) or self.lacks(SIGNALS):
            return True
        return any(seen.depth != 0 for item, seen in self._assumed if item.signals is not None)

    # -- conditions

    def atoms(self, when: When) -> list[Atom]:
        """The conditions of a `when`, without those under ``not``."""
        given = ((name, getattr(when, name)) for name in CONDITIONS)
        return [self._atom(name, wanted) for name, wanted in given if wanted is not None]

    def _atom(self, name: str, wanted: Any) -> Atom:
        facts = facts_of(name)
        if name in ("surface", "vertical"):
            return Atom((), frozenset({self._settled(name, wanted)}))
        if any(about_customer(fact) for fact in facts):
            return Atom(facts, self._about_customer(facts[0], name, wanted))
        if name == "terms":
            return Atom(facts, EITHER if any(map(self.said, facts)) else frozenset({False}))
        return Atom(facts, self._about_item(facts, name, wanted))

    def _about_customer(self, fact: str, name: str, wanted: Any) -> Truths:
        if fact == _REFUSAL or self.said(fact) or not self.lacks(fact):
            return EITHER
        return frozenset({self._settled(name, wanted)})

    def _about_item(self, facts: Sequence[str], name: str, wanted: Any) -> Truths:
        can: set[Truth] = set()
        if any(map(self.said, facts)):
            can |= EITHER
        if name in SIGNAL_KEYS and self.said(SIGNALS):
            can |= self._on(self._nothing_personal, name, wanted)
        if name == "category" and self._copy_tells(wanted):
            can.add(True)
        for item, seen in self._assumed:
            if _holds(item, facts):
                can |= self._on(seen, name, wanted)
        # What an item is about is known by its categories, whatever a signal says.
        needed = facts[:1] if name == "category" else facts
        if not can or all(map(self.lacks, needed)):
            can |= self._on(self._bare, name, wanted)
        return frozenset(can)

    def _copy_tells(self, wanted: Any) -> bool:
        """Whether one of the categories could be recognised in what people read."""
        return self.copy_is_said() and self.recognisable(wanted)

    def recognisable(self, wanted: Any) -> bool:
        """Whether any of these categories (None: any at all) has words that tell it."""
        listed = wanted if wanted is None else list(wanted)
        return any(
            category.terms or category.hints
            for slug, category in self._engine.vocabulary.categories.items()
            if listed is None or any(slug == one or slug.startswith(f"{one}.") for one in listed)
        )

    # -- asking the conditions themselves

    def _settled(self, name: str, wanted: Any) -> Truth:
        """What a condition says of a customer who is not known."""
        truth = compile_when(When(**{name: wanted}), self.surface, Customer())
        return None if callable(truth) else truth

    def _on(self, seen: View, name: str, wanted: Any) -> Truths:
        """What a condition says of an item of which only the assumed is known."""
        test = compile_when(When(**{name: wanted}), self.surface, Customer())
        signals = seen.signals if name in SIGNAL_KEYS else seen.signals[:1]
        return frozenset(test(seen, signal) if callable(test) else test for signal in signals)

    def _view(self, item: Item) -> View:
        kind = item.kind or self.surface.kind
        usual = "commercial_ad" if kind == "ad" else "product"
        return view(
            item,
            kind=kind,
            purpose=item.purpose or self.surface.purpose or usual,
            signals=item.signals,
            categories=item.categories,
            recognised=(),
            hits=(),
            vocabulary=self._engine.vocabulary,
        )

    def assumed_views(self, facts: Sequence[str]) -> tuple[View, ...]:
        """Items of which only the assumed is known, where that holds one of these facts."""
        return tuple(seen for item, seen in self._assumed if _holds(item, facts))


def _holds(item: Item, facts: Sequence[str]) -> bool:
    fields = {SIGNALS if fact.startswith(_OF_SIGNALS) else fact for fact in facts}
    return any(getattr(item, field) is not None for field in fields)


def all_of(atoms: Iterable[Truths]) -> Truths:
    """How conditions that must all hold can turn out together."""
    can: Truths = frozenset({True})
    for one in atoms:
        can = frozenset(_both(a, b) for a in can for b in one)
    return can


def none_of(can: Truths) -> Truths:
    """How a condition that must not hold can turn out."""
    return frozenset(None if truth is None else not truth for truth in can)


def _both(one: Truth, other: Truth) -> Truth:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True

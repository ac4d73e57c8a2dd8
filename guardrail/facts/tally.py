"""Counting how each fact of a response came about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from guardrail.extract import Read
from guardrail.facts.names import (
    CUSTOMER_FACTS,
    ITEM_FACTS,
    SIGNAL_FACTS,
    SIGNALS,
    of_customer,
    of_signal,
)
from guardrail.model import Customer, Item, Signal
from guardrail.ruleset import Surface
from guardrail.score.assumed import Assumptions
from guardrail.score.engine import Engine

Tally = Counter[tuple[str, str]]
"""(fact, state) -> of how many items, signals or responses; states are `names.STATES`."""

_BARE = Signal()
_WHERE = re.compile(r"(?P<field>\w+)(?:\[(?P<number>\d+)\])?(?:\.(?P<key>\w+))?")


def tally(
    reads: Sequence[Read],
    completed: Sequence[Read],
    surface: Surface,
    engine: Engine,
    customer: Customer | None = None,
) -> Tally:
    """How the facts of one response came about.

    ``reads``: its items as the app sent them; ``completed``: the same with what the catalogue
    knows. Facts of items count once for each item, those of signals once for each signal that is
    in force, those of the customer once; ``customer`` None: nobody asked who it was.
    """
    counted: Tally = Counter()
    assumptions = Assumptions(surface.assume)
    for read, full in zip(reads, completed, strict=True):
        if read.readable:
            _Counting(counted, surface, engine).item(read, full.item, assumptions.of(full.item)[0])
    if customer is not None:
        for key in CUSTOMER_FACTS:
            said = getattr(customer, key) not in (None, False, (), "unknown")
            counted[of_customer(key), "present" if said else "missing"] += 1
    return counted


class _Counting(NamedTuple):
    """Counts the facts of items of one surface."""

    counted: Tally
    surface: Surface
    engine: Engine

    def item(self, read: Read, full: Item, assumed: Item) -> None:
        """Count the facts of one item, and those of its signals."""
        faulty = _faulty(read.problems)
        for field in ITEM_FACTS:
            self.counted[field, self._state(field, read.item, full, assumed, faulty)] += 1
        if full.signals is None:
            self._signals(assumed.signals or (), "assumed", frozenset())
        else:
            self._signals(full.signals, "present", faulty)

    def _state(
        self, field: str, said: Item, full: Item, assumed: Item, faulty: frozenset[str]
    ) -> str:
        state = "missing"
        if getattr(said, field) is not None:
            state = "present"
            if not self._understood(field, said, faulty):
                state = "not_understood"
        elif getattr(full, field) is not None:
            return "joined"
        elif field in faulty:
            state = "not_understood"
        elif self._is_assumed(field, full, assumed):
            return "assumed"
        if field == "categories" and state != "present" and _recognised(full, self.engine):
            return "recognised"
        return state

    def _understood(self, field: str, said: Item, faulty: frozenset[str]) -> bool:
        """Whether what an item says means anything; that there is none does, too."""
        if field == SIGNALS:
            return (
                not said.signals or SIGNALS not in faulty or any(s != _BARE for s in said.signals)
            )
        if field != "categories":
            return True
        meanings = [self.engine.vocabulary.meaning(one) for one in said.categories or ()]
        return any(one.understood for one in meanings) or not (meanings or field in faulty)

    def _is_assumed(self, field: str, full: Item, assumed: Item) -> bool:
        """Whether the rule files say it of an item that does not.

        A surface's kind and purpose always do, and an ad is sponsored.
        """
        if getattr(assumed, field) is not None or field in ("kind", "purpose"):
            return True
        kind = full.kind or assumed.kind or self.surface.kind
        return field == "sponsored" and kind == "ad"

    def _signals(self, signals: Sequence[Signal], state: str, faulty: frozenset[str]) -> None:
        for number, signal in enumerate(signals):
            for key in SIGNAL_FACTS:
                here = "missing"
                if getattr(signal, key) not in (None, ()):
                    here = state
                elif f"{SIGNALS}[{number}].{key}" in faulty:
                    here = "not_understood"
                self.counted[of_signal(key), here] += 1


def _faulty(problems: Sequence[str]) -> frozenset[str]:
    """The fields in which something was not understood, and keys of signals in full:
    ``signals[0].method``.
    """
    found: set[str] = set()
    for problem in problems:
        where, colon, _ = problem.partition(":")
        place = _WHERE.match(where) if colon else None
        if place is None:
            continue
        found.add(place["field"])
        if place["key"]:
            found.add(f"{place['field']}[{place['number']}].{place['key']}")
    return frozenset(found)


def _recognised(item: Item, engine: Engine) -> bool:
    said = (engine.texts[text] for text in (item.title, item.reason))
    return any(found is not None and found.recognised for found in said)

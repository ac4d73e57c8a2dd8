"""Small rule sets, surfaces and traffic for tests of what facts are worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guardrail.extract import Read, read_objects
from guardrail.facts import Tally, tally
from guardrail.model import Customer, Item, Signal
from guardrail.ruleset import Assume, Category, Rule, RuleSet, Surface
from guardrail.score.engine import Engine

HOME = Surface("home", treatments=())
SEARCHED = {"data": "search_history", "method": "inferred", "party": "first"}
PREGNANCY = Category("health.pregnancy", weight=60.0, terms=("pregnancy test",))
OTHER = Category("vice.gambling", weight=50.0)
CATEGORIES = {one.slug: one for one in (PREGNANCY, OTHER)}


def rule(kind: str = "signal", **given: Any) -> Rule:
    """A rule that weighs something; ``id`` is ``r`` unless given."""
    return Rule(**{"id": "r", "kind": kind, "weight": 40.0, **given})


def engine_of(*rules: Rule) -> Engine:
    """An engine with these rules and two sensitive categories."""
    return Engine(RuleSet(rules=rules, categories=CATEGORIES))


def assuming(*signals: Signal, **facts: Any) -> Surface:
    """A surface that assumes signals and other facts of its items."""
    item = Item(signals=signals, **facts)
    keys = tuple(k for k in Item.__struct_fields__ if getattr(item, k) is not None)
    return Surface("home", treatments=(), assume=Assume(keys, item))


def reads_of(*items: Any, surface: Surface = HOME) -> tuple[Read, ...]:
    """Items as they are read."""
    return read_objects(items, surface)


def counted(
    *items: Any,
    surface: Surface = HOME,
    completed: Sequence[Read] | None = None,
    customer: Customer | None = None,
) -> Tally:
    """How the facts of these items came about."""
    reads = reads_of(*items, surface=surface)
    full = reads if completed is None else completed
    return tally(reads, full, surface, engine_of(), customer)


def states(found: Tally, fact: str) -> dict[str, int]:
    """state -> how often, of one fact."""
    return {state: n for (name, state), n in found.items() if name == fact and n}

"""A rule set made ready to run: engine, routes and fallback pools, exchanged as one value."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import NamedTuple

from guardrail.extract import ItemError, read_line
from guardrail.model import Item
from guardrail.routes import Routes
from guardrail.ruleset import RuleSet, Surface
from guardrail.score.engine import Engine
from guardrail.service.readers import Readers
from guardrail.treat import Creatives, Offer

log = logging.getLogger("guardrail")


class Armed(NamedTuple):
    """Everything that follows from a rule set and from nothing else."""

    rules: RuleSet
    engine: Engine
    routes: Routes
    pools: Mapping[str, tuple[Offer, ...]]
    creatives: Mapping[str, Creatives]
    readers: Mapping[str, Readers]
    rolls_out: bool = True
    """Whether a rule holds for a part of the customers, so that it matters where one stands."""
    looks_back: bool = True
    """Whether a rule may ask what a customer was shown before, on whichever surface."""
    counting: frozenset[str] | None = None
    """The surfaces on which something is counted; None: all."""

    def remembers(self, surface: Surface) -> bool:
        """Whether a rule may ask there what a customer was shown before."""
        return self.looks_back and self.engine.remembers(surface)

    def counts(self, surface: Surface) -> bool:
        """Whether impressions may be counted there."""
        return self.counting is None or surface.name in self.counting


def arm(rules: RuleSet) -> Armed:
    """Compile a rule set."""
    pools = {name: _offers(one, one.fallback) for name, one in rules.surfaces.items()}
    creatives = {
        name: {c: _offers(surface, listed) for c, listed in surface.creatives.items()}
        for name, surface in rules.surfaces.items()
    }
    engine = Engine(rules)
    return Armed(
        rules,
        engine,
        Routes(rules.surfaces.values()),
        pools,
        creatives,
        {name: Readers(engine, one) for name, one in rules.surfaces.items()},
        rolls_out=any(rule.rollout < 100 for rule in rules.rules),
        looks_back=any(rule.remembers for rule in rules.rules),
        counting=_counting(rules),
    )


def _counting(rules: RuleSet) -> frozenset[str] | None:
    """The surfaces that a rule which counts names; None where one holds for all."""
    named: set[str] = set()
    for rule in rules.rules:
        if rule.mode != "off" and (rule.kind == "frequency_cap" or rule.remembers):
            if rule.when.surface is None:
                return None
            named.update(rule.when.surface)
    return frozenset(named)


def _offers(surface: Surface, listed: tuple[bytes, ...]) -> tuple[Offer, ...]:
    """A surface's own items as offers; one that says nothing of signals is depth 0."""
    offers: list[Offer] = []
    for raw in listed:
        try:
            item = read_line(raw, surface)
        except ItemError as error:
            log.warning("an item that surface %s keeps is left out: %s", surface.name, error)
            continue
        offers.append(Offer(_nothing_personal(item), raw))
    return tuple(offers)


def _nothing_personal(item: Item) -> Item:
    if item.signals is not None:
        return item
    return Item(
        **{f: getattr(item, f) for f in Item.__struct_fields__ if f != "signals"}, signals=()
    )

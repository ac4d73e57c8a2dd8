"""Which facts a rule lacked on one item, where it could not tell whether it holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from guardrail.facts.names import SIGNALS, about_customer, facts_of, of_customer, of_signal
from guardrail.facts.reach import CONDITIONS
from guardrail.model import Customer, Item
from guardrail.ruleset import Rule, When

SHOWN_BEFORE = "what was shown before"
CATEGORIES = "categories"


class Lacking(NamedTuple):
    """``facts``: as `guardrail.facts.names` calls them; ``applied``: the rule counted anyway."""

    rule: str
    facts: tuple[str, ...]
    applied: bool


def lacking(rule: Rule, item: Item, customer: Customer) -> Lacking:
    """What ``rule`` lacked. ``item``: completed with all that is assumed of it."""
    missing = [*_missing(rule.when, item, customer)]
    if rule.kind == "repetition":
        missing.append(SHOWN_BEFORE)
    if rule.kind == "sensitive_category" or not missing:
        # What was sent and can't be understood is as good as not sent.
        missing.append(CATEGORIES)
    return Lacking(rule.id, tuple(dict.fromkeys(missing)), rule.unknown == "apply")


def _missing(when: When, item: Item, customer: Customer) -> Iterator[str]:
    for condition in CONDITIONS:
        if getattr(when, condition) is None:
            continue
        facts = facts_of(condition)
        if not any(_is_there(fact, item, customer) for fact in facts):
            yield _called(facts, item)
    if when.not_ is not None:
        yield from _missing(when.not_, item, customer)


def _called(facts: tuple[str, ...], item: Item) -> str:
    of_signals = [fact for fact in facts if fact.startswith(of_signal(""))]
    return SIGNALS if item.signals is None and len(of_signals) == len(facts) else facts[0]


def _is_there(fact: str, item: Item, customer: Customer) -> bool:
    if fact.startswith(of_signal("")):
        key = fact.removeprefix(of_signal(""))
        signals = item.signals or ()
        return bool(signals) and all(getattr(one, key) is not None for one in signals)
    if about_customer(fact):
        given: Any = getattr(customer, fact.removeprefix(of_customer("")))
        return given is not None
    # What is no field of items (the surface and its vertical) is never asked of them.
    return getattr(item, fact, True) is not None

"""What the facts are called that rules read, and how one may come about."""

from __future__ import annotations

from collections.abc import Mapping

from guardrail.model import Item, Signal
from guardrail.ruleset import SIGNAL_KEYS

STATES = ("present", "joined", "recognised", "assumed", "not_understood", "missing")
"""How a fact came about: ``present`` the app said it, ``joined`` the catalogue knew it,
``recognised`` it was found in the copy, ``assumed`` the rule files say so, ``not_understood`` it
was said in a way that means nothing, ``missing`` nobody said it.
"""
SAID = ("present", "joined", "recognised")
"""States of a fact that was really said, of this very item."""

ITEM_FACTS = Item.__struct_fields__
SIGNAL_FACTS = Signal.__struct_fields__
CUSTOMER_FACTS = ("tolerance", "age_band", "jurisdiction", "consent", "gpc")
SIGNALS = "signals"
COPY = ("title", "reason")
"""What people read; categories and phrases are recognised there."""

_CUSTOMER_CONDITIONS = {"consent_missing": "consent"}
_ANY_OF: Mapping[str, tuple[str, ...]] = {
    "depth": ("signals[].method", "signals[].depth"),
    "category": ("categories", "signals[].category"),
    "terms": (*COPY, "signals[].category"),
    "advertiser": ("advertiser", "advertisers"),
}


def of_signal(key: str) -> str:
    """The name of a fact of signals: ``signals[].data``."""
    return f"{SIGNALS}[].{key}"


def of_customer(key: str) -> str:
    """The name of a fact of the customer: ``customer.age_band``."""
    return f"customer.{key}"


def about_customer(fact: str) -> bool:
    """Whether it is a fact of the customer, and of no item."""
    return fact.startswith("customer.")


def facts_of(condition: str) -> tuple[str, ...]:
    """The facts that a condition of `when` reads; any one of them is enough."""
    if condition in _ANY_OF:
        return _ANY_OF[condition]
    if condition in SIGNAL_KEYS:
        return (of_signal(condition),)
    key = _CUSTOMER_CONDITIONS.get(condition, condition)
    return (of_customer(key),) if key in CUSTOMER_FACTS else (condition,)

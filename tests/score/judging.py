"""Small words for tests of scoring: rules in, findings out."""

from __future__ import annotations

from guardrail.model import Customer, Item, Signal
from guardrail.ruleset import Category, Rule, RuleSet, Surface, When
from guardrail.score.engine import Engine
from guardrail.score.judged import Judged
from guardrail.score.kinds import KINDS

CATEGORIES = {
    "health": Category("health", "Health", 45.0),
    "health.pregnancy": Category(
        "health.pregnancy",
        "Pregnancy",
        57.0,
        ids={"iab-content-2.2": ("302",)},
        terms=("pregnancy test", "prenatal"),
        proxies={"iab-ad-product-2.0": ("1061",)},
    ),
    "vice.gambling": Category("vice.gambling", "Gambling", 50.0, terms=("casino",)),
}
SEARCHED = Signal(data="search_history", method="inferred", party="first")
BOUGHT = Signal(data="purchase_history", method="observed", party="first")


def rule(kind: str = "signal", weight: float | None = 50.0, **keys: object) -> Rule:
    """A rule; conditions go in ``when``, everything else is a key of the rule."""
    when = keys.pop("when", When())
    concern = keys.pop("concern", None) or KINDS[kind].concern(when)
    return Rule(
        id=keys.pop("id", "r"), kind=kind, when=when, weight=weight, concern=concern, **keys
    )


def judge(
    item: Item,
    *rules: Rule,
    surface: Surface | None = None,
    customer: Customer | None = None,
    bucket: int = 0,
    categories: dict[str, Category] | None = None,
) -> Judged:
    """What rules say of an item."""
    engine = Engine(
        RuleSet(rules=rules, categories=CATEGORIES if categories is None else categories)
    )
    customer = customer or Customer()
    plan = engine.plan(surface or Surface("home"), customer, bucket)
    return plan.judge(item, customer)


def hits(item: Item, when: When, **keys: object) -> bool | None:
    """Whether a condition holds of an item: True, False, or None for unknown."""
    judged = judge(item, rule(when=when), **keys)
    if judged.unknown:
        return None
    return bool(judged.findings)

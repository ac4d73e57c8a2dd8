"""Facts that no rule can tell apart: whichever of them an item says, the same is decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from guardrail.decide.choice import refusals
from guardrail.extract.sort import Sort
from guardrail.model import Customer, Hold, Item, Signal
from guardrail.ruleset import Assume, Comparison, Rule, RuleSet, Sign, Surface, When
from guardrail.score import alike as module
from guardrail.score.alike import SameToRules
from guardrail.score.engine import Engine
from guardrail.score.judged import Judged
from tests.score.judging import CATEGORIES, rule

WORK = When(context=("work", "pharmacy"))
RULES: tuple[Rule, ...] = (
    rule("sensitive_category", None, id="about"),
    rule("sensitive_category", 40.0, id="gambling", when=When(category=("vice.gambling",))),
    rule(id="searched", when=When(data=("search_history", "cart"))),
    rule(id="guessed", when=When(method=("inferred", "modeled"), party=("third",))),
    rule(id="at-work", when=WORK, unknown="apply"),
    rule(id="not-at-work", when=When(data=("cart",), not_=WORK)),
    rule(id="precise", when=When(precision=("place", "postcode"))),
    rule("inference_depth", 30.0, id="deep", when=When(depth=(Comparison(">=", 3.0),))),
    rule(id="old", when=When(age_seconds=(Comparison(">=", 60.0),))),
    rule(id="few", when=When(audience_size=(Comparison("<", 10.0),)), mode="observe"),
    rule(id="acme", when=When(advertiser=("acme", "unknown"))),
    rule(id="spring", when=When(campaign=("spring",))),
    rule(id="paid", when=When(sponsored=True), unknown="apply"),
    rule(id="books", when=When(category=("books.crime", "unknown"))),
    rule("manner", 20.0, id="loud", concern="manner", when=When(attr=(1, 8))),
    rule("manner", 20.0, id="noticed", concern="manner", terms=("we noticed",)),
    rule(id="expected", when=When(data=("health", "cart")), expected={"pharmacy": 5.0}),
    rule("frequency_cap", None, id="cap", per="category", max_impressions=3, window=60),
    rule(
        "combination",
        50.0,
        id="story",
        at_least=2,
        signs={"a": Sign(categories=("garden.sheds",)), "b": Sign(terms=("prenatal",))},
    ),
    rule(
        id="law",
        layer="floor",
        action="suppress",
        when=When(category=("health",), party=("second", "third")),
    ),
)
WORDS = ("books.crime", "books.other", "garden.sheds", "garden", "toys", "prenatal")
SIGNAL_CATEGORIES = (*WORDS, *CATEGORIES, "iab-content-2.2:302", "iab-ad-product-2.0:1061", "?")


def some(*words: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from((None, *words))


def signals(depth: int = 1) -> st.SearchStrategy[Signal]:
    via = st.just(())
    if depth:
        via = st.lists(signals(depth - 1), max_size=2).map(tuple)
    return st.builds(
        Signal,
        data=some("search_history", "cart", "likes", "profile", "lookalike", "current_item"),
        method=some("declared", "observed", "inferred", "modeled"),
        party=some("first", "second", "third"),
        depth=some(0, 1, 3, 7),
        via=via,
        context=some("work", "shop", "pharmacy", "home", "unknown", ""),
        category=some(*SIGNAL_CATEGORIES),
        precision=some("place", "city", "region"),
        age_seconds=some(0.0, 59.0, 60.0, 61.5),
        audience_size=some(0.0, 9.0, 10.0, 5000.0),
    )


NAMES = ("acme", "b", "c", "")
ITEMS = st.builds(
    Item,
    kind=some("ad", "recommendation"),
    categories=st.none() | st.lists(st.sampled_from(SIGNAL_CATEGORIES), max_size=3).map(tuple),
    signals=st.none() | st.lists(signals(), max_size=3).map(tuple),
    purpose=some("product", "political_message"),
    advertiser=some("acme", "acorn", "other", ""),
    advertisers=st.none()
    | st.lists(st.sampled_from(["acme", "b", "c", ""]), min_size=1, max_size=3, unique=True).map(
        tuple
    ),
    campaign=some("spring", "summer", "co-1", "co-2", "winter", ""),
    sponsored=some(True, False),
    attr=st.none() | st.lists(st.sampled_from([1, 2, 8, 9]), max_size=3).map(tuple),
)
SURFACES = (
    Surface("home"),
    Surface("pharmacy", vertical="pharmacy", max_depth=2),
    Surface(
        "assuming",
        assume=Assume(
            item=Item(signals=(Signal(data="cart", method="observed"),), categories=("garden",)),
            keys=("signals", "categories"),
            campaigns={
                "co-*": Assume(item=Item(signals=()), keys=("signals",)),
                "winter": Assume(item=Item(advertiser="acme"), keys=("advertiser",)),
            },
        ),
    ),
)
ENGINE = Engine(RuleSet(rules=RULES, categories=CATEGORIES))
ALIKE = {one.name: SameToRules(ENGINE, one) for one in SURFACES}
SUBJECTS = frozenset({"garden", "toys", "books", "health"})
TOLD = SameToRules(ENGINE, SURFACES[0], SUBJECTS)
"""The same to rules and to whoever may refuse those subjects, and any source or party."""
SETS: dict[SameToRules, dict[Any, Any]] = {one: {} for one in (TOLD, *ALIKE.values())}
"""The signals that were met first of all that come to the same."""


def sort_of(item: Item, alike: SameToRules) -> Sort:
    """The sort of an item without copy."""
    one = alike.item(item)
    if item.signals is not None:
        said = tuple(dict.fromkeys(map(alike.signal, item.signals)))
        one = replace(one, signals=SETS[alike].setdefault(alike.together(said), said))
    return Sort(item=one)


def decisive(judged: Judged) -> tuple[Any, ...]:
    """What decides, without the words for it."""

    def of(findings: Sequence[Any]) -> list[Any]:
        return [replace(one, because="") for one in findings]

    return (
        *(of(judged.findings), of(judged.watched), judged.score, judged.depth, judged.known_depth),
        *(judged.caps, sorted(judged.own), judged.categorised, judged.assumed, judged.unknown),
        *(sorted(judged.phrases), judged.together, judged.says_condition, judged.repeats),
    )


@given(item=ITEMS, surface=st.sampled_from(SURFACES), band=some("adult", "child"))
def test_an_item_is_decided_like_the_one_that_stands_for_it(
    item: Item, surface: Surface, band: str | None
) -> None:
    """Whatever it says, on every surface."""
    plan = ENGINE.plan(surface, Customer(age_band=band))
    (judged,) = plan.judge_sorts([sort_of(item, ALIKE[surface.name])])
    assert decisive(judged) == decisive(plan.judge(item, Customer(age_band=band)))


SOURCES = ("search_history", "cart", "likes", "profile", "lookalike", "unheard-of")
CONSENTS = st.sampled_from((*SUBJECTS, *SOURCES, "first_party", "third_party"))
REFUSING = st.builds(
    Customer,
    gpc=st.booleans(),
    personalisation=st.booleans(),
    consent=st.lists(st.tuples(CONSENTS, st.booleans()), max_size=2).map(tuple),
    topics_off=st.lists(st.sampled_from(sorted(SUBJECTS)), max_size=2).map(tuple),
    sources_off=st.lists(st.sampled_from(SOURCES), max_size=2).map(tuple),
    holds=st.lists(st.builds(Hold, st.sampled_from(sorted(SUBJECTS))), max_size=1).map(tuple),
)


@given(item=ITEMS, customer=REFUSING)
def test_an_item_is_refused_like_the_one_that_stands_for_it(item: Item, customer: Customer) -> None:
    """And judged like it; for customers who refuse what sorts are made to tell."""
    plan = ENGINE.plan(SURFACES[0], customer)
    (judged,) = plan.judge_sorts([sort_of(item, TOLD)])
    itself = plan.judge(item, customer)
    assert decisive(judged) == decisive(itself)
    assert refusals(customer, judged, 0) == refusals(customer, itself, 0)


def test_what_nobody_asks_for_makes_no_difference() -> None:
    """A thousand categories, sources and places are of a few sorts."""
    alike = SameToRules(ENGINE, Surface("home"))
    kinds = ("profile", "watch_history", "likes", "device")
    places = ("shop", "home", "car")
    found = {
        (
            alike.signal(Signal(data=d, method="observed", context=c, category=f"books.{n}")),
            alike.item(Item(categories=(f"books.{n}", "toys"), campaign=f"c-{n}")),
        )
        for d in kinds
        for c in places
        for n in range(5)
    }
    assert len(found) == 1


def test_what_stands_for_others_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many combinations of sensitive categories there are."""
    monkeypatch.setattr(module, "_MOST", 3)
    alike = SameToRules(ENGINE, Surface("home"))
    for category in SIGNAL_CATEGORIES:
        alike.item(Item(categories=(category,)))
        assert len(alike._first) <= 3

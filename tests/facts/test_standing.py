"""What the facts of some traffic mean for a rule."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from guardrail.facts.reach import Reach
from guardrail.facts.standing import (
    ASSUMED,
    BLIND,
    ELSEWHERE,
    FIRES,
    NEVER,
    Because,
    Standing,
    standing,
)
from guardrail.facts.tally import tally
from guardrail.model import Customer, Item, Signal
from guardrail.ruleset import Assume, Comparison, Rule, Sign, Surface, When
from guardrail.score.engine import Engine
from tests.facts.traffic import HOME, SEARCHED, assuming, engine_of, reads_of, rule

BARE = {"id": "1"}
FULL = {"id": "1", "title": "Hose", "categories": ["garden"], "signals": [SEARCHED]}
BOUGHT = Signal(data="purchase_history", method="observed", party="first")


def stands(
    one: Rule, *items: Any, surface: Surface = HOME, customer: Customer | None = None
) -> Standing:
    """How a rule stands on traffic of these items."""
    engine = engine_of(one)
    reads = reads_of(*items, surface=surface)
    found = tally(reads, reads, surface, engine, customer)
    doubting = Reach(found, surface, engine, trusting=False)
    return standing(one, Reach(found, surface, engine), doubting)


def how(one: Rule, *items: Any, surface: Surface = HOME, customer: Customer | None = None) -> str:
    """Only the word for it."""
    return stands(one, *items, surface=surface, customer=customer).how


def test_a_rule_without_conditions_can_always_fire():
    """There is nothing that it could lack."""
    assert how(rule(), BARE) == FIRES


@pytest.mark.parametrize(
    ("when", "fact"),
    [
        (When(advertiser=("acme",)), ("advertiser", "advertisers")),
        (When(campaign=("c",)), ("campaign",)),
        (When(price_personalised=True), ("price_personalised",)),
        (When(sponsored=True), ("sponsored",)),
        (When(category=("health",)), ("categories", "signals[].category")),
        (When(terms=("for you",)), ("title", "reason", "signals[].category")),
        (When(party=("third",)), ("signals",)),
        (When(depth=(Comparison(">=", 3),)), ("signals",)),
        (When(data=("cart",), not_=When(party=("first",))), ("signals",)),
    ],
)
def test_a_condition_on_a_fact_that_nobody_gave_never_holds(when: When, fact: tuple[str, ...]):
    """And the fact is named."""
    assert stands(rule(when=when), BARE)[1:3] == (NEVER, (Because(fact, "missing"),))


def test_a_key_that_no_signal_has_is_named_itself():
    """Where there are signals, not all of them lack."""
    found = stands(rule(when=When(context=("pharmacy",))), FULL)
    assert (found.how, found.because) == (NEVER, (Because(("signals[].context",), "missing"),))
    assert how(rule(when=When(data=("cart",))), FULL) == FIRES


def test_a_condition_that_asks_for_the_unknown_is_met_by_what_is_missing():
    """`party: unknown` and `depth: unknown` wait for nothing."""
    assert how(rule(when=When(party=("third", "unknown"))), BARE) == FIRES
    assert how(rule(when=When(depth=(Comparison("unknown"),))), BARE) == FIRES


def test_a_rule_that_applies_where_it_does_not_know_fires_blindly():
    """It is told apart from those that know."""
    found = stands(rule(when=When(party=("third",)), unknown="apply"), BARE)
    assert (found.how, found.because) == (BLIND, (Because(("signals",), "missing"),))


def test_what_is_not_understood_is_no_better_than_missing():
    """But it is told as what it is."""
    item = {"id": "1", "signals": [{"data": "cart", "party": "friends"}]}
    found = stands(rule(when=When(party=("third",))), item)
    assert found.because == (Because(("signals[].party",), "not_understood"),)


def test_a_rule_can_rest_on_an_assumption_alone():
    """The assumed fact is named; where items say it too, the rule rests on those."""
    asked = rule(when=When(data=("purchase_history",)))
    found = stands(asked, BARE, surface=assuming(BOUGHT))
    assert (found.how, found.because) == (ASSUMED, (Because(("signals[].data",), "assumed"),))
    assert how(asked, BARE, FULL, surface=assuming(BOUGHT)) == FIRES


def test_an_assumption_can_keep_a_rule_from_ever_firing():
    """What is assumed is something else than the rule asks for."""
    found = stands(rule(when=When(data=("cart",))), BARE, surface=assuming(BOUGHT))
    assert (found.how, found.because) == (NEVER, (Because(("signals[].data",), "assumed"),))


def test_an_exception_that_is_assumed_keeps_a_rule_quiet():
    """`not` on what is always so."""
    when = When(party=("first",), not_=When(data=("purchase_history",)))
    found = stands(rule(when=when), BARE, surface=assuming(BOUGHT))
    assert (found.how, found.because) == (NEVER, (Because(("signals[].data",), "assumed"),))


def test_where_nothing_personal_is_used_only_manner_and_what_blocks_can_fire():
    """As the score itself has it."""
    surface = assuming()
    found = stands(rule(), BARE, surface=surface)
    assert (found.how, found.because) == (NEVER, (Because(("signals",), "nothing_personal"),))
    assert how(rule("manner", concern="manner"), BARE, surface=surface) == FIRES
    assert how(rule(action="suppress"), BARE, surface=surface) == FIRES
    asks = rule(when=When(data=("cart",)), action="suppress")
    assert stands(asks, BARE, surface=surface).because == (
        Because(("signals",), "nothing_personal"),
    )


def test_items_that_use_nothing_personal_are_known_to_be_of_depth_0():
    """An empty list of signals is a fact, too."""
    asks = rule(when=When(depth=(Comparison("==", 0),)), action="suppress")
    assert how(asks, {"id": "1", "signals": []}) == FIRES
    assert how(asks, BARE) == NEVER


def test_a_rule_for_another_place_is_neither_here_nor_missed():
    """Surface, vertical, and the kind and purpose that the surface itself has."""
    for when in (
        When(surface=("ads",)),
        When(vertical=("bank",)),
        When(kind=("ad",)),
        When(purpose=("job",)),
    ):
        assert how(rule(when=when), FULL) == ELSEWHERE
    assert how(rule(when=When(kind=("ad",))), {**BARE, "kind": "recommendation"}) == FIRES
    assert how(
        rule(when=When(purpose=("news",))), BARE, surface=assuming(BOUGHT, purpose="news")
    ) == (ASSUMED)


def test_conditions_on_the_customer_need_a_customer_who_says_so():
    """Where nobody asked who it was, nothing is concluded."""
    asks = rule(when=When(age_band=("child",)))
    assert how(asks, BARE) == FIRES
    assert how(asks, BARE, customer=Customer(age_band="adult")) == FIRES
    found = stands(asks, BARE, customer=Customer())
    assert (found.how, found.because) == (NEVER, (Because(("customer.age_band",), "missing"),))
    assert how(rule(when=When(consent_missing=("health",))), BARE, customer=Customer()) == FIRES
    assert how(rule(when=When(gpc=True)), BARE, customer=Customer()) == FIRES


def test_a_sensitive_subject_needs_a_category_or_words_that_tell_it():
    """Given, of a signal, assumed, or recognised where the category has words."""
    asks = rule("sensitive_category", concern="subject")
    assert how(asks, BARE) == NEVER
    assert how(asks, FULL) == FIRES
    assert how(asks, {"id": "1", "title": "Hose"}) == FIRES
    assert how(asks, {"id": "1", "signals": [{**SEARCHED, "category": "health"}]}) == FIRES
    wordless = rule("sensitive_category", concern="subject", when=When(category=("vice.gambling",)))
    assert how(wordless, {"id": "1", "title": "Hose"}) == NEVER
    assert how(wordless, BARE, surface=assuming(BOUGHT, categories=("vice.gambling.poker",))) == (
        ASSUMED
    )
    assert how(wordless, BARE, surface=assuming(BOUGHT, categories=("garden",))) == NEVER
    assert how(asks, BARE, surface=assuming(BOUGHT, categories=("garden",))) == NEVER


def test_a_category_condition_can_be_met_by_words_too():
    """Of the category itself or one below it."""
    titled = {"id": "1", "title": "Hose"}
    assert how(rule(when=When(category=("health",))), titled) == FIRES
    assert how(rule(when=When(category=("vice",))), titled) == NEVER


def test_manner_needs_copy():
    """Phrases, and mentions of the person; without either it rests on its conditions."""
    for words in ({"terms": ("we noticed",)}, {"mentions": ("person",)}):
        found = stands(rule("manner", concern="manner", **words), BARE)
        assert (found.how, found.because) == (NEVER, (Because(("title", "reason"), "missing"),))
        assert how(rule("manner", concern="manner", **words), FULL) == FIRES
    assert how(rule("manner", concern="manner"), BARE) == FIRES


def test_a_combination_needs_as_many_signs_as_can_be_seen():
    """Phrases in the copy, categories given, assumed or recognised."""
    signs = {"lotion": Sign(terms=("lotion",)), "health": Sign(categories=("health",))}
    asks = rule("combination", concern="subject", signs=signs, at_least=2)
    assert how(asks, BARE) == NEVER
    assert how(asks, {"id": "1", "categories": ["garden"]}) == NEVER
    assert how(asks, FULL) == FIRES
    one = rule("combination", concern="subject", signs=signs, at_least=1)
    assert how(one, BARE, surface=assuming(BOUGHT, categories=("health",))) == ASSUMED


def test_a_cap_counts_only_what_is_named():
    """By campaign, advertiser and category; an item that names none is not counted."""
    cap = {"concern": "repetition", "action": "suppress"}
    for per, fact in (
        ("campaign", ("campaign",)),
        ("advertiser", ("advertiser", "advertisers")),
        ("category", ("categories", "signals[].category")),
    ):
        asks = rule("frequency_cap", per=per, **cap)
        assert stands(asks, BARE)[1:3] == (NEVER, (Because(fact, "missing"),))
    assert how(rule("frequency_cap", per="item", **cap), BARE) == FIRES
    assert how(rule("frequency_cap", per="campaign", **cap), {**BARE, "campaign": "c"}) == FIRES
    assert how(rule("frequency_cap", per="campaign", unknown="apply", **cap), BARE) == BLIND


def test_repetition_counts_an_item_where_no_creative_is_named():
    """A campaign has to be named; whether something was bought is looked at."""
    again = rule("repetition", concern="repetition", per="creative")
    assert stands(again, BARE).how == FIRES
    assert stands(again, BARE).reads == {"creative", "purchased"}
    assert how(rule("repetition", concern="repetition", per="campaign"), BARE) == NEVER


KEYS = {
    "data": ["cart", "purchase_history"],
    "method": ["observed", "inferred"],
    "party": ["first", "third"],
    "context": ["pharmacy"],
}
SIGNALS = st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in KEYS.items()})
CATEGORY = st.sampled_from(["health.pregnancy", "vice.gambling", "garden"])
ITEMS = st.fixed_dictionaries(
    {"id": st.just("1")},
    optional={
        "title": st.sampled_from(["Hose", "Pregnancy test"]),
        "categories": st.lists(CATEGORY, max_size=2),
        "signals": st.lists(SIGNALS, max_size=2),
        "campaign": st.sampled_from(["c", "d"]),
        "purpose": st.sampled_from(["news", "job"]),
    },
)
WHENS = st.builds(
    When,
    **{
        key: st.none() | st.sampled_from([(one,) for one in (*values, "unknown")])
        for key, values in KEYS.items()
    },
    category=st.none() | CATEGORY.map(lambda one: (one,)),
    campaign=st.none() | st.just(("c",)),
    purpose=st.none() | st.sampled_from([("news",), ("product",)]),
    depth=st.none() | st.sampled_from([(Comparison(">=", 3),), (Comparison("==", 0),)]),
    terms=st.none() | st.just(("hose",)),
)
RULES = st.builds(
    rule,
    st.sampled_from(["signal", "sensitive_category", "inference_depth", "manner"]),
    when=st.builds(lambda when, but: replace(when, not_=but), WHENS, st.none() | WHENS),
    concern=st.sampled_from(["source", "manner"]),
    unknown=st.sampled_from(["skip", "apply"]),
)
ASSUMED_SIGNALS = st.lists(SIGNALS, max_size=2).map(lambda said: tuple(Signal(**s) for s in said))
SURFACES = st.builds(
    lambda signals, said, campaign: Surface(
        "home",
        treatments=(),
        assume=Assume(
            ("signals",) if said else (),
            Item(signals=signals) if said else Item(),
            {"c": Assume(("signals",), Item(signals=signals))} if campaign else {},
        ),
    ),
    ASSUMED_SIGNALS,
    st.booleans(),
    st.booleans(),
)


@given(RULES, st.lists(ITEMS, min_size=1, max_size=4), SURFACES)
def test_no_rule_that_fires_is_ever_said_to_be_unable_to(
    one: Rule, items: list[dict[str, Any]], surface: Surface
):
    """Whatever the rule, the traffic and the assumptions."""
    found = stands(one, *items, surface=surface)
    engine = Engine(engine_of(one).ruleset)
    plan = engine.plan(surface, Customer())
    judged = [plan.judge(read.item, Customer()) for read in reads_of(*items, surface=surface)]
    if any(each.findings for each in judged):
        assert found.how in (FIRES, ASSUMED, BLIND)

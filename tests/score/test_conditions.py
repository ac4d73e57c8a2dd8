"""`when`: all must hold, a list is any-of, a missing fact is unknown."""

import pytest

from guardrail.model import Customer, Item, Signal
from guardrail.ruleset import Assume, Comparison, Surface, When
from tests.score.judging import BOUGHT, SEARCHED, hits, judge, rule


def item(**keys):
    return Item(id="i", **({"signals": (BOUGHT,)} | keys))


def at(op, value=0.0):
    return (Comparison(op, value),)


@pytest.mark.parametrize(
    ("when", "given", "expected"),
    [
        (When(data=("purchase_history",)), item(), True),
        (When(data=("search_history", "purchase_history")), item(), True),
        (When(data=("search_history",)), item(), False),
        (When(data=("search_history",)), item(signals=(Signal(method="observed"),)), None),
        (When(data=("search_history",)), item(signals=None), None),
        (When(data=("search_history",)), item(signals=()), False),
        (When(data=("unknown",)), item(signals=None), True),
        (When(party=("unknown",)), item(signals=(Signal(data="likes"),)), True),
        (When(party=("unknown",)), item(), False),
        (When(method=("observed",), data=("purchase_history",)), item(), True),
        (When(method=("observed",), party=("third",)), item(), False),
        (When(method=("observed",), context=("work",)), item(), None),
        (When(method=("declared",), context=("work",)), item(), False),
        (When(depth=at(">=", 2)), item(), True),
        (When(depth=at(">", 2)), item(), False),
        (When(depth=at("<=", 2)), item(), True),
        (When(depth=at("<", 2)), item(), False),
        (When(depth=at("==", 2)), item(), True),
        (When(depth=at("unknown")), item(signals=None), True),
        (When(depth=at("unknown")), item(), False),
        (When(depth=at(">=", 3)), item(signals=None), None),
        (
            When(age_seconds=at("<", 60)),
            item(signals=(Signal(method="observed", age_seconds=5),)),
            True,
        ),
        (When(age_seconds=at("<", 60)), item(), None),
        (When(age_seconds=at("<", 60)), item(signals=()), False),
        (When(audience_size=at("<", 50)), item(signals=(Signal(depth=1, audience_size=10),)), True),
        (When(kind=("ad",)), item(kind="ad"), True),
        (When(kind=("ad",)), item(), False),
        (When(purpose=("product",)), item(), True),
        (When(purpose=("commercial_ad",)), item(kind="ad"), True),
        (When(purpose=("job",)), item(purpose="job"), True),
        (When(advertiser=("acme",)), item(advertiser="acme"), True),
        (When(advertiser=("acme",)), item(advertiser="other"), False),
        (When(advertiser=("acme",)), item(), None),
        (When(advertiser=("unknown",)), item(), True),
        (When(campaign=("c",)), item(campaign="c"), True),
        (When(campaign=("c",)), item(), None),
        (When(sponsored=True), item(kind="ad"), True),
        (When(sponsored=True), item(sponsored=False, kind="ad"), False),
        (When(sponsored=True), item(), None),
        (When(price_personalised=True), item(price_personalised=True), True),
        (When(price_personalised=True), item(), None),
        (When(category=("health",)), item(categories=("health.pregnancy",)), True),
        (When(category=("health.pregnancy",)), item(categories=("health",)), False),
        (When(category=("health",)), item(categories=()), False),
        (When(category=("health",)), item(), None),
        (When(category=("unknown",)), item(), True),
        (When(category=("health",)), item(signals=(Signal(depth=2, category="health.x"),)), True),
        (When(category=("health",)), item(title="Prenatal yoga"), True),
        (When(category=("health",)), item(categories=("iab-content-2.2:303",)), True),
        (When(category=("iab-content-2.2:302",)), item(categories=("iab-content-2.2:305",)), True),
        (When(category=("health",)), item(categories=("iab-content-9.9:1",)), None),
        (When(category=("health",)), item(categories=("?",)), None),
        (When(category=("health",)), item(categories=("health", "?")), True),
        (When(category=("health",)), item(categories=("google-product:7",)), None),
        (When(category=("google-product:7",)), item(categories=("google-product:7",)), True),
        (When(category=("unknown",)), item(categories=("google-product:7",)), True),
        (When(category=("health",)), item(categories=("iab-content-2.2:999999",)), None),
        (When(category=("health",)), item(categories=("garden.tools",)), False),
        (When(terms=("limited offer",)), item(reason="A limited offer for today"), True),
        (When(terms=("limited offer",)), item(reason="Limited, offers"), False),
    ],
)
def test_conditions_on_items_and_signals(when, given, expected):
    """Each key of `when`, met, not met and not known."""
    assert hits(given, when) is expected


def test_an_item_without_signals_has_depth_0():
    """So a rule may speak of items that use nothing personal."""
    banned = rule(when=When(depth=at("==", 0)), action="suppress")
    assert judge(item(signals=()), banned).findings
    assert not judge(item(), banned).findings


def test_signal_conditions_must_hold_of_one_and_the_same_signal():
    """Two signals that each meet one half do not meet the whole."""
    two = item(signals=(Signal(data="likes", party="first"), Signal(data="health", party="third")))
    assert hits(two, When(data=("likes",), party=("third",))) is False
    assert hits(two, When(data=("health",), party=("third",))) is True


def test_not_speaks_of_the_same_signal():
    """`not: {precision: city}` beside `data` is about that location signal alone."""
    when = When(data=("location_history",), not_=When(precision=("city",)))
    place = Signal(data="location_history", precision="place", method="observed")
    city = Signal(data="location_history", precision="city", method="observed")
    assert hits(item(signals=(place,)), when) is True
    assert hits(item(signals=(city,)), when) is False
    assert hits(item(signals=(city, place)), when) is True
    assert hits(item(signals=(Signal(data="location_history", method="observed"),)), when) is None


def test_not_alone_over_signals_asks_for_a_signal_that_differs():
    """An item without signals has none that differs."""
    when = When(not_=When(party=("first",)))
    assert hits(item(), when) is False
    assert hits(item(signals=(Signal(data="likes", party="third", depth=2),)), when) is True


def test_not_over_item_facts():
    """A nested condition that must not hold."""
    when = When(kind=("ad",), not_=When(advertiser=("acme",)))
    assert hits(item(kind="ad", advertiser="acme"), when) is False
    assert hits(item(kind="ad", advertiser="other"), when) is True
    assert hits(item(kind="ad"), when) is None


@pytest.mark.parametrize(
    ("when", "customer", "expected"),
    [
        (When(jurisdiction=("DE",)), Customer(jurisdiction="DE"), True),
        (When(jurisdiction=("EU",)), Customer(jurisdiction="DE"), True),
        (When(jurisdiction=("EU",)), Customer(jurisdiction="EU"), True),
        (When(jurisdiction=("EU",)), Customer(jurisdiction="GB"), False),
        (When(jurisdiction=("US",)), Customer(jurisdiction="US-CA"), True),
        (When(jurisdiction=("US-CA",)), Customer(jurisdiction="US"), False),
        (When(jurisdiction=("US-CA",)), Customer(jurisdiction="US-MD"), False),
        (When(jurisdiction=("US",)), Customer(), None),
        (When(jurisdiction=("unknown",)), Customer(), True),
        (When(age_band=("child", "teen")), Customer(age_band="teen"), True),
        (When(age_band=("child", "teen")), Customer(age_band="adult"), False),
        (When(age_band=("child", "teen")), Customer(age_band="unknown"), None),
        (When(age_band=("child", "teen")), Customer(), None),
        (When(consent_missing=("health",)), Customer(), True),
        (When(consent_missing=("health",)), Customer(consent=(("health", False),)), True),
        (When(consent_missing=("health",)), Customer(consent=(("health", True),)), False),
        (When(gpc=True), Customer(gpc=True), True),
        (When(gpc=True), Customer(), False),
        (When(not_=When(gpc=True)), Customer(gpc=True), False),
        (When(not_=When(gpc=True)), Customer(), True),
        (When(not_=When(jurisdiction=("DE",))), Customer(), None),
    ],
)
def test_conditions_on_the_customer(when, customer, expected):
    """Settled once for each sort of customer."""
    assert hits(item(), when, customer=customer) is expected


def test_conditions_on_the_surface():
    """Name and vertical."""
    shop = Surface("home", vertical="fashion")
    assert hits(item(), When(surface=("home",)), surface=shop) is True
    assert hits(item(), When(surface=("ads",)), surface=shop) is False
    assert hits(item(), When(vertical=("fashion",)), surface=shop) is True
    assert hits(item(), When(vertical=("fashion",)), surface=Surface("home")) is None


def test_an_unknown_part_beside_a_false_one_is_false():
    """False decides; unknown only matters where nothing is false."""
    when = When(jurisdiction=("DE",), kind=("ad",))
    assert hits(item(), when) is False
    assert hits(item(kind="ad"), when) is None


def test_unknown_apply_makes_a_missing_fact_count():
    """The rule says what unknown means; the decision still names the rule."""
    judged = judge(item(), rule(when=When(advertiser=("acme",)), unknown="apply"))
    assert [f.rule for f in judged.findings] == ["r"]
    assert judged.unknown == ("r",)


def test_what_a_surface_assumes_counts_and_is_named():
    """Assumed signals stand in for those that the app did not send."""
    surface = Surface("home", assume=Assume(("signals",), Item(signals=(SEARCHED,))))
    bare = judge(Item(id="i"), rule(when=When(data=("search_history",))), surface=surface)
    assert [f.because for f in bare.findings] == ["signal search_history"]
    assert (bare.depth, bare.assumed) == (3, ("signals",))
    said = judge(item(), rule(when=When(data=("search_history",))), surface=surface)
    assert (said.findings, said.assumed) == ((), ())


def test_assumed_facts_of_the_item_itself():
    """Advertiser, campaign, sponsorship, purpose, kind, price and categories can be assumed."""
    assumed = Item(
        kind="ad",
        purpose="job",
        categories=("health",),
        advertiser="acme",
        campaign="c",
        sponsored=True,
        price_personalised=True,
    )
    keys = (
        "kind",
        "purpose",
        "categories",
        "advertiser",
        "campaign",
        "sponsored",
        "price_personalised",
    )
    surface = Surface("home", assume=Assume(keys, assumed))
    when = When(
        kind=("ad",),
        purpose=("job",),
        category=("health",),
        advertiser=("acme",),
        campaign=("c",),
        sponsored=True,
        price_personalised=True,
    )
    assert hits(item(), when, surface=surface) is True


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (Item(advertiser="a"), True),
        (Item(advertiser="b", advertisers=("b", "a")), True),
        (Item(advertisers=("b", "a")), True),
        (Item(advertisers=("b", "c")), False),
        (Item(advertiser="b"), False),
        (Item(), None),
    ],
)
def test_one_of_several_advertisers_is_enough(item, expected):
    """Nobody hides behind a partner."""
    assert hits(item, When(advertiser=("a",))) is expected


@pytest.mark.parametrize(
    ("attr", "expected"), [((8,), True), ((12, 8), True), ((12,), False), ((), False), (None, None)]
)
def test_a_creative_attribute_is_one_of_those_it_has(attr, expected):
    """An item that says none at all is unknown."""
    assert hits(Item(attr=attr), When(attr=(8, 1))) is expected

"""The customer's own refusals act at any depth and at any score."""

import pytest

from guardrail.decide.choice import refusals, refuses
from guardrail.model import Customer, Hold, Item, Signal
from tests.score.judging import BOUGHT, SEARCHED, judge

NOW = 1_000_000


def refused(customer, **item):
    judged = judge(Item(id="i", **({"signals": (BOUGHT,)} | item)))
    assert refuses(customer)
    return [f.rule for f in refusals(customer, judged, NOW)]


OPTED_OUT = Customer(personalisation=False)


@pytest.mark.parametrize(
    ("signals", "expected"),
    [
        ((), []),
        ((Signal(data="current_item", method="observed"),), []),
        ((BOUGHT,), ["customer:personalisation"]),
        (None, ["customer:personalisation"]),
        ((Signal(data="likes"),), ["customer:personalisation"]),
    ],
)
def test_opted_out_means_depth_0_only(signals, expected):
    """Unknown depth is not 0."""
    assert refused(OPTED_OUT, signals=signals) == expected


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"categories": ("health.pregnancy",)}, True),
        ({"categories": ("health.pregnancy",), "signals": ()}, True),
        ({"categories": ("health.pregnancy.twins",)}, True),
        ({"categories": ("health",)}, False),
        ({"categories": ("iab-content-2.2:305",)}, True),
        ({"categories": ("iab-ad-product-2.0:1061",)}, True),
        ({"title": "Prenatal vitamins"}, True),
        ({"signals": (Signal(data="profile", depth=3, category="health.pregnancy"),)}, True),
        ({"categories": ("garden",)}, False),
    ],
)
def test_a_topic_that_is_off_is_refused_however_it_is_known(item, expected):
    """Given, by id, by proxy, by copy or by a signal; at depth 0 too."""
    customer = Customer(topics_off=("health.pregnancy",))
    assert refused(customer, **item) == (["customer:topics_off"] if expected else [])


@pytest.mark.parametrize(
    ("until", "expected"),
    [(None, True), (NOW + 1, True), (NOW, False), (NOW - 1, False)],
)
def test_a_hold_ends_by_itself(until, expected):
    """At its moment, to the millisecond."""
    customer = Customer(holds=(Hold("vice", until),))
    assert refused(customer, categories=("vice.gambling",)) == (
        ["customer:holds"] if expected else []
    )
    assert refused(customer, categories=("garden",)) == []


def test_a_source_that_is_off_is_refused_also_where_something_was_inferred_from_it():
    """A guess from a refused source is a use of it."""
    customer = Customer(sources_off=("search_history",))
    guess = Signal(data="health", method="inferred", via=(Signal(via=(SEARCHED,)),))
    assert refused(customer, signals=(SEARCHED,)) == ["customer:sources_off"]
    assert refused(customer, signals=(guess,)) == ["customer:sources_off"]
    assert refused(customer, signals=(BOUGHT,)) == []
    assert refused(customer, signals=None) == []


@pytest.mark.parametrize(
    ("name", "item", "expected"),
    [
        ("health", {"categories": ("health.pregnancy",)}, True),
        ("health", {"categories": ("health.pregnancy",), "signals": ()}, False),
        ("health", {"signals": (Signal(data="health", method="declared"),)}, True),
        ("third_party", {"signals": (Signal(data="likes", party="third", depth=2),)}, True),
        ("third_party", {"signals": (BOUGHT,)}, False),
        ("health", {"categories": ("garden",)}, False),
    ],
)
def test_a_consent_that_was_refused_counts_where_anything_personal_is_used(name, item, expected):
    """By subject, by data kind, by party."""
    customer = Customer(consent=((name, False),))
    assert refused(customer, **item) == (["customer:consent"] if expected else [])


def test_a_consent_that_was_given_refuses_nothing():
    """True is true."""
    assert not refuses(Customer(consent=(("health", True),)))


@pytest.mark.parametrize(
    ("signal", "expected"),
    [
        (Signal(data="likes", party="third", depth=2), True),
        (Signal(data="third_party_segment", depth=2), True),
        (Signal(data="health", party="first", via=(Signal(party="third"),), depth=3), True),
        (BOUGHT, False),
    ],
)
def test_global_privacy_control_refuses_third_party_data(signal, expected):
    """And keeps what the shop itself knows."""
    customer = Customer(gpc=True)
    assert refused(customer, signals=(signal,)) == (["customer:gpc"] if expected else [])


def test_somebody_who_refuses_nothing_is_not_checked():
    """The common case costs nothing."""
    assert not refuses(Customer(tolerance=10, age_band="teen"))


def test_the_sentence_for_the_customer_never_names_the_subject():
    """It would state the guess."""
    customer = Customer(topics_off=("health.pregnancy",))
    (finding,) = refusals(customer, judge(Item(categories=("health.pregnancy",))), NOW)
    assert finding.blocks
    assert "pregnan" not in finding.say.lower()

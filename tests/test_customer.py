"""What an app says of its customer is read so that nothing impossible ever crashes a page."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.customer import (
    _carefully,
    _of_a_sort,
    customer_id,
    merge_choices,
    read_customer,
    resolve_tolerance,
)
from guardrail.model import Customer, Hold
from guardrail.ruleset import RuleSet

RULES = RuleSet()


def read(**keys):
    return read_customer({"id": "c-1", **keys})


def tolerance(**keys):
    return resolve_tolerance(read(**keys)[0], RULES)[0]


def test_a_customer_of_the_contract_is_read_whole():
    """Every key of the contract's example."""
    customer, problems = read_customer(
        {
            "id": "c-1001",
            "tolerance": "balanced",
            "age_band": "adult",
            "jurisdiction": "us-ca",
            "gpc": True,
            "personalisation": True,
            "consent": {"health": False, "third_party": True},
            "topics_off": ["vice.Gambling"],
            "sources_off": ["location_history"],
            "holds": [{"category": "life.bereavement", "until": "2027-01-01T00:00:00Z"}],
            "group": {"sex": "f"},
            "name": "Anna",
            "places": ["Rome"],
        }
    )
    assert problems == ()
    assert customer == Customer(
        tolerance="balanced",
        age_band="adult",
        jurisdiction="US-CA",
        gpc=True,
        consent=(("health", False), ("third_party", True)),
        topics_off=("vice.gambling",),
        sources_off=("location_history",),
        holds=(Hold("life.bereavement", 1798761600000),),
        names=("Anna",),
        places=("Rome",),
    )


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("c-1", "c-1"),
        (7, "7"),
        ({"id": "c-1"}, "c-1"),
        ({"id": 7}, "7"),
        ({"id": ""}, None),
        ({"id": True}, None),
        ({"id": 1.5}, None),
        ({}, None),
        (None, None),
        ("", None),
        (["c-1"], None),
    ],
)
def test_an_id_is_a_text_or_a_whole_number(raw, expected):
    """Anything else is nobody."""
    assert customer_id(raw) == expected


def test_nobody_is_an_unknown_customer():
    """None is no mistake; something that is no customer is one."""
    assert read_customer(None) == (Customer(known=False), ())
    customer, problems = read_customer(3.5)
    assert not customer.known
    assert problems == ("customer: neither an id nor a customer object",)


def test_a_dict_without_an_id_still_says_what_the_customer_wants():
    """A refusal counts also of somebody unnamed; an impossible id is reported."""
    customer, problems = read_customer({"personalisation": False, "id": 1.5})
    assert (customer.known, customer.personalisation) == (False, False)
    assert problems == ("customer.id: an id is a text or a whole number",)


def test_a_gpc_header_can_only_add_protection():
    """The app's own word stays where the header is absent."""
    assert read_customer("c-1", gpc=True)[0].gpc
    assert read_customer({"id": 1, "gpc": False}, gpc=True)[0].gpc
    assert read_customer({"id": 1, "gpc": True})[0].gpc
    assert read_customer(None, gpc=True)[0].gpc


@pytest.mark.parametrize("value", [0, 100, 42.5])
def test_a_tolerance_from_0_to_100_holds(value):
    """Both ends included."""
    assert tolerance(tolerance=value) == value


@pytest.mark.parametrize("value", [-1, 100.5, math.nan, math.inf, True, [], {}])
def test_an_impossible_tolerance_gives_the_strictest_preset(value):
    """A guess must not be permissive; the problem says what would be right."""
    customer, problems = read(tolerance=value)
    assert resolve_tolerance(customer, RULES) == (50.0, None)
    assert "0 to 100" in problems[0]


def test_presets_resolve_by_name_and_an_unknown_one_is_the_strictest():
    """The message lists the presets, not the value."""
    assert tolerance(tolerance="relaxed") == 80.0
    assert tolerance() == 68.0
    number, problem = resolve_tolerance(read(tolerance="laid-back")[0], RULES)
    assert number == 50.0
    assert "strict, balanced, relaxed" in problem
    assert "laid-back" not in problem


@pytest.mark.parametrize(
    ("keys", "field", "protective"),
    [
        ({"personalisation": "no"}, "personalisation", False),
        ({"gpc": "1"}, "gpc", True),
        ({"age_band": "old"}, "age_band", None),
        ({"jurisdiction": 7}, "jurisdiction", None),
        ({"consent": ["health"]}, "consent", ()),
        ({"consent": {"health": "yes"}}, "consent", (("health", False),)),
        ({"topics_off": ["a", 3]}, "topics_off", ("a",)),
        ({"topics_off": "vice"}, "topics_off", ("vice",)),
        ({"holds": [3]}, "holds", ()),
        ({"holds": [{"until": "2027-01-01"}]}, "holds", ()),
        ({"holds": [{"category": "a", "until": "soon"}]}, "holds", (Hold("a"),)),
        ({"holds": [{"category": "a"}]}, "holds", (Hold("a"),)),
        ({"holds": ["A"]}, "holds", (Hold("a"),)),
        ({"holds": [{"category": "a", "until": "1970-01-02"}]}, "holds", (Hold("a", 86_400_000),)),
    ],
)
def test_what_cannot_be_meant_becomes_the_protective_value(keys, field, protective):
    """Never a crash, never a permissive guess."""
    assert getattr(read(**keys)[0], field) == protective


def test_problems_never_repeat_the_value():
    """It could be personal."""
    keys = {"tolerance": -77, "age_band": "secret", "jurisdiction": 77, "consent": "secret"}
    _, problems = read(**keys, holds=[{"category": "x", "until": "secret"}], topics_off=[77])
    assert len(problems) == 6
    assert not any("secret" in p or "77" in p for p in problems)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    ),
    st.sampled_from(
        "id tolerance age_band jurisdiction gpc personalisation consent topics_off sources_off "
        "holds names name places".split()
    ),
)
def test_anything_at_any_key_is_read_without_an_exception(value, key):
    """The app's mistake is not the page's."""
    customer, _ = read_customer({"id": "c", key: value})
    number, _ = resolve_tolerance(customer, RULES)
    assert 0 <= number <= 100


SAID = st.fixed_dictionaries(
    {"id": st.sampled_from(["c-1", "c-2", 7])},
    optional={
        "tolerance": st.sampled_from(["strict", "x", 1, 1.0, True, 50, 500, math.nan, None, [1]]),
        "age_band": st.sampled_from(["child", "adult", "old", 1, None, {}]),
        "jurisdiction": st.sampled_from(["de", "us-ca", "", 1, True, None]),
        "gpc": st.sampled_from([True, False, 1, 1.0, "yes", None]),
        "personalisation": st.sampled_from([True, False, 0, "no", None]),
        "group": st.just({"sex": "f"}),
        "consent": st.just({"health": False}),
        "topics_off": st.just(["Vice.Gambling"]),
        "name": st.sampled_from(["Anna", None]),
    },
)


@given(said=st.lists(SAID, min_size=1, max_size=8), gpc=st.booleans())
def test_customers_of_one_sort_are_read_as_each_by_itself(said, gpc):
    """What is remembered of a sort never reaches a customer of whom something else is said."""
    for raw in said:
        assert read_customer(raw, gpc=gpc) == _carefully(raw, gpc=gpc)


def test_what_is_equal_but_of_another_type_is_another_sort():
    """True is no tolerance and 1 is no refusal, though Python has them equal."""
    assert read(tolerance=1)[0].tolerance == 1.0
    assert read(tolerance=True)[1]
    assert read(personalisation=True)[1] == ()
    assert read(personalisation=1)[1]


class Named(str):
    """A text that means another thing each time, as a proxy of a web framework does."""


def test_only_plain_values_are_remembered():
    """A proxy for the current customer's own value must not stand for another's."""
    before = _of_a_sort.cache_info().currsize
    assert read(tolerance=Named("strict"))[0].tolerance == "strict"
    assert read(tolerance="relaxed", topics_off=["life"])[0].topics_off == ("life",)
    assert read(tolerance="relaxed", name="Anna")[0].names == ("Anna",)
    assert _of_a_sort.cache_info().currsize == before


def test_no_id_is_remembered():
    """Ten thousand customers of one sort are one sort."""
    read_customer({"id": "c-0", "tolerance": "balanced"})
    before = _of_a_sort.cache_info().currsize
    for n in range(10_000):
        read_customer({"id": f"c-{n}", "tolerance": "balanced"})
    assert _of_a_sort.cache_info().currsize == before


def test_kept_choices_complete_what_the_app_says():
    """The app's tolerance holds; refusals of both sides count."""
    app = {
        "id": "c",
        "tolerance": 70,
        "topics_off": ["a"],
        "age_band": None,
        "consent": {"health": True, "x": False},
    }
    kept = {
        "tolerance": 20,
        "topics_off": ["b"],
        "personalisation": False,
        "gpc": True,
        "age_band": "teen",
        "consent": {"health": False, "y": True},
        "sources_off": "likes",
    }
    assert merge_choices(app, kept) == {
        "id": "c",
        "tolerance": 70,
        "topics_off": ["a", "b"],
        "sources_off": ["likes"],
        "personalisation": False,
        "gpc": True,
        "age_band": "teen",
        "consent": {"health": False, "x": False, "y": True},
    }


def test_merging_leaves_alone_what_only_one_side_says():
    """No refusal is made up."""
    assert merge_choices({"id": "c"}, {"consent": {"a": False}}) == {
        "id": "c",
        "consent": {"a": False},
    }
    assert merge_choices({"id": "c", "personalisation": False}, {}) == {
        "id": "c",
        "personalisation": False,
    }


@pytest.mark.parametrize(
    ("where", "expected"),
    [("DE", 64.0), ("de", 64.0), ("US-CA", 70.0), ("US-TX", 75.0), ("FR", 68.0), (None, 68.0)],
)
def test_who_chose_nothing_gets_the_tolerance_of_the_region(where, expected):
    """A state before its country, a country before the default; a choice before both."""
    rules = RuleSet(regions={"DE": 64.0, "US": 75.0, "US-CA": 70.0})
    assert resolve_tolerance(read(jurisdiction=where)[0], rules) == (expected, None)
    chose = read(jurisdiction=where, tolerance="strict")[0]
    assert resolve_tolerance(chose, rules) == (50.0, None)

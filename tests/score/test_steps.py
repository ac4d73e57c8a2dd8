"""Numbers that rules can't tell apart are judged alike; others are not."""

from hypothesis import given
from hypothesis import strategies as st

from guardrail.extract.brief import Needs, facts_of, item_of
from guardrail.model import Item, Signal
from guardrail.ruleset import Comparison, Rule, Surface, When
from guardrail.score.conditions import compare
from guardrail.score.needs import needs_of
from guardrail.score.steps import stepped, steps_of

OPS = (">=", ">", "<=", "<", "==")
FINITE = st.floats(allow_nan=False, allow_infinity=False)
NEAR = st.one_of(FINITE, st.sampled_from((0.0, 60.0, 1000.5, 2.0**53, 2.0**53 + 2, 1e17, 1.7e308)))
CUTS = st.lists(NEAR, min_size=1, max_size=5)


def rules_for(age, audience=()):
    """One rule for each comparison, half of them under `not`."""
    for name, cuts in (("age_seconds", age), ("audience_size", audience)):
        for n, cut in enumerate(cuts):
            for op in OPS:
                when = When(**{name: (Comparison(op, cut), Comparison("unknown"))})
                yield Rule(f"{name}-{n}-{op}", "signal", when=When(not_=when) if n % 2 else when)


def seen_as(signal, rules):
    """The signal as rules see it once its numbers are stepped."""
    rules = tuple(rules)
    needs = needs_of(rules, Surface("home"))
    facts = stepped(facts_of(Item(signals=(signal,)), needs), needs, steps_of(rules))
    (found,) = item_of(facts, needs).signals
    return found


def answers(value, cuts):
    """What every comparison with every cut says of a number."""
    return [compare(value, Comparison(op, cut)) for cut in cuts for op in OPS]


@given(cuts=CUTS, value=NEAR)
def test_every_comparison_says_the_same_of_a_number_and_its_step(cuts, value):
    """However great, small or close together they are."""
    found = seen_as(Signal(age_seconds=value), rules_for(cuts)).age_seconds
    assert answers(found, cuts) == answers(value, cuts)


@given(cuts=CUTS, one=NEAR, other=NEAR)
def test_two_numbers_become_one_just_where_nothing_tells_them_apart(cuts, one, other):
    """So that no two that a rule tells apart are ever judged alike, and all others are."""
    steps = [seen_as(Signal(age_seconds=n), rules_for(cuts)).age_seconds for n in (one, other)]
    assert (steps[0] == steps[1]) == (answers(one, cuts) == answers(other, cuts))


@given(cuts=CUTS, age=st.none() | NEAR, size=st.none() | NEAR)
def test_each_number_has_its_own_steps_and_an_absent_one_stays_absent(cuts, age, size):
    """Age and size are compared with different things; everything else stays as it is."""
    signal = Signal(data="cart", depth=2, context="work", age_seconds=age, audience_size=size)
    found = seen_as(signal, rules_for(cuts, [7.0]))
    assert (found.age_seconds is None, found.audience_size is None) == (age is None, size is None)
    assert (found.data, found.depth, found.context) == ("cart", 2, "work")
    if size is not None:
        assert answers(found.audience_size, [7.0]) == answers(size, [7.0])


@given(one=NEAR, other=NEAR)
def test_numbers_that_rules_only_ask_for_at_all_are_all_alike(one, other):
    """A number is a number; that there is none is another answer."""
    asks = Rule("asks", "signal", when=When(age_seconds=(Comparison("unknown"),)))
    assert seen_as(Signal(age_seconds=one), [asks]) == seen_as(Signal(age_seconds=other), [asks])
    assert seen_as(Signal(), [asks]).age_seconds is None


def test_items_without_signals_stay_as_they_are():
    """There is nothing in them to be stepped."""
    rules = tuple(rules_for([60.0]))
    needs = Needs(item=("kind", "purpose", "categories", "signals"), signal=("age_seconds",))
    for signals in (None, ()):
        facts = facts_of(Item(signals=signals), needs)
        assert stepped(facts, needs, steps_of(rules)) is facts

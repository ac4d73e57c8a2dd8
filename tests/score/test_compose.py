"""Findings become one number as contract and evidence say."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from guardrail.model import CONCERNS, Finding
from guardrail.score.compose import Score, compose

WEIGHTS = st.floats(min_value=0, max_value=100)
FINDINGS = st.lists(
    st.builds(
        Finding,
        rule=st.just("r"),
        concern=st.sampled_from(CONCERNS),
        weight=WEIGHTS,
        because=st.just(""),
    ),
    max_size=8,
)


def found(**weights):
    return [Finding(f"r-{c}", c, w, "because") for c, w in weights.items()]


def test_no_finding_no_score():
    """Nothing objected to scores nothing."""
    assert compose([]) == Score(0.0, 0.0, 0.0)


def test_one_finding_is_its_weight():
    """The strongest counts whole."""
    assert compose(found(subject=57)).intrusiveness == 57.0


def test_the_contracts_example_scores_74_1():
    """Subject 63 and source 60: 1 - .37 * .7."""
    assert compose(found(subject=63, source=60)).intrusiveness == 74.1


def test_within_one_concern_only_the_strongest_counts():
    """A second source adds nothing."""
    both = [*found(source=60), Finding("other", "source", 40, "because")]
    assert compose(both).intrusiveness == 60.0


def test_creepy_and_annoying_are_scored_apart():
    """Manner and repetition annoy, the rest is creepy."""
    score = compose(found(subject=50, manner=20, repetition=10))
    assert (score.creepy, score.annoying) == (50.0, 24.0)


@given(FINDINGS)
def test_a_score_stays_between_its_strongest_finding_and_100(findings):
    """More objections never lower the score, and it never leaves the scale."""
    score = compose(findings).intrusiveness
    strongest = max((f.weight for f in findings), default=0.0)
    assert round(strongest, 1) <= score <= 100


def test_a_half_of_a_tenth_goes_up():
    """61.25 and 99.95, which no parser's arithmetic can hold exactly."""
    assert compose(found(source=50, repetition=45)).intrusiveness == 61.3
    assert compose(found(source=99.9, flow=100)).intrusiveness == 100.0
    assert compose(found(source=0.1, flow=99.9, depth=0.1)).intrusiveness == 99.9


@given(WEIGHTS)
def test_one_weight_is_its_own_score(weight):
    """As a decision lists it, also where rounding is close: 0.05."""
    for one in (weight, 0.05, 0.15, 0.25):
        assert compose(found(subject=one)).intrusiveness == round(one, 1)


@given(FINDINGS)
def test_order_makes_no_difference(findings):
    """The same findings give the same number."""
    for shuffled in itertools.islice(itertools.permutations(findings), 6):
        assert compose(shuffled) == compose(findings)


@given(FINDINGS, FINDINGS)
def test_taking_a_finding_away_never_raises_the_score(some, more):
    """So a treatment that removes findings can only help."""
    assert compose(some).intrusiveness <= compose(some + more).intrusiveness

"""What customers refuse is settled by sorts, too, and each comes to what it would alone."""

from __future__ import annotations

from hypothesis import event, given, settings
from hypothesis import strategies as st

from guardrail.model import Customer, Hold
from guardrail.score.engine import Engine
from guardrail.service.readers import Readers
from tests.test_brief_and_careful import Case, decided
from tests.test_settled_once import Page, cases

SUBJECTS = ("health", "health.pregnancy", "vice.gambling", "music", "music.jazz", "garden", "x")
SOURCES = ("search_history", "cart", "likes", "health", "chat", "third_party_segment", "unheard-of")
CONSENTS = (*SUBJECTS, *SOURCES, "first_party", "second_party", "third_party", "no_party")


def some_of(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    """None of them mostly, or a few."""
    return st.lists(st.sampled_from(names), max_size=2, unique=True).map(tuple)


REFUSING = st.builds(
    Customer,
    gpc=st.booleans(),
    personalisation=st.sampled_from((True, True, True, False)),
    consent=st.lists(st.tuples(st.sampled_from(CONSENTS), st.booleans()), max_size=2).map(tuple),
    topics_off=some_of(SUBJECTS),
    sources_off=some_of(SOURCES),
    holds=st.lists(
        st.builds(Hold, st.sampled_from(SUBJECTS), st.sampled_from((None, 0, 1))), max_size=1
    ).map(tuple),
    names=st.sampled_from(((), (), (), ("Anna",))),
)
"""Customers of whom most refuse something. A hold until 0 is over at the moment of these tests."""


@settings(max_examples=400, deadline=None)
@given(given_=cases(), customers=st.lists(REFUSING, min_size=1, max_size=4))
def test_refusals_settled_by_sorts_are_those_settled_one_by_one(
    given_: tuple[Case, list[Page]], customers: list[Customer]
) -> None:
    """Whoever came before, and whatever they refuse; the second time it is remembered."""
    case, listed = given_
    engine = Engine(case.rules)
    readers = Readers(engine, case.surface)
    for turn in ("found", "remembered"):
        for customer in customers:
            one = case._replace(customer=customer)
            for _, body in listed:
                alone, _ = decided(one._replace(body=body), Engine(case.rules), None)
                told, brief = decided(one._replace(body=body), engine, readers.of(customer))
                assert told == alone, (turn, customer)
                event(f"by sorts: {brief}")

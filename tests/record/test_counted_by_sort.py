"""Items that are counted alike are added up as one sort, and come to the same as one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.decide.verdict import Tallied
from guardrail.model import Decision, Finding, Sorts, Verdict, itself
from guardrail.record import counters as module
from guardrail.record.counters import Counters

AT = 1_795_000_020_000
RULES = tuple(Finding(rule=f"r{n}", concern="subject", weight=50.0, because="x") for n in range(3))
FOUND = st.lists(st.sampled_from(RULES), max_size=2).map(tuple)
VERDICTS = st.sampled_from(("allow", "soften", "suppress"))
SORTS = st.builds(
    Tallied,
    verdict=VERDICTS,
    would=st.none() | VERDICTS,
    capped_by=st.sampled_from((None, None, "cap")),
    findings=FOUND,
    would_findings=FOUND,
    unknown=st.lists(st.sampled_from(("r8", "r9")), max_size=2).map(tuple),
)


class Told(NamedTuple):
    """One decision: how many items of each sort, where, in which mode, and in which minute."""

    sorts: Sequence[tuple[Tallied, int]]
    surface: str
    mode: str
    minute: int
    filled: int


def told(sorts: Sequence[Tallied]) -> st.SearchStrategy[Told]:
    """Decisions about items of these sorts."""
    return st.builds(
        Told,
        st.lists(st.tuples(st.sampled_from(sorts), st.integers(1, 4)), max_size=5),
        st.sampled_from(("home", "mail")),
        st.sampled_from(("enforce", "observe")),
        st.integers(0, 2),
        st.integers(0, 1),
    )


def decision(one: Told, *, by_sort: bool) -> Decision:
    """The decision, counted by sort or verdict by verdict; surplus is never counted."""
    listed = [sort for sort, many in one.sorts for _ in range(many)]
    items = tuple(
        Verdict(None, **{name: getattr(sort, name) for name in Tallied.__struct_fields__})
        for sort in listed
    )
    return Decision(
        *("d", "r", one.surface, one.mode, AT + one.minute * 60_000, "guarded"),
        items=(*items, Verdict("spare", "allow", surplus=True)),
        backfill=("best",) * one.filled,
        sorts=(lambda: Sorts(listed, itself)) if by_sort else None,
    )


MANY = st.lists(SORTS, min_size=1, max_size=6).flatmap(lambda s: st.lists(told(s), max_size=8))


@pytest.mark.parametrize(("noted", "waiting"), [(64, 0), (1, 2), (3, 512), (64, 512)])
@given(decisions=MANY, looks=st.sets(st.integers(0, 7)))
def test_sorts_come_to_the_same_cells_as_verdicts(
    noted: int, waiting: int, decisions: list[Told], looks: set[int]
) -> None:
    """However many sorts wait, and whenever somebody looks, drains and gives back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_WAITING", waiting)
        patch.setattr(module, "MOST_RESPONSES", noted)
        by_sort, one_by_one = Counters(), Counters()
        for number, one in enumerate(decisions):
            by_sort.add(decision(one, by_sort=True))
            one_by_one.add(decision(one, by_sort=False))
            if number in looks:
                by_sort.restore(by_sort.drain())
        last = AT + 10 * 60_000
        assert by_sort.snapshot(AT, last) == one_by_one.snapshot(AT, last)


@given(decisions=MANY)
def test_a_decision_sums_up_its_sorts_as_its_verdicts(decisions: list[Told]) -> None:
    """What stands under ``counts`` and ``would_counts``."""
    for one in decisions:
        by_sort, by_verdict = decision(one, by_sort=True), decision(one, by_sort=False)
        assert by_sort.counts == by_verdict.counts
        assert by_sort.would_counts == by_verdict.would_counts
        shown = Counter(v.verdict for v in by_verdict.items if not v.surplus)
        assert Counter(by_sort.counts) == shown + Counter(backfill=one.filled)


def test_no_more_sorts_wait_than_the_bound() -> None:
    """Each response of its own sort, as traffic without any likeness has it."""
    counters = Counters()
    for _ in range(3 * module.MOST_WAITING):
        one = Told([(Tallied("allow"), 1)], "home", "enforce", 0, 0)
        counters.add(decision(one, by_sort=True))
        assert sum(map(len, counters._waiting.values())) <= module.MOST_WAITING
        assert len(counters._noted) <= module.MOST_RESPONSES
    (cells,) = counters.drain().values()
    assert max(cells.values()) == 3 * module.MOST_WAITING
    assert counters.drain() == {}


def test_large_responses_are_added_up_at_once() -> None:
    """What waits may hold on to each of their items."""
    counters = Counters()
    one = Told([(Tallied("allow"), module.MOST_ITEMS + 1)], "home", "enforce", 0, 0)
    counters.add(decision(one, by_sort=True))
    assert not counters._noted


def test_nothing_of_a_response_is_held_beyond_a_heartbeat() -> None:
    """What waits may hold on to items; what is left of them then are numbers."""
    counters = Counters()
    one = Told([(Tallied("allow"), 3)], "home", "enforce", 0, 0)
    counters.add(decision(one, by_sort=True))
    assert counters._noted
    assert counters.flush(AT)
    assert not counters._noted
    assert not counters._waiting
    (cells,) = counters.drain().values()
    assert max(cells.values()) == 3

"""Asks that are given by columns, and what a ledger makes of them."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from contract.places import START, cap
from guardrail.caps import Batch, CapRequest, Ledger, MemoryLedger
from guardrail.caps.ledger import GRANTED, Taken
from guardrail.caps.plan import plan


class Rule(NamedTuple):
    """What a rule is known by."""

    id: str


def by_columns(asks: list[list[CapRequest]]) -> Batch:
    each = [one for ask in asks for one in ask]
    return Batch(
        [Rule(one.rule) for one in each],
        [one.counter for one in each],
        [one[2:] for one in each],
        [len(ask) for ask in asks],
    )


KINDS = [(1, 10, 0), (2, 60, 0), (3, 60, 7), (0, 0, 10), (None, 90, 0)]
counters = st.tuples(st.sampled_from("abcdef"), st.integers(0, 4), st.booleans())
asks_given = st.lists(st.lists(counters, max_size=4, unique_by=lambda one: one[0]), max_size=6).map(
    lambda asks: [
        [CapRequest(f"rule-{k}", name, *KINDS[k], enforced) for name, k, enforced in ask]
        for ask in asks
    ]
)


@given(asks_given)
def test_columns_read_like_asks_and_are_planned_like_them(asks: list[list[CapRequest]]) -> None:
    """Whatever is asked; asks without caps among them."""
    batch = by_columns(asks)
    assert [*batch] == asks
    assert batch[:2] == asks[:2]
    assert plan(batch, START, True, 3) == plan(asks, START, True, 3)


def test_every_ledger_takes_columns(ledger: Ledger) -> None:
    """The same grants and the same impressions as for asks one by one."""
    asks = [[cap("item-1", 2), cap("shelf", 3)], [], [cap("item-2", 2), cap("shelf", 3)]]
    granted = ledger.reserve("c", by_columns(asks), now_ms=START)
    assert granted.all_granted
    assert granted.taken == tuple((one.counter, START) for ask in asks for one in ask)
    over = ledger.reserve("c", by_columns(asks), now_ms=START)
    assert not over.all_granted
    assert over.grants == (GRANTED, GRANTED, (False, 1, 60))
    assert ledger.counts("c", [("item-1", 60), ("shelf", 60)], now_ms=START) == [2, 3]
    ledger.release(granted)
    assert ledger.counts("c", [("item-1", 60), ("shelf", 60)], now_ms=START) == [1, 1]


def test_what_was_taken_is_listed_only_once_somebody_looks() -> None:
    """And reads like the tuple that it stands for."""
    asked: list[int] = []

    def told() -> tuple[tuple[str, int], ...]:
        asked.append(1)
        return (("a", 1), ("b", 2))

    taken = Taken(told)
    assert taken
    assert not asked
    assert taken == (("a", 1), ("b", 2)) == (*taken,)
    assert (len(taken), taken[0], taken[1:]) == (2, ("a", 1), (("b", 2),))
    assert taken == Taken(lambda: (("a", 1), ("b", 2)))
    assert hash(taken) == hash((("a", 1), ("b", 2)))
    assert repr(taken) == "(('a', 1), ('b', 2))"
    assert asked == [1]


def test_memory_and_columns_of_different_lengths() -> None:
    """Asks need not have equally many caps."""
    asks = [[cap("a", 1)], [cap("a", 1), cap("b", 1)], [cap("b", 1)]]
    ledger = MemoryLedger(lambda: START)
    assert [one.granted for one in ledger.reserve("c", by_columns(asks)).grants] == [
        True,
        False,
        True,
    ]

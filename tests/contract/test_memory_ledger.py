"""What is the memory ledger's alone: a bounded number of customers."""

from __future__ import annotations

import pytest

from contract.places import START, cap
from guardrail.caps import MemoryLedger


def counted(ledger: MemoryLedger, names: str, now: int = START) -> list[int]:
    return [ledger.counts(name, [("a", 9)], now_ms=now)[0] for name in names]


def test_customers_not_seen_for_longest_go_first() -> None:
    """When there is no room, and nobody's impressions are over."""
    ledger = MemoryLedger(lambda: START, max_customers=2)
    for name in "xy":
        ledger.reserve(name, [[cap("a", 9)]])
    ledger.counts("x", [("a", 9)])
    ledger.reserve("z", [[cap("a", 9)]])
    assert counted(ledger, "xyz") == [1, 0, 1]
    assert len(ledger) == 2


def test_customers_whose_impressions_are_over_go_before_them() -> None:
    """Even when they were seen last."""
    ledger = MemoryLedger(lambda: START, max_customers=2)
    ledger.reserve("x", [[cap("a", 9, 600)]], now_ms=START)
    ledger.reserve("y", [[cap("a", 9, 10)]], now_ms=START + 1)
    ledger.reserve("z", [[cap("a", 9, 600)]], now_ms=START + 10_001)
    assert ledger.counts("x", [("a", 600)], now_ms=START + 10_001) == [1]
    assert len(ledger) == 2


def test_a_customer_who_came_back_is_not_over() -> None:
    """What counts is the last impression, not the first."""
    ledger = MemoryLedger(lambda: START, max_customers=2)
    ledger.reserve("x", [[cap("a", 9, 10)]], now_ms=START)
    ledger.reserve("y", [[cap("a", 9, 600)]], now_ms=START)
    ledger.reserve("x", [[cap("a", 9, 10)]], now_ms=START + 9000)
    ledger.reserve("z", [[cap("a", 9, 600)]], now_ms=START + 10_001)
    assert ledger.counts("x", [("a", 10)], now_ms=START + 10_001) == [1]
    assert ledger.counts("y", [("a", 600)], now_ms=START + 10_001) == [0]


def test_customers_without_impressions_take_no_room() -> None:
    """Refused, looked at, released or erased: nothing is held."""
    ledger = MemoryLedger(lambda: START, max_customers=2)
    ledger.reserve("x", [[cap("a", 0)]])
    ledger.reserve("x", [[cap("a")]], count=False)
    ledger.release(ledger.reserve("x", [[cap("a")]]))
    ledger.reserve("y", [[cap("a")]])
    ledger.erase("y")
    assert len(ledger) == 0


def test_customers_who_come_and_go_leave_nothing_behind() -> None:
    """The order of leaving does not grow with all who were ever there."""
    ledger = MemoryLedger(lambda: START, max_customers=3)
    for k in range(500):
        ledger.reserve(f"{k}", [[cap("a", 1, 86_400)]])
        ledger.erase(f"{k}")
    ledger.reserve("stays", [[cap("a")]])
    assert len(ledger) == 1
    assert len(ledger._ends) <= 2 * 3 + 64


def test_erased_customers_are_passed_over_when_room_is_made() -> None:
    """Their place in the order is no one's."""
    ledger = MemoryLedger(lambda: START, max_customers=1)
    ledger.reserve("x", [[cap("a", 1, 5)]], now_ms=START)
    ledger.erase("x")
    ledger.reserve("y", [[cap("a", 1, 60)]], now_ms=START + 9000)
    ledger.reserve("z", [[cap("a", 1, 60)]], now_ms=START + 9000)
    assert counted(ledger, "xyz", START + 9000) == [0, 0, 1]


def test_room_for_nobody_is_no_ledger() -> None:
    """At least one customer must fit."""
    with pytest.raises(ValueError, match="at least 1"):
        MemoryLedger(lambda: START, max_customers=0)

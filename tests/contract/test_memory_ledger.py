"""What is the memory ledger's alone: its bounds, its cost, and that it counts as Redis does."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.bounded import Bounds, bounded
from contract.places import START, Place, batch, cap
from guardrail.caps import Batch, CapRequest, CapRow, Ledger, MemoryLedger, RedisLedger
from guardrail.caps.asked import Asked
from guardrail.connection import connect
from guardrail.keys import Keys

NUMBERS = itertools.count()


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


def test_what_is_counted_after_a_look_that_found_all_over_is_kept() -> None:
    """A look may find that nothing of a customer is needed any more; the next impression is."""
    with bounded(Place("memory"), Bounds(counters=2)) as ledger:
        ledger.reserve("x", [[cap("a", 1, 10)]], now_ms=START)
        later = START + 10_000
        ledger.release(ledger.reserve("x", [[cap("b", 1, 10)]], now_ms=later))
        asks = [[cap("a", 1, 10)], [cap("a", 1, 10)]]
        for count in (False, True):
            got = ledger.reserve("x", asks, now_ms=later, count=count)
            assert [one.granted for one in got.grants] == [True, False]
        assert not ledger.reserve("x", asks[:1], now_ms=later).grants[0].granted


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


@pytest.fixture
def redis_ledger(redis_url: str) -> Iterator[RedisLedger]:
    connection = connect(redis_url, 5.0)
    yield RedisLedger(connection, Keys("one"))
    connection.close()


# All in steps of five seconds, lest Redis's own clock ends a key while an example runs.
KINDS = [(1, 10, 0), (2, 10, 0), (3, 60, 10), (0, 0, 10), (None, 30, 0), (0, 10, 0), (2, 0, 0)]
requests = st.builds(
    lambda name, kind, enforced: CapRequest(name, name, *KINDS[kind], enforced),
    st.sampled_from("abc"),
    st.integers(0, len(KINDS) - 1),
    st.booleans(),
)
asks_given = st.lists(st.lists(requests, max_size=3), max_size=5)
steps = st.sampled_from([0, 5, 10, 15, 30, 60, -5, -10, -60, -100])
calls = st.tuples(st.sampled_from(["reserve", "look", "release"]), asks_given, steps)


def played(ledger: Ledger, customer: str, sequence: list[Any]) -> list[Any]:
    """What a ledger says to a sequence of calls."""
    now, held, said = START, [], []
    for call, asks, step in sequence:
        now += step * 1000
        if call == "release" and held:
            ledger.release(held[len(asks) % len(held)])
        elif call != "release":
            got = ledger.reserve(customer, asks, now_ms=now, count=call == "reserve")
            said.append((got.grants, [*got.taken]))
            held.append(got)
        looked = [(name, window) for name in "abc" for window in (0, 10, 60)]
        said.append(ledger.counts(customer, looked, now_ms=now))
    return said


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(calls, max_size=8))
def test_it_counts_as_redis_does(redis_ledger: RedisLedger, sequence: list[Any]) -> None:
    """Also where the clock is set back, and where several kinds of caps share a counter."""
    memory = MemoryLedger(lambda: START)
    there = played(redis_ledger, f"customer-{next(NUMBERS)}", sequence)
    assert played(memory, "c", sequence) == there


def test_a_batch_is_read_by_its_columns() -> None:
    """No cap is made an object, not even where one objects or what was taken is listed."""
    kind = (1, 60, 0, True)
    ledger = MemoryLedger(lambda: START)
    for granted in (True, False):
        asks = batch([["r"], ["r"]], [[("a", 0, kind)], [("b:", 1, kind)]], [(), ("x",)])
        got = ledger.reserve("c", asks)
        assert [one.granted for one in got.grants] == [granted] * 2
        assert [*got.taken] == [("a", START), ("b:x", START)] * granted
        assert "_asks" not in vars(asks)


@pytest.mark.parametrize("over", [("shelf",), ("shelf", "watched")])
def test_what_refuses_many_items_is_looked_at_once(over: tuple[str, ...]) -> None:
    """However many they are, and whatever else they are counted by."""
    kinds = {"shelf": (1, 60, 0, True), "watched": (1, 60, 0, False)}
    caps = [("of:", 1, (None, 60, 0, True)), *[(name, 0, kinds[name]) for name in over]]
    shared = CapRow(["r"] * len(caps), tuple(caps))
    ledger = MemoryLedger(lambda: START)
    ledger.reserve("c", Batch([shared], [("seen",)]))

    def calls(items: int) -> int:
        asks = Batch([shared] * items, [(f"{k}",) for k in range(items)])
        found: Counter[tuple[str, str]] = Counter()
        # What is collected as garbage meanwhile may run code of anybody.
        sys.setprofile(lambda frame, event, _: found.update([(event, frame.f_globals["__name__"])]))
        try:
            got = ledger.reserve("c", asks)
        finally:
            sys.setprofile(None)
        assert [*got.grants] == [(False, 1, 60)] * items
        return sum(
            times
            for (event, name), times in found.items()
            if event == "call" and name.startswith("guardrail.caps")
        )

    assert calls(20) == calls(200)


def test_a_batch_without_values_that_caps_count_by_is_refused() -> None:
    """Rather than that something else is counted."""
    for place in (2, 9):
        asks = batch([["r"]], [[("of:", place, (0, 60, 0, True))]], [("a",)])
        with pytest.raises(IndexError):
            MemoryLedger(lambda: START).reserve("c", asks)


caps_given = st.tuples(
    st.sampled_from(["a", "b:", "c:"]),
    st.integers(0, 2),
    st.sampled_from([(1, 60, 0, True), (2, 60, 0, True), (None, 90, 0, False)]),
)
rows_given = st.lists(
    st.tuples(
        st.lists(caps_given, max_size=3, unique_by=lambda one: one[0][0]),
        st.tuples(st.sampled_from(["x", "y", None]), st.just("z")),
    ),
    max_size=6,
)


@given(rows_given)
def test_a_batch_is_counted_in_the_compiled_way_as_without(rows: list[Any]) -> None:
    """Whatever follows a counter, and also where it has several kinds of caps."""
    caps = [caps for caps, _ in rows]
    # Equal kinds need not be the very same.
    caps = [[(name, place, (*kind,)) for name, place, kind in each] for each in caps]
    asks = batch([[""] * len(each) for each in caps], caps, [values for _, values in rows])
    one, other = Asked(asks), Asked([*asks])
    assert [*one.need.items()] == [*other.need.items()]
    assert one.terms == other.terms
    assert (not one.need) == (not any(caps))


@pytest.mark.parametrize("many", [1, 255, 256, 257, 3000])
def test_any_number_of_counters_is_counted(many: int) -> None:
    """Some of them twice."""
    asks = [[cap(f"{n % many}", n % 7)] for n in range(many + 3)]
    caps = [[(one.counter, 0, (9, 60, 0, True)) for one in ask] for ask in asks]
    asked = Asked(batch([["r"]] * len(asks), caps, [()] * len(asks)))
    assert sum(asked.need.values()) == many + 3
    assert len(asked.need) == len(asked.terms) == many


def test_a_batch_with_a_cap_that_can_not_be_says_whose() -> None:
    """In the compiled way, too."""
    asks = batch(
        [["mine", "wrong"]], [[("a", 0, (1, 60, 0, True)), ("b", 0, (-1, 60, 0, True))]], [()]
    )
    ledger = MemoryLedger(lambda: START)
    with pytest.raises(ValueError, match="'wrong'"):
        ledger.reserve("c", asks)
    assert len(ledger) == 0


def test_what_is_over_is_taken_out_in_time() -> None:
    """Whoever comes back for long with other items holds no more than twice what counts."""
    ledger = MemoryLedger(lambda: START)
    for k in range(100):
        asks = [[cap(f"{k}-{n}", 9, 60)] for n in range(50)]
        ledger.reserve("c", asks, now_ms=START + k * 20_000)
    held = ledger._customers["c"]
    assert len(held._counters) <= 2 * 256
    assert held._impressions <= 2 * 256


def test_counters_that_begin_alike_share_what_is_kept() -> None:
    """A response's items are counted at the same moment and for the same time."""
    ledger = MemoryLedger(lambda: START)
    ledger.reserve("c", [[cap(f"{n}", 9)] for n in range(50)])
    records = ledger._customers["c"]._counters.values()
    assert len(records) == 50
    assert len({id(one) for one in records}) == 1


def test_of_too_many_impressions_the_oldest_go() -> None:
    """Also where the clock was set back between them."""
    ledger = MemoryLedger(lambda: START)
    gap = [CapRequest("r", "a", None, 600)]
    ledger.reserve("c", [gap] * 3000, now_ms=START + 5000)
    ledger.reserve("c", [gap] * 2000, now_ms=START)
    asked_of = [("a", 600), ("a", 5)]
    assert ledger.counts("c", asked_of, now_ms=START + 5000) == [4000, 3000]


def test_a_counter_that_a_cap_needs_has_all_the_room_that_caps_have() -> None:
    """Though another cap of it only counts."""
    ledger = MemoryLedger(lambda: START)
    for first in (0, 2500):
        ledger.reserve("c", [[cap(f"{n}", 9)] for n in range(first, first + 2500)])
    for ask in ([cap("x"), cap("x", None)], [cap("y", None), cap("y")]):
        assert ledger.reserve("c", [ask]).grants[0].granted


def test_who_is_put_in_order_again_keeps_their_earliest_end() -> None:
    """Else one whose impressions are over would stay, and another would go instead."""
    ledger = MemoryLedger(lambda: START, max_customers=3)
    ledger.reserve("x", [[cap("a", 9, 86_400)]], now_ms=START)
    ledger.erase("x")
    ledger.reserve("y", [[cap("a", 9, 600)]], now_ms=START)
    ledger.reserve("x", [[cap("a", 9, 10)]], now_ms=START)
    for k in range(100):
        ledger.reserve(f"{k}", [[cap("a", 9, 600)]], now_ms=START)
        ledger.erase(f"{k}")
    later = START + 10_000
    for name in ("v", "w"):
        ledger.counts("x", [("a", 10)], now_ms=later)
        ledger.reserve(name, [[cap("a", 9, 600)]], now_ms=later)
    assert [ledger.counts(name, [("a", 600)], now_ms=later) for name in "yvw"] == [[1]] * 3

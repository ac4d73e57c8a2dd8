"""Several kinds of cap on one counter: what each of them asks holds, at the bounds too."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.bounded import Bounds, Told, bounded
from contract.places import START, Place, cap
from guardrail.caps import Batch, CapRequest, CapRow, Ledger

SHARED = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
NUMBERS = itertools.count()
SLACK_MS = 3000
"""The time of Redis goes on while that of a test stands."""
KINDS = [(1, 10, 0), (2, 10, 0), (3, 60, 7), (0, 0, 10), (5, 7, 0), (20, 3600, 1), (None, 90, 0)]
KINDS += [(None, 10, 0), (None, 0, 0), (0, 60, 0), (9, 0, 0), (40, 20, 0), (None, 3600, 0)]
STEPS = [0, 0, 1, 1000, 6999, 7000, 9_999, 10_000, 59_999, 60_000, 89_999, 3_600_000]


def requests(names: str) -> st.SearchStrategy[CapRequest]:
    """Any kind of cap on any of the counters, as after any change of rules."""
    return st.builds(
        lambda name, kind, enforced: CapRequest(name, name, *KINDS[kind], enforced),
        st.sampled_from(names),
        st.integers(0, len(KINDS) - 1),
        st.booleans(),
    )


def calls(batches: st.SearchStrategy[Any], *steps: int) -> st.SearchStrategy[Any]:
    """What is done, asked for, and how much later (ms)."""
    does = st.sampled_from(["reserve"] * 5 + ["look", "release", "counts"])
    return st.lists(st.tuples(does, batches, st.sampled_from([*STEPS, *steps])), max_size=12)


def any_asks(names: str) -> st.SearchStrategy[Any]:
    return st.lists(st.lists(requests(names), max_size=4), max_size=8)


def rowed(names: str) -> st.SearchStrategy[Any]:
    """Many items of a few rows: caps by a value of the item, and caps that all of a row share."""
    caps = st.lists(
        st.tuples(
            st.sampled_from(names), st.integers(0, 2), st.integers(0, len(KINDS) - 1), st.booleans()
        ),
        max_size=4,
        unique_by=lambda one: one[0],
    )
    rows = st.lists(caps, min_size=1, max_size=3)
    items = st.tuples(st.integers(0, 2), st.sampled_from("xyz"), st.sampled_from(["x", None]))
    return st.builds(_rowed, rows, st.lists(items, max_size=20))


def _rowed(rows: list[Any], items: list[Any]) -> Batch:
    each = [
        CapRow(
            [name for name, *_ in row],
            tuple((name, place, (*KINDS[kind], enforced)) for name, place, kind, enforced in row),
        )
        for row in rows
    ]
    return Batch([each[k % len(each)] for k, *_ in items], [values for _, *values in items])


def holds(place: Place, bounds: Bounds, sequence: list[Any]) -> None:
    """The ledger of that place answers as is told."""
    bounds = bounds if place.connection is None else bounds._replace(packed=16)
    told, now, customer, taken = Told(bounds), START, f"customer-{next(NUMBERS)}", []
    with bounded(place, bounds) as ledger:
        for call, asks, step in sequence:
            now += step
            if call == "release" and taken:
                reservation, batch = taken[len(asks) % len(taken)]
                ledger.release(reservation)
                told.release(batch)
            elif call == "counts":
                wanted = [(one.counter, one.window) for ask in asks for one in ask]
                expected = [told.count(*one, now) for one in wanted]
                assert ledger.counts(customer, wanted, now_ms=now) == expected
            else:
                count = call == "reserve"
                got = ledger.reserve(customer, asks, now_ms=now, count=count)
                grants, batch = told.reserve(asks, now, count)
                assert got.grants == grants
                if count:
                    taken.append((got, batch))
            if all(step >= 0 for _, _, step in sequence):
                assert told.lasts(now) - place.lives(customer) < SLACK_MS


class TestAnySequence:
    """Batches, looks, releases and counts, with rules that change from batch to batch."""

    @SHARED
    @given(calls(any_asks("abcd"), -500, -7000, -70_000))
    def test_far_from_the_bounds(self, place: Place, sequence: list[Any]) -> None:
        """Whatever way the clock goes."""
        holds(place, Bounds(), sequence)

    @SHARED
    @given(calls(rowed("abcde"), -500, -7000, -70_000))
    def test_where_many_items_share_their_caps(self, place: Place, sequence: list[Any]) -> None:
        """Some of which the same caps refuse, others their own."""
        holds(place, Bounds(), sequence)

    @SHARED
    @given(calls(rowed("abcde")), st.integers(1, 7))
    def test_where_many_items_share_what_has_no_room(
        self, place: Place, sequence: list[Any], most: int
    ) -> None:
        """As for any asks."""
        holds(place, Bounds(counters=most), sequence)

    @SHARED
    @given(calls(any_asks("abcdefgh"), -500, -7000, -70_000), st.integers(1, 7))
    def test_where_there_are_too_many_counters(
        self, place: Place, sequence: list[Any], most: int
    ) -> None:
        """What could not be counted is withheld, and nothing else is."""
        holds(place, Bounds(counters=most), sequence)

    @SHARED
    @given(calls(any_asks("abcd"), -500, -7000, -70_000), st.integers(1, 25))
    def test_where_there_are_too_many_impressions(
        self, place: Place, sequence: list[Any], most: int
    ) -> None:
        """Of all counters together."""
        holds(place, Bounds(held=most), sequence)

    @SHARED
    @given(calls(any_asks("abc")), st.integers(1, 6), st.integers(2, 12))
    def test_where_one_counter_has_too_many(
        self, place: Place, sequence: list[Any], most: int, held: int
    ) -> None:
        """Its oldest are forgotten, and a cap above acts as one of that limit."""
        holds(place, Bounds(impressions=most, held=held), sequence)


@pytest.fixture
def few(place: Place) -> Any:
    """A ledger with room for four counters; a half of them for what is only counted."""
    with bounded(place, Bounds(counters=4)) as ledger:
        yield ledger


def granted(ledger: Ledger, *asks: list[CapRequest], now: int = START) -> list[bool]:
    return [one.granted for one in ledger.reserve("x", asks, now_ms=now).grants]


def only_counted(name: str, window: int = 60) -> CapRequest:
    return CapRequest("seen", name, None, window)


@pytest.mark.parametrize("turned", [False, True])
def test_a_cap_has_its_room_beside_what_only_counts(few: Ledger, turned: bool) -> None:
    """Whichever of the two a counter is asked for first, in one ask or in two."""
    ways = [lambda both: [both], lambda both: [[one] for one in both]]
    for k, way in enumerate(ways):
        assert granted(few, [cap("a")], [cap("b")]) == [k == 0] * 2
        both = [cap(f"c{k}", 9), only_counted(f"c{k}")]
        asks = way(both[::-1] if turned else both)
        assert granted(few, *asks) == [True] * len(asks)
    assert few.counts("x", [("c0", 60), ("c1", 60)], now_ms=START) == [1, 2]


def test_what_is_asked_first_has_the_last_room_by_whichever_cap(few: Ledger) -> None:
    """Its counter comes again under another kind of cap, behind what came after it."""
    assert granted(few, [cap("a")], [cap("b")], [cap("c")]) == [True] * 3
    asks = [[cap("d", 9)], [cap("e", 9)], [cap("d", 5, 90)]]
    assert granted(few, *asks) == [True, False, True]


def test_it_is_told_when_there_is_room_though_rules_keep_for_longer(few: Ledger) -> None:
    """What is kept for longer than it was is over later, and so is what waits for its room."""
    names = "abcd"
    assert granted(few, *[[cap(name, 9, 60)] for name in names]) == [True] * 4
    assert granted(few, *[[cap(name, 9, 600)] for name in names], now=START + 1) == [True] * 4
    (grant,) = few.reserve("x", [[cap("e", 9, 60)]], now_ms=START + 1000).grants
    assert grant == (False, 0, 599)

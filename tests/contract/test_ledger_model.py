"""Every ledger against a naive one, over any sequence of calls."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.places import START, Place
from guardrail.caps import CapRequest, Grant

SHARED = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
NUMBERS = itertools.count()
KINDS = [(1, 10, 0), (2, 10, 0), (3, 60, 7), (0, 0, 10), (5, 1, 0), (20, 3600, 1)]
NAMES = ["a", "b", "c", "d"]

requests = st.builds(
    lambda name, kind, enforced: CapRequest(name, f"{name}{kind}", *KINDS[kind], enforced),
    st.sampled_from(NAMES),
    st.integers(0, len(KINDS) - 1),
    st.booleans(),
)
batches = st.lists(st.lists(requests, max_size=4), max_size=8)
steps = st.sampled_from([0, 1, 999, 1000, 1001, 6999, 7000, 9_999, 10_000, 59_999, 60_000, 3.6e6])
calls = st.tuples(st.sampled_from(["reserve", "look", "release", "counts"]), batches, steps)


class Naive:
    """The promise of `Ledger` word by word: a list of (counter, moment, batch), no more."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, int, int]] = []
        self.batches = itertools.count()

    def inside(self, counter: str, window: int, now: int) -> list[int]:
        return sorted(t for c, t, _ in self.taken if c == counter and now - t < window * 1000)

    def wait(self, cap: CapRequest, now: int) -> int:
        """Milliseconds until the cap permits, tried one boundary after the other."""
        ever = sorted(t for c, t, _ in self.taken if c == cap.counter)
        instants = [now]
        for t in ever:
            instants += [t + cap.window * 1000, t + cap.cooldown * 1000]
        for at in sorted(i for i in instants if i >= now):
            full = cap.limit and len(self.inside(cap.counter, cap.window, at)) >= cap.limit
            soon = cap.cooldown and ever and at - ever[-1] < cap.cooldown * 1000
            if not full and not soon:
                return at - now
        raise AssertionError("a cap with a window always permits again")

    def reserve(
        self, asks: list[list[CapRequest]], now: int, count: bool
    ) -> tuple[list[Grant], list[tuple[str, int]], int]:
        before, batch = list(self.taken), next(self.batches)
        grants, took = [], []
        for ask in asks:
            waits = [(self.wait(cap, now), cap.enforced, k) for k, cap in enumerate(ask)]
            over = [w for w in waits if w[0] > 0]
            refused = any(enforced for _, enforced, _ in over)
            if over:
                bound = max((w for w in over if w[1] == refused), key=lambda w: (w[0], -w[2]))
                grants.append(Grant(not refused, bound[2], max(1, -(-max(over)[0] // 1000))))
            else:
                grants.append(Grant(True))
            if not refused:
                names = {c.counter for c in ask if c.enforced or not over}
                took += [(name, now) for name in names]
                self.taken += [(name, now, batch) for name in names]
        if not count:
            self.taken = before
        return grants, took if count else [], batch

    def release(self, batch: int) -> None:
        self.taken = [t for t in self.taken if t[2] != batch]


@SHARED
@given(st.lists(calls, max_size=12))
def test_it_answers_like_a_list_of_impressions(place: Place, sequence: list[Any]) -> None:
    """Grants, binding caps, waits, what was taken and counts agree at every boundary."""
    ledger, naive, now = place.ledger(), Naive(), START
    customer = f"customer-{next(NUMBERS)}"
    held = []
    for call, batch, step in sequence:
        now += int(step)
        if call == "release" and held:
            reservation, number = held[len(batch) % len(held)]
            ledger.release(reservation)
            naive.release(number)
        elif call == "counts":
            asked = [(cap.counter, cap.window) for ask in batch for cap in ask]
            expected = [len(naive.inside(*pair, now)) for pair in asked]
            assert ledger.counts(customer, asked, now_ms=now) == expected
        else:
            count = call == "reserve"
            reservation = ledger.reserve(customer, batch, now_ms=now, count=count)
            grants, took, number = naive.reserve(batch, now, count)
            assert list(reservation.grants) == grants
            assert sorted(reservation.taken) == sorted(took)
            if count:
                held.append((reservation, number))


@SHARED
@given(st.lists(st.tuples(st.integers(0, 6000), st.integers(0, 20_000)), max_size=25))
def test_a_clock_stepping_back_never_grants_too_much(
    place: Place, sequence: list[tuple[int, int]]
) -> None:
    """Over the time that really went by, no window ever holds more than the limit."""
    ledger, customer = place.ledger(), f"customer-{next(NUMBERS)}"
    real, behind = START, 0
    shown: list[int] = []
    for went_by, back in sequence:
        real += went_by
        behind += back if back > 15_000 else 0
        ask = [CapRequest("r", "r", 2, 10)]
        if ledger.reserve(customer, [ask], now_ms=real - behind).grants[0].granted:
            shown.append(real)
        assert sum(real - at < 10_000 for at in shown) <= 2


@SHARED
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4000)), max_size=40))
def test_it_never_grants_too_much_when_the_moments_are_any(
    place: Place, sequence: list[tuple[int, int]]
) -> None:
    """Between moments less than a window apart, in any order, the limit holds."""
    ledger, customer = place.ledger(), f"customer-{next(NUMBERS)}"
    granted = dict.fromkeys(range(4), 0)
    for which, ms in sequence:
        ask = [CapRequest("r", f"r{which}", 3, 5)]
        got = ledger.reserve(customer, [ask], now_ms=START + ms).grants[0].granted
        assert got == (granted[which] < 3)
        granted[which] += got

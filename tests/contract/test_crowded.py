"""One customer is bounded, too: who has seen too many different things is shown no more of them."""

from __future__ import annotations

import pytest

from contract.places import START, Place, cap
from guardrail.caps import CapRequest, Ledger
from guardrail.caps.plan import MOST_COUNTERS, MOST_HELD

WINDOW = 600


def seen(
    ledger: Ledger, counters: list[str], now: int = START, limit: int | None = 9
) -> list[bool]:
    """Whether each of them was granted, asked in one batch."""
    asks = [[CapRequest("rule", name, limit, WINDOW)] for name in counters]
    return [one.granted for one in ledger.reserve("x", asks, now_ms=now).grants]


def names(first: int, last: int) -> list[str]:
    return [f"c{n}" for n in range(first, last)]


def counted(ledger: Ledger, name: str, now: int = START) -> int:
    return ledger.counts("x", [(name, WINDOW)], now_ms=now)[0]


@pytest.fixture
def crowded(ledger: Ledger) -> Ledger:
    """A customer with as many counters as there is room for."""
    assert all(seen(ledger, names(0, MOST_COUNTERS)))
    return ledger


class TestCounters:
    """Different things that one customer was shown."""

    def test_what_could_not_be_counted_is_withheld(self, crowded: Ledger) -> None:
        """A cap is never exceeded because somebody saw many other things before."""
        assert seen(crowded, ["new", "c1", "newer"], START + 1) == [False, True, False]
        assert [counted(crowded, name, START + 1) for name in ("new", "c1")] == [0, 2]

    def test_nobody_s_count_is_forgotten_for_it(self, crowded: Ledger) -> None:
        """The oldest counter still knows what it counted."""
        seen(crowded, names(9000, 9100), START + 1)
        assert [counted(crowded, name, START + 1) for name in ("c0", "c8191")] == [1, 1]

    def test_it_is_told_when_there_is_room_again(self, ledger: Ledger) -> None:
        """When the first of what is held is over."""
        assert all(seen(ledger, ["first"], START - 60_000))
        assert all(seen(ledger, names(1, MOST_COUNTERS)))
        (grant,) = ledger.reserve("x", [[cap("new", 9, WINDOW)]], now_ms=START + 1).grants
        assert grant == (False, 0, WINDOW - 60)
        later = START + (WINDOW - 60) * 1000
        assert seen(ledger, ["new", "newer"], later) == [True, False]

    def test_a_cap_that_is_over_for_longer_says_so(self, crowded: Ledger) -> None:
        """The wait is that of both."""
        ask = [cap("new", 9, WINDOW), cap("c5", 1, 2 * WINDOW)]
        (grant,) = crowded.reserve("x", [ask], now_ms=START + 1000).grants
        assert grant == (False, 1, 2 * WINDOW - 1)

    def test_a_cooldown_is_withheld_like_a_limit(self, crowded: Ledger) -> None:
        """It too needs to know when the last one was."""
        ask = [CapRequest("rule", "new", 0, WINDOW, 30)]
        (grant,) = crowded.reserve("x", [ask], now_ms=START + 1000).grants
        assert grant == (False, 0, WINDOW - 1)

    def test_looking_says_the_same(self, crowded: Ledger) -> None:
        """What is only looked at, with nothing taken, is not promised either."""
        asks = [[cap("new", 9, WINDOW)], [cap("c1", 9, WINDOW)]]
        looked = crowded.reserve("x", asks, now_ms=START + 1, count=False)
        assert [one.granted for one in looked.grants] == [False, True]

    def test_a_watched_cap_lets_it_through(self, crowded: Ledger) -> None:
        """It never refuses; it says that it would."""
        ask = [cap("new", 9, WINDOW, enforced=False), cap("c1", 9, WINDOW)]
        (grant,) = crowded.reserve("x", [ask], now_ms=START + 1000).grants
        assert grant == (True, 0, WINDOW - 1)
        assert [counted(crowded, name, START + 1000) for name in ("new", "c1")] == [0, 2]

    def test_two_caps_of_one_counter_are_withheld_alike(self, crowded: Ledger) -> None:
        """Whichever of them comes first."""
        ask = [cap("new", 9, WINDOW), cap("new", 3, 60)]
        (grant,) = crowded.reserve("x", [ask], now_ms=START + 1000).grants
        assert (grant.granted, grant.retry_after) == (False, WINDOW - 1)

    def test_others_have_room(self, crowded: Ledger) -> None:
        """The bound is of one customer."""
        assert crowded.reserve("y", [[cap("new")]]).grants[0].granted

    def test_one_batch_alone_can_be_too_many(self, ledger: Ledger) -> None:
        """Then its first ones are granted; the rest may come at once."""
        granted = seen(ledger, names(0, MOST_COUNTERS + 3))
        assert granted == [True] * MOST_COUNTERS + [False] * 3

    def test_what_is_asked_first_gets_the_last_room(self, ledger: Ledger) -> None:
        """Whatever kinds of caps there are."""
        assert all(seen(ledger, names(0, MOST_COUNTERS - 2)))
        asks = [[cap("b", 1, 60)], [cap("a", 9, WINDOW)], [cap("d", 1, 60)], [cap("c", 9, WINDOW)]]
        granted = [one.granted for one in ledger.reserve("x", asks, now_ms=START).grants]
        assert granted == [True, True, False, False]

    def test_giving_back_makes_room(self, ledger: Ledger) -> None:
        """What nobody saw takes none."""
        assert all(seen(ledger, names(1, MOST_COUNTERS)))
        last = ledger.reserve("x", [[cap("last", 9, WINDOW)]], now_ms=START)
        assert seen(ledger, ["new"]) == [False]
        ledger.release(last)
        assert seen(ledger, ["new"]) == [True]


class TestOnlyCounted:
    """What `repetition` and `combination` remember."""

    def test_it_never_crowds_out_a_cap(self, ledger: Ledger) -> None:
        """It fills one half at most, and no item is withheld for it."""
        assert all(seen(ledger, names(0, 5000), limit=None))
        assert [counted(ledger, name) for name in ("c4095", "c4096")] == [1, 0]
        assert all(seen(ledger, names(5000, 5000 + MOST_COUNTERS // 2)))
        assert seen(ledger, ["new"]) == [False]

    def test_what_was_counted_goes_on_counting(self, ledger: Ledger) -> None:
        """A counter that is there needs no more room for one more impression."""
        assert all(seen(ledger, names(0, 5000), limit=None))
        assert all(seen(ledger, ["c0", "c4999"], START + 1, limit=None))
        assert [counted(ledger, name, START + 1) for name in ("c0", "c4999")] == [2, 0]

    def test_what_was_not_counted_can_be_given_back(self, ledger: Ledger) -> None:
        """It takes nothing from anybody."""
        assert all(seen(ledger, names(0, 4096), limit=None))
        asks = [[CapRequest("rule", name, None, WINDOW)] for name in ("c0", "new")]
        ledger.release(ledger.reserve("x", asks, now_ms=START + 1))
        assert [counted(ledger, name, START + 1) for name in ("c0", "new")] == [1, 0]


class TestImpressions:
    """How much is held of all counters together."""

    def test_no_more_is_shown_than_can_be_counted(self, ledger: Ledger) -> None:
        """Of counters that are there, either."""
        counters = names(0, 4000)
        rounds = [seen(ledger, counters, START + k, limit=100) for k in range(9)]
        granted = [sum(one) for one in rounds]
        assert granted == [4000] * 8 + [MOST_HELD - 8 * 4000]
        over = START + 8 + WINDOW * 1000
        assert all(seen(ledger, counters, over, limit=100))

    def test_what_is_only_counted_leaves_room_for_caps(self, ledger: Ledger) -> None:
        """One half of it."""
        for k in range(5):
            assert all(seen(ledger, names(0, 4000), START + k, limit=None))
        assert [counted(ledger, name, START + 4) for name in ("c0", "c3999")] == [5, 4]
        assert all(seen(ledger, ["cap"], START + 5))


def test_a_customer_in_redis_stays_small(place: Place) -> None:
    """Whatever a robot asks for: at most some 150 KB, and an answer within its time."""
    if place.connection is None:
        pytest.skip("memory has no packed form")
    ledger = place.ledger()
    for k in range(40):
        seen(ledger, names(k * 1000, k * 1000 + 2000), START + k, limit=50)
    size = place.connection.call(lambda client: max(client.strlen(k) for k in client.keys("*")))
    assert MOST_COUNTERS * 9 <= size < 150_000

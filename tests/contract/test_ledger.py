"""What every ledger promises, on each of them."""

from __future__ import annotations

import pytest

from contract.places import START, Place, cap
from guardrail.caps import CapRequest, Grant, Ledger, Reservation
from guardrail.keys import Keys

GRANTED = Grant(True)


def granted(reservation: Reservation) -> list[bool]:
    return [grant.granted for grant in reservation.grants]


def test_an_ask_without_caps_is_granted(ledger: Ledger) -> None:
    """Nothing objects to an item that no cap concerns."""
    assert ledger.reserve("c", [[], []], now_ms=START) == Reservation("c", (GRANTED, GRANTED), ())


def test_no_asks_give_no_grants(ledger: Ledger) -> None:
    """An empty response reserves nothing."""
    assert ledger.reserve("c", [], now_ms=START) == Reservation("c", (), ())


def test_a_cap_grants_up_to_its_limit(ledger: Ledger) -> None:
    """The third of three asks on a cap of two is refused, within one batch."""
    reservation = ledger.reserve("c", [[cap("a", 2)]] * 3, now_ms=START)
    assert granted(reservation) == [True, True, False]
    assert reservation.taken == (("a", START), ("a", START))


def test_a_cap_counts_over_batches(ledger: Ledger) -> None:
    """What an earlier batch took is not granted again."""
    ledger.reserve("c", [[cap("a", 2)]], now_ms=START)
    reservation = ledger.reserve("c", [[cap("a", 2)]] * 2, now_ms=START + 1)
    assert granted(reservation) == [True, False]


def test_an_impression_stops_counting_exactly_at_its_window(ledger: Ledger) -> None:
    """One millisecond before the window ends it counts, at the end it does not."""
    ledger.reserve("c", [[cap("a", 1, 60)]], now_ms=START)
    assert ledger.counts("c", [("a", 60)], now_ms=START + 59_999) == [1]
    assert granted(ledger.reserve("c", [[cap("a", 1, 60)]], now_ms=START + 59_999)) == [False]
    assert ledger.counts("c", [("a", 60)], now_ms=START + 60_000) == [0]
    assert granted(ledger.reserve("c", [[cap("a", 1, 60)]], now_ms=START + 60_000)) == [True]


def test_a_cooldown_permits_exactly_at_its_end(ledger: Ledger) -> None:
    """A limit of 0 with a cooldown is the cooldown alone."""
    gap = [[cap("a", 0, 0, cooldown=10)]]
    assert granted(ledger.reserve("c", gap * 2, now_ms=START)) == [True, False]
    assert ledger.reserve("c", gap, now_ms=START + 9_999).grants == (Grant(False, 0, 1),)
    assert granted(ledger.reserve("c", gap, now_ms=START + 10_000)) == [True]


def test_window_and_cooldown_must_both_permit(ledger: Ledger) -> None:
    """The longer of the two says when it permits again."""
    both = [[cap("a", 2, 60, cooldown=10)]]
    ledger.reserve("c", both, now_ms=START)
    assert ledger.reserve("c", both, now_ms=START + 1).grants == (Grant(False, 0, 10),)
    ledger.reserve("c", both, now_ms=START + 10_000)
    assert ledger.reserve("c", both, now_ms=START + 20_000).grants == (Grant(False, 0, 40),)


def test_a_limit_of_nothing_never_permits(ledger: Ledger) -> None:
    """There is no moment at which it would, so none is named."""
    reservation = ledger.reserve("c", [[cap("a", 0, 60), cap("b", 1)]], now_ms=START)
    assert reservation == Reservation("c", (Grant(False, 0, None),), ())


def test_a_limit_without_a_window_never_binds(ledger: Ledger) -> None:
    """In no time at all nothing can be shown too often."""
    assert granted(ledger.reserve("c", [[cap("a", 1, 0)]] * 3, now_ms=START)) == [True] * 3
    assert ledger.counts("c", [("a", 60), ("a", 0)], now_ms=START) == [0, 0]


def test_a_refused_ask_counts_nothing(ledger: Ledger) -> None:
    """The cap that would have permitted keeps its impression for the next item."""
    ledger.reserve("c", [[cap("full")]], now_ms=START)
    reservation = ledger.reserve("c", [[cap("free"), cap("full")], [cap("free")]], now_ms=START)
    assert granted(reservation) == [False, True]
    assert reservation.taken == (("free", START),)


def test_the_cap_that_binds_longest_is_named(ledger: Ledger) -> None:
    """Of two caps that are over it is the later one, and the wait is until both permit."""
    asks = [[cap("a", 1, 60), cap("b", 1, 3600), cap("c", 1, 7200)]]
    ledger.reserve("c", [asks[0][:2]], now_ms=START)
    assert ledger.reserve("c", asks, now_ms=START + 500).grants == (Grant(False, 1, 3600),)


def test_the_first_of_two_equal_caps_is_named(ledger: Ledger) -> None:
    """A tie goes to the rule that stands first."""
    asks = [[cap("a"), cap("b")]]
    ledger.reserve("c", asks, now_ms=START)
    assert ledger.reserve("c", asks, now_ms=START).grants == (Grant(False, 0, 60),)


def test_the_wait_is_until_enough_impressions_are_over(ledger: Ledger) -> None:
    """With a lowered limit several have to go before there is room."""
    for second in range(4):
        ledger.reserve("c", [[cap("a", 4)]], now_ms=START + second * 1000)
    now = START + 4000
    assert ledger.reserve("c", [[cap("a", 4)]], now_ms=now).grants == (Grant(False, 0, 56),)
    assert ledger.reserve("c", [[cap("a", 2)]], now_ms=now).grants == (Grant(False, 0, 58),)


def test_a_watched_cap_never_refuses(ledger: Ledger) -> None:
    """It says that it is over, and what it would refuse does not use it up."""
    watched = [[cap("w", 1, 60, enforced=False), cap("e", 9)]]
    ledger.reserve("c", watched, now_ms=START)
    reservation = ledger.reserve("c", watched, now_ms=START + 10_000)
    assert reservation.grants == (Grant(True, 0, 50),)
    assert reservation.taken == (("e", START + 10_000),)
    assert ledger.counts("c", [("w", 60), ("e", 60)], now_ms=START + 10_000) == [1, 2]


def test_enforced_caps_are_named_before_watched_ones(ledger: Ledger) -> None:
    """The wait is still until all of them permit."""
    asks = [[cap("w", 1, 3600, enforced=False), cap("e", 1, 60)]]
    ledger.reserve("c", asks, now_ms=START)
    assert ledger.reserve("c", asks, now_ms=START).grants == (Grant(False, 1, 3600),)


def test_a_watched_cap_that_is_over_takes_no_other_watched_one(ledger: Ledger) -> None:
    """None of the watched caps counts an item that one of them would refuse."""
    ledger.reserve("c", [[cap("over", enforced=False)]], now_ms=START)
    asks = [[cap("over", enforced=False), cap("other", enforced=False), cap("both", 9)]]
    asks[0].append(cap("both", 9, enforced=False))
    assert ledger.reserve("c", asks, now_ms=START).taken == (("both", START),)


def test_a_counter_is_counted_once_for_an_item(ledger: Ledger) -> None:
    """An item that one cap concerns twice is one impression."""
    asks = [[cap("a", 2), cap("a", 2), cap("a", 3, 3600)]]
    reservation = ledger.reserve("c", asks * 3, now_ms=START)
    assert granted(reservation) == [True, True, False]
    assert reservation.taken == (("a", START),) * 2
    assert ledger.counts("c", [("a", 60)], now_ms=START) == [2]


def test_several_caps_may_share_a_counter(ledger: Ledger) -> None:
    """Each judges it by its own window, limit and cooldown."""
    asks = [[cap("a", 2, 60), cap("a", 3, 3600), cap("a", 0, 0, cooldown=5)]]
    assert granted(ledger.reserve("c", asks, now_ms=START)) == [True]
    assert ledger.reserve("c", asks, now_ms=START + 4000).grants == (Grant(False, 2, 1),)
    assert granted(ledger.reserve("c", asks, now_ms=START + 5000)) == [True]
    assert ledger.reserve("c", asks, now_ms=START + 10_000).grants == (Grant(False, 0, 50),)
    assert granted(ledger.reserve("c", asks, now_ms=START + 60_000)) == [True]
    assert ledger.reserve("c", asks, now_ms=START + 70_000).grants == (Grant(False, 1, 3530),)


def test_looking_takes_nothing_and_sees_the_batch(ledger: Ledger) -> None:
    """A look tells what would be granted, item by item."""
    reservation = ledger.reserve("c", [[cap("a", 2)]] * 3, now_ms=START, count=False)
    assert granted(reservation) == [True, True, False]
    assert reservation.taken == ()
    assert ledger.counts("c", [("a", 60)], now_ms=START) == [0]


def test_customers_are_counted_apart(ledger: Ledger) -> None:
    """One customer's impressions are no other's."""
    ledger.reserve("c", [[cap("a")]], now_ms=START)
    assert granted(ledger.reserve("d", [[cap("a")]], now_ms=START)) == [True]


def test_counters_are_opaque(ledger: Ledger) -> None:
    """Any text is a counter of its own."""
    names = ["a", "a ", "", "a\0", "ä", "\ud800", "a" * 5000]
    ledger.reserve("c", [[cap(name)] for name in names[::2]], now_ms=START)
    assert ledger.counts("c", [(n, 60) for n in names], now_ms=START) == [1, 0, 1, 0, 1, 0, 1]


def test_release_gives_back_what_was_taken(ledger: Ledger) -> None:
    """After it the caps permit as before."""
    reservation = ledger.reserve("c", [[cap("a"), cap("b", 9)]], now_ms=START)
    ledger.release(reservation)
    assert ledger.counts("c", [("a", 60), ("b", 60)], now_ms=START) == [0, 0]
    assert granted(ledger.reserve("c", [[cap("a")]], now_ms=START)) == [True]


def test_release_twice_gives_back_once(ledger: Ledger) -> None:
    """Another batch of the same millisecond keeps what it took."""
    first = ledger.reserve("c", [[cap("a", 9)]] * 2, now_ms=START)
    ledger.reserve("c", [[cap("a", 9)]] * 3, now_ms=START)
    ledger.release(first)
    ledger.release(first)
    assert ledger.counts("c", [("a", 60)], now_ms=START) == [3]


def test_release_leaves_what_others_took_meanwhile(ledger: Ledger) -> None:
    """Only the reservation's own impressions go."""
    ledger.reserve("c", [[cap("a", 9)], [cap("b", 9)]], now_ms=START)
    reservation = ledger.reserve("c", [[cap("a", 9)]] * 20, now_ms=START + 1000)
    ledger.reserve("c", [[cap("a", 9)]], now_ms=START + 2000)
    assert granted(reservation).count(True) == 8
    ledger.release(reservation)
    assert ledger.counts("c", [("a", 60), ("a", 2), ("b", 60)], now_ms=START + 2000) == [1, 0, 1]


def test_part_of_a_reservation_can_be_released(ledger: Ledger) -> None:
    """Also when it was put together by hand, knowing only counters and moments."""
    reservation = ledger.reserve("c", [[cap("a", 9)]] * 2 + [[cap("b")]], now_ms=START)
    ledger.release(reservation._replace(taken=reservation.taken[:1]))
    assert ledger.counts("c", [("a", 60), ("b", 60)], now_ms=START) == [1, 1]
    ledger.release(Reservation("c", (), (("a", int(START)), ("unknown", START))))
    assert ledger.counts("c", [("a", 60), ("b", 60)], now_ms=START) == [0, 1]


def test_releasing_nothing_is_fine(ledger: Ledger) -> None:
    """Whether nothing was taken or nothing is there any more."""
    ledger.release(Reservation("c", ()))
    ledger.release(Reservation("c", (), (("a", START),)))
    assert ledger.counts("c", [("a", 60)], now_ms=START) == [0]


def test_many_impressions_of_one_moment_are_counted_one_by_one(ledger: Ledger) -> None:
    """A full page counts fifty on the cap over everything."""
    reservation = ledger.reserve("c", [[cap("all", 60)]] * 50, now_ms=START)
    assert ledger.counts("c", [("all", 60)], now_ms=START) == [50]
    assert granted(ledger.reserve("c", [[cap("all", 60)]] * 50, now_ms=START)).count(True) == 10
    ledger.release(reservation)
    assert ledger.counts("c", [("all", 60)], now_ms=START) == [10]


@pytest.mark.parametrize("limit", [3, 1])
def test_a_changed_limit_keeps_the_history(ledger: Ledger, limit: int) -> None:
    """Raised or lowered, it is measured against what was really shown."""
    ledger.reserve("c", [[cap("a", 2)]] * 2, now_ms=START)
    again = ledger.reserve("c", [[cap("a", limit)]] * 2, now_ms=START + 1)
    assert granted(again) == [limit == 3, False]


def test_a_longer_window_keeps_from_then_on(ledger: Ledger) -> None:
    """A refused ask is enough to keep the history for the longer time."""
    ledger.reserve("c", [[cap("a", 1, 10)], [cap("b", 1, 100)]], now_ms=START)
    refused = ledger.reserve("c", [[cap("a", 1, 50)]], now_ms=START + 9000)
    assert granted(refused) == [False]
    ledger.reserve("c", [[cap("b2", 1, 100)]], now_ms=START + 20_000)
    assert ledger.counts("c", [("a", 50), ("b", 100)], now_ms=START + 49_999) == [1, 1]
    assert ledger.counts("c", [("a", 50)], now_ms=START + 50_000) == [0]


def test_what_a_counter_no_longer_needs_counts_nowhere(ledger: Ledger) -> None:
    """A wider look finds nothing beyond what the caps asked to keep."""
    ledger.reserve("c", [[cap("a", 1, 10)]], now_ms=START)
    ledger.reserve("c", [[cap("b", 1, 100)]], now_ms=START)
    assert ledger.counts("c", [("a", 100), ("b", 100)], now_ms=START + 10_000) == [0, 1]


def test_a_counter_whose_impressions_are_over_is_a_new_one(ledger: Ledger) -> None:
    """It keeps the next for as long as its caps ask now, and no longer for what they once asked."""
    ledger.reserve("c", [[cap("a", 9, 60)]], now_ms=START)
    ledger.reserve("c", [[cap("a", 9, 10)]], now_ms=START + 60_000)
    assert ledger.counts("c", [("a", 60)], now_ms=START + 69_999) == [1]
    assert ledger.counts("c", [("a", 60)], now_ms=START + 70_000) == [0]


def test_a_cap_without_a_window_counts_on_what_another_keeps(ledger: Ledger) -> None:
    """A granted ask counts on each of its counters, whichever cap it is that needs it."""
    ledger.reserve("c", [[cap("a", 9, 60)]], now_ms=START)
    ledger.reserve("c", [[cap("a", 9, 0)]], now_ms=START)
    assert ledger.counts("c", [("a", 60)], now_ms=START) == [2]


def test_what_is_over_is_only_forgotten_with_a_write(ledger: Ledger) -> None:
    """A clock that was wrong for a moment, in which nothing was counted, makes nothing free."""
    ledger.reserve("c", [[cap("a", 1, 10)]], now_ms=START)
    ledger.reserve("c", [[cap("a", 0, 60)], [cap("b", 1, 0)]], now_ms=START + 10_000)
    assert granted(ledger.reserve("c", [[cap("a", 1, 10)]], now_ms=START + 5000)) == [False]


def test_a_clock_that_steps_back_grants_no_more(ledger: Ledger) -> None:
    """Impressions of the future count as of now."""
    both = [[cap("a", 1, 60, cooldown=30)]]
    ledger.reserve("c", both, now_ms=START)
    earlier = START - 3_600_000
    assert ledger.reserve("c", both, now_ms=earlier).grants == (Grant(False, 0, 60),)
    assert ledger.counts("c", [("a", 60)], now_ms=earlier) == [1]
    assert granted(ledger.reserve("c", both, now_ms=START + 59_999)) == [False]


def test_erase_forgets_one_customer(ledger: Ledger) -> None:
    """Under all pseudonyms, and nobody else."""
    for customer in ("c", "old", "d"):
        ledger.reserve(customer, [[cap("a")]], now_ms=START)
    ledger.erase("c old")
    ledger.erase("never seen")
    for customer, count in (("c", 0), ("old", 0), ("d", 1)):
        assert ledger.counts(customer, [("a", 60)], now_ms=START) == [count]


def test_counts_of_nothing_are_nothing(ledger: Ledger) -> None:
    """No question, no answer; and the same counter may be asked twice."""
    assert ledger.counts("c", [], now_ms=START) == []
    ledger.reserve("c", [[cap("a", 5)]] * 2, now_ms=START)
    ledger.reserve("c", [[cap("a", 5)]], now_ms=START + 30_000)
    asked = [("a", 60), ("a", 30), ("x", 9), ("a", 0)]
    assert ledger.counts("c", asked, now_ms=START + 30_000) == [3, 1, 0, 0]


def test_the_own_clock_is_used_where_no_moment_is_given(place: Place) -> None:
    """A ledger with a clock counts by it."""
    now = START
    ledger = place.ledger(clock=lambda: now)
    assert ledger.reserve("c", [[cap("a")]]).taken == (("a", START),)
    now = START + 59_999
    assert ledger.counts("c", [("a", 60)]) == [1]
    now = START + 60_000
    assert ledger.counts("c", [("a", 60)]) == [0]


@pytest.mark.parametrize("now", [-1, 2**42])
def test_a_moment_that_is_none_is_refused(ledger: Ledger, now: int) -> None:
    """Seconds with a sign or nanoseconds are a mistake of the caller's."""
    with pytest.raises(ValueError, match="milliseconds since the epoch"):
        ledger.reserve("c", [[cap("a")]], now_ms=now)


@pytest.mark.parametrize(("limit", "window", "cooldown"), [(-1, 1, 0), (1, -1, 0), (1, 1, 2**32)])
def test_a_cap_that_can_not_be_is_refused(
    ledger: Ledger, limit: int, window: int, cooldown: int
) -> None:
    """The rule is named, and nothing is counted."""
    wrong = CapRequest("my-cap", "w", limit, window, cooldown)
    with pytest.raises(ValueError, match="'my-cap'"):
        ledger.reserve("c", [[cap("a")], [wrong]], now_ms=START)
    assert ledger.counts("c", [("a", 60)], now_ms=START) == [0]


def test_many_retentions_and_moments_are_kept_apart(ledger: Ledger) -> None:
    """Every counter keeps its own window, however many differ."""
    for k in range(40):
        ledger.reserve("c", [[cap(f"a{k}", 5, 60 + k)], [cap("all", 99, 50)]], now_ms=START + k)
    asked = [(f"a{k}", 60 + k) for k in range(40)]
    assert ledger.counts("c", asked, now_ms=START + 60_000) == [0] + [1] * 39
    assert ledger.counts("c", [*asked, ("all", 50)], now_ms=START + 39) == [1] * 40 + [40]
    assert sum(ledger.counts("c", asked, now_ms=START + 80_000)) == 20


def test_a_counter_has_a_bound(ledger: Ledger) -> None:
    """A cap above 4,000 acts as one of 4,000."""
    for k in range(5):
        ledger.reserve("c", [[cap("a", 10_000)]] * 1000, now_ms=START + k)
    assert ledger.counts("c", [("a", 60)], now_ms=START + 5) == [4000]


def test_caps_survive_a_change_of_secret(place: Place) -> None:
    """A customer's history moves to the new pseudonym and is found under the new codes."""
    before, after = Keys("one"), Keys("two, one")
    old = place.ledger("one").reserve(
        before.identity("c-1001"), [[cap("a", 2)], [cap("b")]], now_ms=START
    )
    customer, ledger = after.identity("c-1001"), place.ledger("two, one")
    again = ledger.reserve(customer, [[cap("a", 2)], [cap("b")]], now_ms=START + 1000)
    assert granted(again) == [True, False]
    assert ledger.counts(customer, [("a", 60), ("b", 60)], now_ms=START + 1000) == [2, 1]
    ledger.release(old._replace(customer=customer))
    assert ledger.counts(customer, [("a", 60), ("b", 60)], now_ms=START + 1000) == [1, 0]
    ledger.erase(customer)
    assert ledger.counts(customer, [("a", 60)], now_ms=START + 1000) == [0]


def test_counting_alone_moves_the_history(place: Place) -> None:
    """The early read is enough; under two old secrets the newest that is there counts."""
    place.ledger("one").reserve(Keys("one").identity("c"), [[cap("a")]], now_ms=START)
    keys = Keys("three,two,one")
    ledger = place.ledger("three,two,one")
    assert ledger.counts(keys.identity("c"), [("a", 60)], now_ms=START) == [1]
    assert ledger.counts(keys.pseudonym("c"), [("a", 60)], now_ms=START) == [1]

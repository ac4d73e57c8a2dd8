"""What is only counted, and how it is read again without asking for it counter by counter."""

from __future__ import annotations

import fakeredis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.places import START, Place, cap
from guardrail.caps import CapRequest, Ledger, RedisLedger
from guardrail.caps.seen import Seen
from guardrail.connection import Connection
from guardrail.keys import Keys

DAY = 86_400
COUNTED = CapRequest("rule", "seen", None, DAY)


def test_what_has_no_limit_is_counted_and_refuses_nothing(ledger: Ledger) -> None:
    """However often; and for as long as its window says."""
    for _ in range(20):
        (grant,) = ledger.reserve("c", [[COUNTED]], now_ms=START).grants
        assert grant == (True, None, None)
    assert ledger.counts("c", [("seen", DAY)], now_ms=START) == [20]
    assert ledger.counts("c", [("seen", DAY)], now_ms=START + DAY * 1000 - 1) == [20]
    assert ledger.counts("c", [("seen", DAY)], now_ms=START + DAY * 1000) == [0]


def test_it_counts_though_a_watched_cap_is_over_and_not_where_a_cap_refuses(
    ledger: Ledger,
) -> None:
    """What was shown counts, and what was not shown does not."""
    watched, enforced = cap("w", 1, enforced=False), cap("e", 1)
    for ask in ([watched, COUNTED], [watched, COUNTED], [enforced, COUNTED], [enforced, COUNTED]):
        ledger.reserve("c", [ask], now_ms=START)
    assert ledger.counts("c", [("seen", DAY), ("w", DAY)], now_ms=START) == [3, 1]


def test_it_is_given_back_like_everything_else(ledger: Ledger) -> None:
    """A response that never went out was not seen."""
    taken = ledger.reserve("c", [[COUNTED]], now_ms=START)
    ledger.release(taken)
    assert ledger.counts("c", [("seen", DAY)], now_ms=START) == [0]


def test_only_looking_counts_nothing(ledger: Ledger) -> None:
    """A prefetch is no impression."""
    ledger.reserve("c", [[COUNTED]], now_ms=START, count=False)
    assert ledger.counts("c", [("seen", DAY)], now_ms=START) == [0]


@pytest.fixture
def redis_ledger(place: Place) -> RedisLedger:
    ledger = place.ledger()
    if not isinstance(ledger, RedisLedger):
        pytest.skip("memory keeps no packed value")
    return ledger


def value_of(ledger: RedisLedger, customer: str) -> bytes | None:
    (key,) = ledger.places(customer)
    found: bytes | None = ledger._connection.call(lambda client: client.get(key))
    return found


def test_a_value_that_was_read_says_what_redis_would(redis_ledger: RedisLedger) -> None:
    """Several counters, windows and moments; over a longer window no more than was kept."""
    asks = [[cap("a", 9, 60), cap("b", 9, 600)], [cap("a", 9, 60)], [COUNTED]]
    for late in (0, 30_000, 59_000, 400_000):
        redis_ledger.reserve("c", asks, now_ms=START + late)
    asked = [(name, seconds) for name in ("a", "b", "seen", "x") for seconds in (1, 60, 600, DAY)]
    for now in (START + 400_000, START + 459_999, START + 460_000, START + DAY * 1000):
        said = redis_ledger.seen_in(value_of(redis_ledger, "c"), now)
        assert [said(*one) for one in asked] == redis_ledger.counts("c", asked, now_ms=now)


reservations = st.lists(
    st.tuples(
        st.integers(0, 200_000),
        st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from([1, 60, 90])), min_size=1),
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(reservations, st.integers(0, 300_000))
def test_it_says_so_for_whatever_was_counted(
    history: list[tuple[int, list[tuple[str, int]]]], later: int
) -> None:
    """Times that step back among them, and counters that are counted several times at once."""
    ledger = RedisLedger(Connection(fakeredis.FakeRedis(server=fakeredis.FakeServer())), Keys("s"))
    for at, counted in history:
        asks = [[CapRequest("r", name, None, window)] for name, window in counted]
        ledger.reserve("c", asks, now_ms=START + at)
    asked = [(name, window) for name in "abcdef" for window in (1, 60, 1000)]
    said = ledger.seen_in(value_of(ledger, "c"), START + later)
    assert [said(*one) for one in asked] == ledger.counts("c", asked, now_ms=START + later)


def test_what_was_counted_under_a_previous_secret_is_found(place: Place) -> None:
    """Its key is moved with the first read; its counters keep their old codes."""
    old = place.ledger("old")
    if not isinstance(old, RedisLedger):
        pytest.skip("memory keeps no packed value")
    old.reserve(Keys("old").identity("anna"), [[COUNTED]], now_ms=START)
    ledger = place.ledger("new,old")
    assert isinstance(ledger, RedisLedger)
    key, older = ledger.places(Keys("new,old").identity("anna"))
    ledger._connection.call(lambda client: client.renamenx(older, key))
    raw = ledger._connection.call(lambda client: client.get(key))
    assert ledger.seen_in(raw, START)("seen", DAY) == 1


@pytest.mark.parametrize(
    "raw",
    [
        None,
        b"",
        b"\x02",
        b"\x01\x00\x00\x05",
        b"not ours at all, but long enough to be read",
        b"\x01" * 60,
    ],
)
def test_a_value_that_is_not_ours_counts_as_empty(raw: bytes | None) -> None:
    """As in the script."""
    assert Seen(raw, START).count([b"12345"], DAY) == 0


@given(st.binary(max_size=80))
def test_no_bytes_make_it_fail(raw: bytes) -> None:
    """Whatever stands at the key."""
    assert Seen(b"\x30" + raw, START).count([b"12345"], DAY) >= 0

"""Many customers asked for at once: the same answers as one by one, in fewer trips."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.places import START, Place, cap
from guardrail.caps import CapRequest, Ledger, LedgerError, RedisLedger, Reservation, Wanted
from guardrail.caps import trips as caps_trips
from guardrail.choices import RedisChoices
from guardrail.connection import Connection, Script, Unreachable, connect
from guardrail.keys import Keys

NUMBERS = itertools.count()
KEYS = Keys("one")

requests = st.builds(
    lambda name, limit, enforced: CapRequest(name, f"{name}{limit}", limit, 60, 0, enforced),
    st.sampled_from("abc"),
    st.integers(1, 3),
    st.booleans(),
)
asks = st.lists(st.lists(requests, max_size=3), max_size=4)
wishes = st.lists(st.tuples(st.integers(0, 3), asks), max_size=12)


@pytest.fixture
def connection(redis_url: str) -> Iterator[Connection]:
    made = connect(redis_url, 5.0)
    yield made
    made.close()


@pytest.fixture
def raw(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


def granted(got: Reservation | LedgerError) -> list[bool]:
    assert isinstance(got, Reservation)
    return [grant.granted for grant in got.grants]


def calls(raw: redis.Redis, name: str) -> int:
    """How often a command was called."""
    stats: Any = raw.info("commandstats")
    found: int = stats.get(f"cmdstat_{name}", {"calls": 0})["calls"]
    return found


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(wishes, st.booleans())
def test_many_get_what_each_would_get_alone(place: Place, wanted: list[Any], count: bool) -> None:
    """Grants, what was taken and what is counted afterwards, also where a customer comes again."""
    ledger, run = place.ledger(), next(NUMBERS)
    alone = [
        ledger.reserve(f"alone-{run}-{who}", asked, now_ms=START, count=count)
        for who, asked in wanted
    ]
    many = ledger.reserve_many(
        [Wanted(f"many-{run}-{who}", asked) for who, asked in wanted], now_ms=START, count=count
    )
    for one, other in zip(alone, many, strict=True):
        assert isinstance(other, Reservation)
        assert other.grants == one.grants
        assert other.taken == one.taken
        assert other.customer == one.customer.replace("alone", "many")
    looked = [(f"{name}{limit}", 60) for name in "abc" for limit in (1, 2, 3)]
    for who in range(4):
        assert ledger.counts(f"many-{run}-{who}", looked, now_ms=START) == ledger.counts(
            f"alone-{run}-{who}", looked, now_ms=START
        )


def test_nobody_gets_nothing(ledger: Ledger) -> None:
    """And an ask that no cap concerns is granted."""
    assert ledger.reserve_many([], now_ms=START) == []
    (got,) = ledger.reserve_many([Wanted("c", [[]])], now_ms=START)
    assert granted(got) == [True]


def test_what_many_took_can_be_given_back(ledger: Ledger) -> None:
    """Each reservation by itself, twice without harm."""
    one = [[cap("a")]]
    first, second = ledger.reserve_many([Wanted("c", one), Wanted("d", one)], now_ms=START)
    assert isinstance(first, Reservation)
    ledger.release(first)
    ledger.release(first)
    again = ledger.reserve_many([Wanted("c", one), Wanted("d", one)], now_ms=START)
    assert [granted(got) for got in again] == [[True], [False]]
    assert isinstance(second, Reservation)


def test_a_cap_that_cannot_be_reserves_for_nobody(ledger: Ledger) -> None:
    """It is found before anything is counted."""
    wanted = [Wanted("c", [[cap("a")]]), Wanted("d", [[cap("a", -1)]])]
    with pytest.raises(ValueError, match="limit -1"):
        ledger.reserve_many(wanted, now_ms=START)
    assert ledger.counts("c", [("a", 60)], now_ms=START) == [0]


def test_previous_pseudonyms_are_moved_for_each(place: Place) -> None:
    """After a rotation of the secret the history comes along."""
    old, new = Keys("one"), Keys("two,one")
    before = place.ledger("one")
    for who in ("a", "b"):
        before.reserve(old.identity(who), [[cap("x", 2)]], now_ms=START)
    after = place.ledger("two,one")
    got = after.reserve_many(
        [Wanted(new.identity(who), [[cap("x", 2)]] * 2) for who in ("a", "b", "c")], now_ms=START
    )
    assert [granted(one) for one in got] == [[True, False], [True, False], [True, True]]


@pytest.mark.parametrize("bound", ["CALLS_PER_TRIP", "BYTES_PER_TRIP"])
def test_trips_are_bounded(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    """In calls and in bytes; a trip that reached its bound is followed by another."""
    monkeypatch.setattr(caps_trips, bound, 3 if bound == "CALLS_PER_TRIP" else 300)
    counted: list[int] = []
    send = caps_trips._send

    def sent(client: Any, script: Any, calls: Any, **more: Any) -> Any:
        counted.append(len(calls))
        return send(client, script, calls, **more)

    monkeypatch.setattr(caps_trips, "_send", sent)
    ledger = RedisLedger(connection, KEYS)
    ledger.reserve("warm", [[cap("a")]], now_ms=START)
    got = ledger.reserve_many(
        [Wanted(f"c{k}", [[cap("a")], [cap("b")]]) for k in range(8)], now_ms=START
    )
    assert [granted(one) for one in got] == [[True, True]] * 8
    assert sum(counted) == 8
    assert len(counted) >= 2
    if bound == "CALLS_PER_TRIP":
        assert counted == [3, 3, 2]


def test_two_hundred_customers_are_one_trip(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, raw: redis.Redis
) -> None:
    """One call of the script for each, none of them waited for by itself."""
    ledger = RedisLedger(connection, KEYS)
    ledger.reserve("warm", [[cap("a")]])
    went: list[None] = []
    call = connection.call

    def counted(command: Any, *more: Any) -> Any:
        went.append(None)
        return call(command, *more)

    monkeypatch.setattr(connection, "call", counted)
    raw.config_resetstat()
    ledger.reserve_many([Wanted(f"c{k}", [[cap("a"), cap("b")]] * 2) for k in range(200)])
    assert len(went) == 1
    assert (calls(raw, "evalsha"), calls(raw, "eval")) == (200, 0)


def test_a_server_that_forgot_the_script_is_told_once(
    connection: Connection, raw: redis.Redis
) -> None:
    """With the first call; the others name it by its digest, and nobody is counted twice."""
    ledger = RedisLedger(connection, KEYS)
    raw.script_flush()
    raw.config_resetstat()
    wanted = [Wanted(f"c{k}", [[cap("a")]]) for k in range(5)] + [Wanted("c0", [[cap("a")]])]
    got = ledger.reserve_many(wanted, now_ms=START)
    assert [granted(one) for one in got] == [[True]] * 5 + [[False]]
    assert calls(raw, "eval") == 1


def test_one_customers_broken_key_is_only_theirs(connection: Connection, raw: redis.Redis) -> None:
    """A key of another type is an error in its place; the others are counted."""
    raw.lpush(KEYS.caps("c1"), "not ours")
    ledger = RedisLedger(connection, KEYS)
    got = ledger.reserve_many([Wanted(f"c{k}", [[cap("a")]]) for k in range(3)], now_ms=START)
    assert [type(one) for one in got] == [Reservation, LedgerError, Reservation]
    assert "wrong_type" in str(got[1])
    assert "c1" not in str(got[1])


def test_a_trip_that_failed_for_everybody_opens_the_breaker(
    connection: Connection, raw: redis.Redis
) -> None:
    """As a call for one customer would: a full server is left alone for a moment."""
    ledger = RedisLedger(connection, KEYS)
    ledger.reserve("warm", [[cap("a")]])
    wanted = [Wanted(f"c{k}", [[cap("a")]]) for k in range(3)]
    raw.config_set("maxmemory", "1")
    try:
        for _ in range(3):
            assert all("oom" in str(one) for one in ledger.reserve_many(wanted))
        assert all("open" in str(one) for one in ledger.reserve_many(wanted))
    finally:
        raw.config_set("maxmemory", "0")


def test_a_script_that_stays_unknown_is_an_error_and_no_endless_loop(
    connection: Connection,
) -> None:
    """It was told once; whatever answers so then is no server of ours."""
    broken = Script("return redis.error_reply('NOSCRIPT never heard of it')")
    got = caps_trips.run_each(connection, broken, [caps_trips.Call("k", ())] * 2)
    assert [type(one) for one in got] == [Unreachable] * 2


def test_a_server_that_is_gone_fails_each(connection: Connection, redis_server: Any) -> None:
    """In the place of every reservation, and of the choices, stands why."""
    ledger = RedisLedger(connection, KEYS)
    choices = RedisChoices(connection, KEYS)
    redis_server.stop()
    got = ledger.reserve_many([Wanted(f"c{k}", [[cap("a")]]) for k in range(3)] + [Wanted("d", [])])
    assert [type(one) for one in got] == [LedgerError] * 3 + [Reservation]
    assert [type(one) for one in choices.get_many(["c", "d"])] == [Unreachable] * 2


def test_choices_of_many_are_those_of_each(place: Place) -> None:
    """In order, None where nothing is kept."""
    choices = place.choices()
    choices.set("a", {"tolerance": 30})
    choices.set("b", {"gpc": True})
    assert choices.get_many(["b", "nobody", "a", "b"]) == [
        {"gpc": True},
        None,
        {"tolerance": 30},
        {"gpc": True},
    ]
    assert choices.get_many([]) == []


def test_choices_of_many_are_moved_and_encrypted_anew(place: Place) -> None:
    """So that the previous secret may be dropped after one batch over everybody."""
    old, new = Keys("one"), Keys("two,one")
    place.choices("one").set(old.identity("a"), {"tolerance": 30})
    rotated = place.choices("two,one")
    assert rotated.get_many([new.identity("a"), new.identity("b")]) == [{"tolerance": 30}, None]
    if place.connection is not None:
        assert place.choices("two").get(Keys("two").identity("a")) == {"tolerance": 30}


def test_one_customers_unreadable_choices_are_only_theirs(
    connection: Connection, raw: redis.Redis
) -> None:
    """A key of another type is an error in its place, a value that is not ours counts as absent."""
    choices = RedisChoices(connection, KEYS)
    choices.set("a", {"gpc": True})
    raw.set(KEYS.choices("b"), b"not ours")
    raw.lpush(KEYS.choices("c"), "not ours")
    first, second, third = choices.get_many(["a", "b", "c"])
    assert (first, second) == ({"gpc": True}, None)
    assert isinstance(third, Unreachable)
    assert third.why == "wrong_type"
    (alone,) = choices.get_many(["c"])
    assert isinstance(alone, Unreachable)

"""What is reckoned from a value that was read before is what Redis itself would have said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.places import START, cap
from contract.twins import KEYS, Telling, Twins
from guardrail.caps import CapRequest
from guardrail.caps import redis as module
from guardrail.connection import Connection

COMPILED = module.compiled is not None
SHARED = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
KINDS = [(1, 10, 0), (2, 10, 0), (3, 60, 7), (0, 0, 10), (5, 1, 0), (20, 3600, 1), (None, 90, 0)]
KINDS += [(0, 60, 0), (40, 60, 0), (9, 0, 0)]

requests = st.builds(
    lambda name, kind, enforced: CapRequest(
        name, f"{name}{kind}{enforced}", *KINDS[kind], enforced
    ),
    st.sampled_from("abcd"),
    st.integers(0, len(KINDS) - 1),
    st.booleans(),
)
asks_of_caps = st.lists(
    st.lists(requests, max_size=5, unique_by=lambda one: one.counter), min_size=1, max_size=20
)


def with_changed(asks: list[list[CapRequest]], kind: int) -> list[list[CapRequest]]:
    """Every second one also has a cap whose terms are others from batch to batch."""
    more = CapRequest("changed", "changed", *KINDS[kind])
    return [[more, *ask] if k % 2 else ask for k, ask in enumerate(asks)]


# Few batches have several kinds of cap on one counter; these are left to the script.
batches = st.one_of(
    asks_of_caps,
    st.builds(with_changed, asks_of_caps, st.integers(0, len(KINDS) - 1)),
    st.lists(
        st.lists(
            st.builds(lambda k: CapRequest("mixed", "mixed", *KINDS[k]), st.integers(0, 9)),
            max_size=2,
        ),
        max_size=4,
    ),
)
steps = st.sampled_from(
    [0, 0, 1, 999, 1000, 1001, 6999, 7000, 9_999, 10_000, 59_999, 60_000, 89_999, 3_600_000, -500]
)
calls = st.tuples(
    st.sampled_from(["fresh"] * 6 + ["stale", "nothing", "release", "erase", "look"]),
    batches,
    steps,
    st.integers(0, 100),
)


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as made:
        yield made


@pytest.fixture
def twins(connection: Connection, client: redis.Redis) -> Twins:
    return Twins(connection, client)


@SHARED
@given(st.lists(calls, max_size=14))
def test_answers_and_bytes_are_those_of_the_script(
    connection: Connection, client: redis.Redis, sequence: list[Any]
) -> None:
    """Whatever is asked, given back or erased, and however old what was read is."""
    twins, now, taken = Twins(connection, client), START, []
    for call, asks, step, pick in sequence:
        now += step
        if call == "release" and taken:
            twins.release(taken[pick % len(taken)])
        elif call == "erase":
            twins.erase()
        else:
            packed = {"stale": twins.values[pick % len(twins.values)], "nothing": b""}.get(
                call, twins.values[-1]
            )
            both = twins.reserve(asks, packed, now_ms=now, count=call != "look")
            taken.append(both)
            if call == "look":
                taken.pop()


@SHARED
@given(st.lists(st.tuples(calls, st.integers(0, 9000)), max_size=14))
def test_what_is_reckoned_some_seconds_early_answers_the_same(
    connection: Connection, client: redis.Redis, sequence: list[Any]
) -> None:
    """To the second until a cap permits again; what is over may stay until the next write."""
    twins, now, taken = Twins(connection, client, exact=False), START, []
    for (call, asks, step, pick), early_by in sequence:
        now += max(step, 0)
        twins.ahead.early_by = early_by
        if call == "release" and taken:
            twins.release(taken[pick % len(taken)])
        else:
            taken.append(twins.reserve(asks, twins.values[-1], now_ms=now))


def test_it_holds_for_most_of_what_a_shop_asks(twins: Twins) -> None:
    """New counters and held ones, refused and watched asks, what is over and what is new again."""
    turns = 60
    for turn in range(turns):
        asks = [
            [
                cap(f"item {(turn * 7 + k) % 90}", 9, 600),
                cap(f"campaign {k % 11}", 40, 300),
                cap(f"advertiser {k % 5}", 3, 60, cooldown=4, enforced=k % 5 > 1),
                cap("surface", 70, 60),
            ]
            for k in range(20)
        ]
        twins.reserve(asks, twins.values[-1], now_ms=START + turn * 7_300)
    assert twins.ahead.held == (turns if COMPILED else 0)


def test_nothing_is_read_or_reckoned_there(twins: Twins, client: redis.Redis) -> None:
    """One call, whatever is held: the tag is compared and the value set."""
    asks = [[cap(f"rule {n} {k}", 9, 3600) for n in range(5)] for k in range(50)]
    name = twins.names[0]
    for _ in range(2):
        twins.ahead.reserve(name, asks)
    packed = twins.read(name)
    client.config_resetstat()
    twins.ahead.reserve(name, asks, packed=packed)
    stats: Any = client.info("commandstats")
    done = {name: said["calls"] for name, said in stats.items() if "config" not in name}
    once = ["evalsha", "getrange", "set", "time"] if COMPILED else ["evalsha", "get", "set", "time"]
    assert done == {f"cmdstat_{name}": 1 for name in once}


def test_where_nobody_may_be_shown_anything_nothing_is_written(
    twins: Twins, client: redis.Redis
) -> None:
    """What refuses all says so, and for how long."""
    twins.reserve([[cap("a", 1, 60)]], b"", now_ms=START)
    client.config_resetstat()
    both = twins.reserve([[cap("a", 1, 60)]], twins.values[-1], now_ms=START + 1500)
    assert both[0].grants == ((False, 0, 59),)
    assert "cmdstat_set" not in client.info("commandstats")
    twins.reserve([[cap("a", 1, 60)]], twins.values[-1], now_ms=START + 59_999)
    twins.reserve([[cap("a", 1, 60)]], twins.values[-1], now_ms=START + 60_000)
    assert twins.ahead.held == (4 if COMPILED else 0)


@pytest.mark.parametrize("ahead_ms", [-(10**9), -70_000, -900, 0, 900, 100_000, 10**9])
def test_no_clock_here_decides_anything(
    connection: Connection, client: redis.Redis, ahead_ms: int
) -> None:
    """A machine whose clock is wrong gets what Redis's own time says, in the longer way."""
    seconds, micros = client.time()  # type: ignore[misc]
    here = seconds * 1000 + micros // 1000 + ahead_ms
    twins = Twins(connection, client, here=lambda: here)
    name, plain = twins.names
    asks = [[cap("a", 2, 3600, cooldown=0)], [cap("b", 9, 3600, cooldown=30)], [cap("c", 9)]]
    for k in range(4):
        got = twins.ahead.reserve(name, asks, packed=twins.read(name))
        expected = twins.plain.reserve(plain, asks)
        told, other = got.grants, expected.grants
        assert [one.granted for one in told] == [one.granted for one in other]
        assert [one.granted for one in told] == [k < 2, k < 1, True]
        waits = zip([one.retry_after or 0 for one in told], other, strict=True)
        assert all(abs(wait - (one.retry_after or 0)) <= 1 for wait, one in waits)
    asked = [("a", 3600), ("b", 3600), ("c", 60)]
    assert twins.ahead.counts(name, asked) == twins.plain.counts(plain, asked) == [2, 1, 4]
    assert twins.ahead.held > 0 if COMPILED and -50_000 < ahead_ms < 1000 else twins.ahead.held == 0


def test_what_was_granted_meanwhile_counts(twins: Twins) -> None:
    """The last impression went to another tab while this one was judged."""
    ask = [[cap("a", 2, 60)]]
    twins.reserve(ask, b"", now_ms=START)
    before = twins.values[-1]
    twins.reserve(ask, before, now_ms=START + 1)
    (grant,) = twins.reserve(ask, before, now_ms=START + 2)[0].grants
    assert grant == (False, 0, 60)
    twins.erase()
    (grant,) = twins.reserve(ask, before, now_ms=START + 3)[0].grants
    assert grant.granted
    assert twins.ahead.held == (2 if COMPILED else 0)


def test_a_value_of_before_the_key_expired_is_not_brought_back(
    twins: Twins, client: redis.Redis
) -> None:
    """What Redis let go of is gone."""
    ask = [[cap("a", 2, 60)]]
    twins.reserve(ask, b"", now_ms=START)
    for name in twins.names:
        client.delete(KEYS.caps(name))
    twins.reserve(ask, twins.values[-1], now_ms=START + 1)
    assert twins.ahead.counts(twins.names[0], [("a", 60)], now_ms=START + 1) == [1]


def test_several_secrets_are_left_to_the_script(connection: Connection) -> None:
    """Counters of a previous secret may be held, under other names."""
    keys = type(KEYS)("new,one")
    ledger = Telling(connection, keys)
    assert ledger.reserve(keys.identity("c"), [[cap("a")]], packed=b"").grants[0].granted
    assert ledger.held == 0


def test_a_key_of_another_type_is_an_error(twins: Twins, client: redis.Redis) -> None:
    """As without anything read."""
    client.hset(KEYS.caps(twins.names[0]), "field", "value")
    with pytest.raises(module.LedgerError, match="another type"):
        twins.ahead.reserve(twins.names[0], [[cap("a")]], packed=b"")


def test_a_server_that_forgot_the_script_is_told_again(twins: Twins, client: redis.Redis) -> None:
    """With what was reckoned."""
    twins.reserve([[cap("a", 9)]], b"", now_ms=START)
    client.script_flush()
    twins.reserve([[cap("a", 9)]], twins.values[-1], now_ms=START)
    assert twins.ahead.held == (2 if COMPILED else 0)

"""What can't be reckoned is left to the script: bounds, and values that are none of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.places import START, cap
from contract.twins import KEYS, Twins, without_tag
from guardrail.caps import redis as module
from guardrail.connection import Connection

COMPILED = module.compiled is not None


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as made:
        yield made


@pytest.fixture
def twins(connection: Connection, client: redis.Redis) -> Twins:
    return Twins(connection, client)


def test_moments_are_numbered_round_and_round(twins: Twins) -> None:
    """Past the four thousand and ninety-sixth, with what is over taken out on the way."""
    for k in range(4200):
        asks = [[cap("a", 20, 5), cap(f"{k % 3}", 20, 4)]]
        now = START + k * 1000
        twins.ahead.reserve(twins.names[0], asks, packed=twins.values[-1], now_ms=now)
        twins.values = [twins.read(twins.names[0])]
        if k % 60 == 0:
            twins.plain.reserve(twins.names[1], asks, now_ms=now)
    asked = [("a", 5), ("0", 4), ("1", 4), ("2", 4)]
    last = START + 4199 * 1000
    assert twins.ahead.counts(twins.names[0], asked, now_ms=last) == [5, 1, 1, 2]
    assert twins.ahead.held == (4200 if COMPILED else 0)


def test_too_many_windows_are_left_to_the_script(twins: Twins) -> None:
    """A sixteenth is kept as long as the next longer one."""
    for k in range(1, 20):
        asks = [[cap(f"{k}", 9, 100 * k)], [cap("again", 9, 3000)]]
        twins.reserve(asks, twins.values[-1], now_ms=START + k)
    assert twins.ahead.held == (14 if COMPILED else 0)


def test_a_customer_near_the_bounds_is_left_to_the_script(twins: Twins) -> None:
    """It knows what there is still room for."""
    for k in range(9):
        asks = [[cap(f"{k} {n}", 9, 3600)] for n in range(500)]
        twins.reserve(asks, twins.values[-1], now_ms=START + k)
    assert twins.ahead.held == (8 if COMPILED else 0)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.integers(0, 15), st.integers(0, 2**16), st.integers(0, 40))
def test_no_bytes_make_it_fail(
    connection: Connection,
    client: redis.Redis,
    tail: bytes,
    retentions: int,
    moments: int,
    singles: int,
) -> None:
    """Whatever stands at the key, the script says what comes of it."""
    twins = Twins(connection, client)
    counted = ((moments % 50) << 26 | singles).to_bytes(5)
    for raw in (tail, bytes([0x30 | retentions]) + counted + bytes(8) + tail):
        for name in twins.names:
            client.set(KEYS.caps(name), raw)
        try:
            second = twins.plain.reserve(twins.names[1], [[cap("a", 3)]] * 4, now_ms=START)
        except module.LedgerError:
            second = None
        first = None
        try:
            first = twins.ahead.reserve(
                twins.names[0], [[cap("a", 3)]] * 4, now_ms=START, packed=raw
            )
        except module.LedgerError:
            assert second is None
        if first is not None and second is not None:
            assert first.grants == second.grants
            one, other = map(twins.read, twins.names)
            assert without_tag(one) == without_tag(other)


def reckon(packed: bytes, asks: bytes = b"[[1,2],[1,3]]", now: int = START) -> Any:
    """Three counters under two caps; without Redis."""
    specs = [(40, 600, 0, 1), (1, 30, 5, 0)]
    codes = b"111112222233333"
    return module.compiled.reckon(packed, asks, [(1, 2, 1), (2, 1, 2)], specs, codes, now, now, 7)


def value_of(reckoned: Any, now: int) -> bytes:
    """What the script makes of it."""
    _, batch, _, _, first, least, last, longest, _ = msgspec.json.decode(reckoned.said)
    ends = min(first, now + least).to_bytes(6), max(last, now + longest).to_bytes(6)
    head, middle, records = reckoned.parts
    stamp = (now * 64 + batch).to_bytes(6)
    return b"".join((head, b"new  tag", *ends, middle, stamp, records))


@pytest.mark.skipif(not COMPILED, reason="it is checked where it is compiled")
@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6),
    st.integers(0, 400),
    st.binary(max_size=30),
    st.integers(-4_000_000, 4_000_000),
)
def test_a_damaged_value_is_none_or_another(
    changes: list[tuple[int, int]], length: int, more: bytes, later: int
) -> None:
    """Whatever bytes are others, are gone or too many: it never reads or writes beyond its own."""
    value = b""
    for k in range(12):
        value = value_of(reckon(value, now=START + k * 40_000), START + k * 40_000)
    damaged = bytearray(value)
    for at, byte in changes:
        damaged[at % len(damaged)] = byte
    found = reckon(bytes(damaged[:length]) + more, now=START + later)
    if found is not None and found.parts:
        assert len(value_of(found, START)) <= 400 + 30 + 40
        assert found.answer(START + later)[0] == START + later


@pytest.mark.skipif(not COMPILED, reason="it is checked where it is compiled")
@pytest.mark.parametrize("asks", [b"", b"[", b"[[1,2]", b"[1,2]", b"[[4]]", b"[[-1]]", b"[[99]"])
def test_asks_that_are_none_are_refused(asks: bytes) -> None:
    """A counter that is none of them, an ask without an end: there is nothing beyond to read."""
    tight = value_of(reckon(b""), START)
    assert reckon(tight, b"[[1,2],[1,3]]", START + 1).answer(START + 1) != [START + 1]
    assert reckon(tight, asks, START + 1) is None

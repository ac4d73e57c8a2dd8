"""How the Redis ledger keeps impressions: small, unreadable, and not for longer than needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis

from contract.places import START, cap
from guardrail.caps import LedgerError, RedisLedger
from guardrail.choices import RedisChoices
from guardrail.connection import Connection, Script
from guardrail.keys import Keys

KEYS = Keys("one")
WHO = KEYS.pseudonym("customer-1001")
WHERE = KEYS.caps(WHO)
CODE = KEYS.counter("a")[0]


@pytest.fixture
def raw(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def ledger(connection: Connection) -> RedisLedger:
    return RedisLedger(connection, KEYS)


def head(retentions: int, moments: int, singles: int = 0, version: int = 3) -> bytes:
    """The first 26 bytes of a value in which nothing has expired yet."""
    counted = (moments << 26 | singles).to_bytes(5)
    return bytes([version << 4 | retentions]) + counted + bytes(8) + b"\xff" * 12


def bounded(connection: Connection, bounds: str) -> RedisLedger:
    """A ledger whose bounds (moments, entries, retentions) are reached quickly."""
    ledger = RedisLedger(connection, KEYS)
    for name in ("_reserve", "_release", "_counts"):
        text = getattr(ledger, name).text
        assert ", 4096, 4000, 15\n" in text
        setattr(ledger, name, Script(text.replace(", 4096, 4000, 15\n", f", {bounds}\n")))
    return ledger


def test_a_counter_costs_at_most_14_bytes(ledger: RedisLedger, raw: redis.Redis) -> None:
    """Two hundred counters of one response, all of the key's cost counted."""
    ledger.reserve(WHO, [[cap(f"rule|{k}", 3, 86_400)] for k in range(200)], now_ms=START)
    assert raw.memory_usage(WHERE) / 200 <= 14


def test_a_counter_costs_at_most_20_bytes_at_worst(ledger: RedisLedger, raw: redis.Redis) -> None:
    """Two hundred counters, each counted at a moment of its own."""
    for k in range(200):
        ledger.reserve(WHO, [[cap(f"rule|{k}", 3, 86_400)]], now_ms=START + k)
    assert raw.memory_usage(WHERE) / 200 <= 20


def test_one_trip_reserves_whatever_is_asked(ledger: RedisLedger, raw: redis.Redis) -> None:
    """Fifty items under five caps are one call of one script."""
    asks = [[cap(f"rule-{n}|{k}", 3, 3600) for n in range(5)] for k in range(50)]
    ledger.reserve(WHO, asks)
    raw.config_resetstat()
    ledger.reserve(WHO, asks)
    stats: Any = raw.info("commandstats")
    from_us = {name: said["calls"] for name, said in stats.items() if "config" not in name}
    assert from_us == {"cmdstat_evalsha": 1, **dict.fromkeys(inside(from_us), 1)}


def inside(stats: dict[str, int]) -> set[str]:
    """What a script itself calls; each counts once, however much is asked."""
    return {"cmdstat_time", "cmdstat_get", "cmdstat_set"} & set(stats)


def test_a_server_that_forgot_the_script_is_told_again(
    ledger: RedisLedger, raw: redis.Redis
) -> None:
    """After a restart or SCRIPT FLUSH the call goes through all the same."""
    ledger.reserve(WHO, [[cap("a", 9)]])
    raw.script_flush()
    assert ledger.reserve(WHO, [[cap("a", 9)]]).grants[0].granted
    raw.script_flush()
    renewed = Keys("two,one")
    after = RedisLedger(ledger._connection, renewed)
    assert after.counts(renewed.identity("customer-1001"), [("a", 60)]) == [2]


def test_nothing_readable_is_stored(
    connection: Connection, ledger: RedisLedger, raw: redis.Redis
) -> None:
    """Neither key nor value names the customer, an item, a rule or a category."""
    identity = KEYS.identity("customer-1001")
    asks = [[cap("health-pregnancy|health.pregnancy|sku-1", 3)]]
    ledger.reserve(identity, asks)
    choices = RedisChoices(connection, KEYS)
    choices.set(identity, {"topics_off": ["health.pregnancy"], "tolerance": "strict"})
    dump = b"\n".join(raw.scan_iter())
    dump += b"".join(raw.get(key) or b"" for key in raw.scan_iter())  # type: ignore[misc]
    for word in ("customer", "1001", "health", "pregnancy", "sku", "rule", "topics", "strict"):
        assert word.encode() not in dump


def test_the_secret_decides_how_it_looks(ledger: RedisLedger, raw: redis.Redis) -> None:
    """The same counter under another secret is other bytes, so a list of guesses finds nothing."""
    ledger.reserve(WHO, [[cap("a")]], now_ms=START)
    RedisLedger(ledger._connection, Keys("two")).reserve("other", [[cap("a")]], now_ms=START)
    mine, other = raw.get(WHERE), raw.get(KEYS.caps("other"))
    assert isinstance(mine, bytes)
    assert isinstance(other, bytes)
    assert KEYS.counter("a")[0] in mine
    assert KEYS.counter("a")[0] not in other


def test_every_key_lives_as_long_as_its_longest_need(
    connection: Connection, ledger: RedisLedger, raw: redis.Redis
) -> None:
    """Window and cooldown decide; a shorter later cap does not shorten it."""
    ledger.reserve(WHO, [[cap("a", 1, 60), cap("b", 1, 10, cooldown=3600)]], now_ms=START)
    ledger.reserve(WHO, [[cap("c", 1, 5)]], now_ms=START + 1_000_000)
    assert 2_590_000 <= raw.pttl(WHERE) <= 2_600_000
    RedisChoices(connection, KEYS).set(WHO, {"gpc": True})
    assert all(raw.pttl(key) > 0 for key in raw.scan_iter())


def test_a_release_keeps_the_remaining_life(ledger: RedisLedger, raw: redis.Redis) -> None:
    """And the last one removes the key."""
    first = ledger.reserve(WHO, [[cap("a", 9)]], now_ms=START)
    second = ledger.reserve(WHO, [[cap("a", 9)]], now_ms=START)
    ledger.release(first)
    assert 0 < raw.pttl(WHERE) <= 60_000
    ledger.release(second)
    assert not raw.exists(WHERE)


def test_what_is_over_is_pruned_with_the_next_write(ledger: RedisLedger, raw: redis.Redis) -> None:
    """A hundred stale counters make room for one new."""
    ledger.reserve(WHO, [[cap(f"{k}", 1, 60)] for k in range(100)], now_ms=START)
    ledger.reserve(WHO, [[cap("stays", 1, 120)]], now_ms=START)
    full = raw.strlen(WHERE)
    ledger.reserve(WHO, [[cap("new", 1, 60)]], now_ms=START + 60_000)
    assert full > 900
    assert raw.strlen(WHERE) < 80
    asked = [("stays", 120), ("new", 60), ("7", 60)]
    assert ledger.counts(WHO, asked, now_ms=START + 60_000) == [1, 1, 0]


def test_a_retention_that_can_not_be_kept_apart_is_kept_longer(connection: Connection) -> None:
    """With room for three durations a fourth shares the next longer one, or becomes the longest."""
    ledger = bounded(connection, "4096, 4000, 3")
    for window in (60, 50, 70, 55, 90):
        ledger.reserve(WHO, [[cap(f"{window}", 1, window)]], now_ms=START)
    asked = [(f"{window}", window) for window in (60, 50, 70, 55, 90)]
    assert ledger.counts(WHO, asked, now_ms=START + 49_999) == [1] * 5
    assert ledger.counts(WHO, asked, now_ms=START + 69_999) == [0, 0, 1, 0, 1]
    assert ledger.counts(WHO, asked, now_ms=START + 89_999) == [0, 0, 0, 0, 1]


def test_too_many_moments_withhold_rather_than_grant(connection: Connection) -> None:
    """The newest moment moves up, so the cap binds for longer and never grants too much."""
    ledger = bounded(connection, "5, 4000, 15")
    for k in range(9):
        ledger.reserve(WHO, [[cap("a", 20, 60)], [cap(f"{k}", 20, 60)]], now_ms=START + k * 1000)
    assert ledger.counts(WHO, [("a", 60), ("8", 60)], now_ms=START + 8000) == [9, 1]
    assert ledger.counts(WHO, [("a", 60)], now_ms=START + 67_999) == [5]
    early = ledger.reserve(WHO, [[cap("a", 20, 60)]], now_ms=START)
    assert early.grants[0].granted
    assert ledger.counts(WHO, [("a", 60)], now_ms=START + 67_999) == [6]
    assert ledger.counts(WHO, [("a", 60)], now_ms=START + 68_000) == [0]


def test_moments_are_numbered_round_and_round(connection: Connection, raw: redis.Redis) -> None:
    """Whoever comes every day for years has a string that stays small and counts right."""
    ledger = bounded(connection, "8, 4000, 15")
    for k in range(40):
        now = START + k * 1000
        asks = [[cap("a", 20, 5)], [cap("b", 20, 3)], [cap(f"{k % 3}", 20, 4)]]
        ledger.reserve(WHO, asks, now_ms=now)
        asked = [("a", 5), ("b", 3), (f"{k % 3}", 4)]
        expected = [min(k + 1, 5), min(k + 1, 3), 1 + (k >= 3)]
        assert ledger.counts(WHO, asked, now_ms=now) == expected
        assert raw.strlen(WHERE) < 128


def test_too_many_entries_drop_the_oldest(connection: Connection) -> None:
    """A cooldown with a long window counts on and on; the newest stay."""
    ledger = bounded(connection, "4096, 6, 15")
    for k in range(9):
        ledger.reserve(WHO, [[cap("a", 0, 3600, cooldown=1)]], now_ms=START + k * 1000)
    assert ledger.counts(WHO, [("a", 3600), ("a", 5)], now_ms=START + 8000) == [6, 5]


@pytest.mark.parametrize(
    "damage",
    [
        b"garbage",
        b"\x30",
        head(0, 0, version=1) + b"\0" * 22,
        head(0, 0) + b"\xff" * 3,
        head(1, 0) + b"\0" * 4 + b"\x00\x01" + CODE + b"\0\0",
        head(0, 1) + b"\0" * 6 + b"\x00\x01" + CODE + b"\0\0",
        head(1, 1) + b"\0" * 10 + b"\x00\x00" + CODE,
        head(1, 0, 1) + b"\0" * 4 + b"\x00\x01" + CODE + b"\0\0",
        head(0, 1, 1) + b"\0" * 6 + b"\x00\x01" + CODE + b"\0\0",
        head(1, 1, 1) + b"\0" * 10 + b"\x00\x02" + CODE + b"\0\0",
        head(1, 1, 3) + b"\0" * 10 + b"\x00\x01" + CODE + b"\0\0",
    ],
    ids=[
        "text",
        "short",
        "version",
        "cut",
        "no moment",
        "no retention",
        "no entries",
        "a single one without a moment",
        "a single one without a retention",
        "a single one of two entries",
        "fewer single ones",
    ],
)
def test_a_damaged_value_is_dropped_and_written_anew(
    ledger: RedisLedger, raw: redis.Redis, damage: bytes
) -> None:
    """Counting starts again; a value that is not ours stops nobody's page."""
    raw.set(WHERE, damage)
    assert ledger.counts(WHO, [("a", 60)], now_ms=START) == [0]
    assert ledger.reserve(WHO, [[cap("a", 0)]], now_ms=START).grants[0].granted is False
    assert not raw.exists(WHERE)
    raw.set(WHERE, damage)
    reservation = ledger.reserve(WHO, [[cap("a")]], now_ms=START)
    assert reservation.grants[0].granted
    assert ledger.counts(WHO, [("a", 60)], now_ms=START) == [1]
    raw.set(WHERE, damage)
    ledger.release(reservation)
    assert ledger.counts(WHO, [("a", 60)], now_ms=START) == [0]


def test_bytes_that_only_look_like_a_counter_are_none(
    ledger: RedisLedger, raw: redis.Redis
) -> None:
    """They may stand across two members of a record; the counter itself may come after them."""
    before = b"\x00\x01" + b"zz" + CODE[:3] + CODE[3:]
    itself = b"\x00\x01" + CODE + b"\0\0"
    moment = (START * 64).to_bytes(6)
    for records, granted in ((before, True), (before + itself, False), (itself + before, False)):
        top = head(1, 1, len(records) // 9) + (60).to_bytes(4) + moment
        raw.set(WHERE, top + records)
        assert ledger.reserve(WHO, [[cap("a", 1)]], now_ms=START).grants[0].granted is granted


def test_counters_that_come_again_in_any_order_are_counted_on(
    ledger: RedisLedger, raw: redis.Redis
) -> None:
    """Of a hundred, some are counted again and others for the first time, in other orders."""
    names = [f"rule|{k}" for k in range(100)]
    expected = dict.fromkeys(names, 0)
    for turn, some in enumerate((names[:60], names[80:20:-3], names[::7], names[::-1], names[:9])):
        at = START + turn * 1000
        ledger.reserve(WHO, [[cap(name, 9)] for name in some], now_ms=at)
        for name in some:
            expected[name] += 1
        counted = ledger.counts(WHO, [(name, 60) for name in names], now_ms=at)
        assert dict(zip(names, counted, strict=True)) == expected
        said = ledger.seen_in(raw.get(WHERE), at)  # type: ignore[arg-type]
        assert {name: said(name, 60) for name in names} == expected


def test_a_key_of_another_type_is_an_error(ledger: RedisLedger, raw: redis.Redis) -> None:
    """It is somebody else's, so it is neither read nor removed, and the text names no customer."""
    raw.hset(WHERE, "field", "value")
    elsewhere = ledger.reserve("other", [[cap("a")]])
    for ask in (
        lambda: ledger.reserve(WHO, [[cap("a")]]),
        lambda: ledger.counts(WHO, [("a", 60)]),
        lambda: ledger.release(elsewhere._replace(customer=WHO)),
    ):
        with pytest.raises(LedgerError, match="another type") as caught:
            ask()
        assert WHO not in str(caught.value)
    assert raw.hget(WHERE, "field") == b"value"


def test_the_server_s_own_time_is_used(ledger: RedisLedger, raw: redis.Redis) -> None:
    """Without a clock or a moment it is Redis that says when."""
    seconds, _ = raw.time()  # type: ignore[misc]
    taken = ledger.reserve(WHO, [[cap("a")]]).taken
    assert abs(taken[0][1] - seconds * 1000) < 60_000
    assert ledger.counts(WHO, [("a", 60)]) == [1]

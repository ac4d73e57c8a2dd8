"""Counts of all processes in Redis: exact over failures, unreadable in keys, gone after 8 days."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from guardrail.connection import Unreachable
from guardrail.keys import Keys
from guardrail.model import Decision, Finding, Verdict
from guardrail.record import RedisCounters
from guardrail.record import redis as module
from record.moody import Moody

HOUR = 3_600_000
AT = 498_706 * HOUR
DAYS_8 = 8 * 24 * 3600


def decision(at_ms: int = AT, surface: str = "home", rule: str = "health-pregnancy") -> Decision:
    finding = Finding(rule=rule, concern="subject", weight=60.0, because="x")
    item = Verdict(id="sku", verdict="suppress", findings=(finding,))
    return Decision("d", "sha256:0", surface, "enforce", at_ms, "guarded", items=(item,))


def suppressed(counters: RedisCounters, since_ms: int = AT, to_ms: int = AT + HOUR) -> int:
    surfaces = counters.stats(since_ms, to_ms).surfaces
    return surfaces.get("home", {}).get("enforce", {}).get("suppress", 0)


def test_the_sum_of_all_processes_is_read_back(connection: Moody, keys: Keys) -> None:
    """Two writers, one of whom reads; nothing is seen before it is flushed."""
    one, two = RedisCounters(connection, keys), RedisCounters(connection, keys)
    for counters in (one, one, two):
        counters.add(decision())
    assert suppressed(one) == 0
    assert one.flush(AT)
    assert two.flush(AT)
    assert suppressed(one) == suppressed(two) == 3
    stats = one.stats(AT, AT)
    assert stats.rules == {"health-pregnancy": {"enforce": {"suppress": 3}}}
    assert stats.outcomes == {"home": {"guarded": 3}}


def test_nothing_to_write_asks_nothing_of_redis(connection: Moody, keys: Keys) -> None:
    """A quiet worker makes no traffic."""
    assert RedisCounters(connection, keys).flush(AT)
    assert connection.sent == 0


def test_only_the_minutes_asked_for_are_summed(connection: Moody, keys: Keys) -> None:
    """Over the edges of hours, both ends counted."""
    counters = RedisCounters(connection, keys)
    for minutes in (-61, -60, -1, 0, 1):
        counters.add(decision(AT + minutes * 60_000))
    counters.flush(AT)
    assert suppressed(counters, AT - 60 * 60_000, AT) == 3
    assert suppressed(counters, AT, AT + 59_999) == 1
    assert suppressed(counters, AT - 30 * HOUR, AT + HOUR) == 5


def test_asking_for_all_time_reads_eight_days(connection: Moody, keys: Keys) -> None:
    """Counts live no longer, and the beginning of what was read is told."""
    counters = RedisCounters(connection, keys)
    counters.add(decision())
    counters.flush(AT)
    stats = counters.stats(0, AT)
    assert stats.from_ms == AT - 8 * 24 * HOUR
    assert stats.surfaces == {"home": {"enforce": {"suppress": 1}}}
    assert connection.sent == 1 + 1 + 9


def test_no_name_stands_in_a_key_or_a_field(connection: Moody, keys: Keys) -> None:
    """Who lists keys and fields learns neither rule nor surface nor verdict."""
    counters = RedisCounters(connection, keys)
    counters.add(decision())
    counters.flush(AT)
    client = connection._client
    names: list[bytes] = list(client.scan_iter(f"{keys.prefix}*"))
    assert len(names) == 2
    for key in list(names):
        names += client.hkeys(key)
    for word in (b"health", b"pregnancy", b"home", b"suppress", b"guarded"):
        assert not [name for name in names if word in name]


def test_everything_expires_after_eight_days(connection: Moody, keys: Keys) -> None:
    """Written anew with every flush."""
    counters = RedisCounters(connection, keys)
    client = connection._client
    for _ in range(2):
        counters.add(decision())
        counters.flush(AT)
        for key in (keys.stats(AT // HOUR), keys.stats_names()):
            assert DAYS_8 - 60 < client.ttl(key) <= DAYS_8
            client.expire(key, 5)


def test_what_could_not_be_written_is_written_later(connection: Moody, keys: Keys) -> None:
    """A flush that fails says so and keeps the counts beside the new ones."""
    counters = RedisCounters(connection, keys)
    counters.add(decision())
    connection.mood = "down"
    assert not counters.flush(AT)
    counters.add(decision())
    assert not counters.flush(AT)
    with pytest.raises(Unreachable):
        counters.stats(AT, AT)
    connection.mood = "fine"
    assert counters.flush(AT)
    assert suppressed(counters) == 2
    assert counters.flush(AT)
    assert suppressed(counters) == 2


def test_a_lost_answer_counts_nothing_twice(connection: Moody, keys: Keys) -> None:
    """Redis counted, the answer came too late, the same counts are sent again: still once."""
    counters = RedisCounters(connection, keys)
    counters.add(decision())
    counters.add(decision(AT - HOUR))
    connection.mood = "forgetful"
    for _ in range(3):
        assert not counters.flush(AT)
    counters.add(decision())
    connection.mood = "fine"
    assert counters.flush(AT)
    assert suppressed(counters, AT - HOUR) == 3


def test_many_counts_go_in_several_parcels(
    connection: Moody, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One script call must not hold Redis for long; the sum is the same."""
    monkeypatch.setattr(module, "CELLS_PER_PARCEL", 4)
    counters = RedisCounters(connection, keys)
    for n in range(10):
        counters.add(decision(rule=f"rule-{n}"))
    counters.flush(AT)
    assert connection.sent == 3
    assert suppressed(counters) == 10
    assert len(counters.stats(AT, AT).rules) == 10


def test_what_somebody_else_wrote_is_left_out(connection: Moody, keys: Keys) -> None:
    """Fields without a name, names that are no cell, a sender's own field."""
    counters = RedisCounters(connection, keys)
    counters.add(decision())
    counters.flush(AT)
    client = connection._client
    minute = AT // 60_000
    client.hset(
        keys.stats(AT // HOUR),
        mapping={f"{minute}:beef": 7, "x:y": 1, f"{minute}:bad": 3, b"\xff": 1},
    )
    client.hset(keys.stats_names(), mapping={"bad": "[1, 2]", "worse": "{", "worst": b'["\xff"]'})
    assert suppressed(counters) == 1


def test_counts_that_no_page_knows_do_not_stop_the_others(connection: Moody, keys: Keys) -> None:
    """A later version may count more; what this one does not know it leaves out."""
    counters = RedisCounters(connection, keys)
    counters.add(decision())
    counters.flush(AT)
    client = connection._client
    client.hset(keys.stats_names(), "new", '["clicks","home","","",""]')
    client.hset(keys.stats(AT // HOUR), f"{AT // 60_000}:new", 9)
    assert suppressed(counters) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_does_not_write_its_parents_counts() -> None:
    """With a preloading server the same counts would else be written by every worker."""
    script = """
import os, sys, fakeredis
from guardrail.connection import Connection
from guardrail.keys import Keys
from guardrail.model import Decision
from guardrail.record import RedisCounters

counters = RedisCounters(Connection(fakeredis.FakeRedis()), Keys("x" * 16))
gone = RedisCounters(Connection(fakeredis.FakeRedis()), Keys("x" * 16))
del gone
one = Decision("d", "r", "home", "enforce", 60_000, "guarded")
counters.add(one)
child = os.fork()
if child == 0:
    counters.add(one)
    counters.add(one)
counters.flush(0)
os.write(1, b"%d\\n" % counters.stats(0, 60_000).outcomes["home"]["guarded"])
if child:
    os.waitpid(child, 0)
"""
    root = Path(__file__).parents[2]
    ran: Any = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", script],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(ran.stdout.split()) == ["1", "2"]

"""What a ledger and choices do while Redis is gone, slow, full or not ours to write."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import redis
from redis_server import RedisServer

from contract.places import START, cap
from guardrail.caps import LedgerError, RedisLedger
from guardrail.choices import RedisChoices
from guardrail.connection import Connection, Unreachable, connect
from guardrail.keys import Keys


class Clock:
    """Seconds that a test moves by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(redis_server: RedisServer) -> RedisServer:
    if not redis_server.ours:
        pytest.skip("the server of GUARDRAIL_TEST_REDIS_URL is not ours to stop or change")
    return redis_server


@pytest.fixture
def connection(server: RedisServer, clock: Clock) -> Iterator[Connection]:
    made = connect(server.url, 0.05, clock=clock)
    yield made
    made.close()


@pytest.fixture
def ledger(connection: Connection) -> RedisLedger:
    return RedisLedger(connection, Keys("one"))


@pytest.fixture
def raw(server: RedisServer) -> Iterator[redis.Redis]:
    with server.client() as client:
        yield client


def test_a_stopped_server_is_an_error_and_a_started_one_is_found_again(
    server: RedisServer, ledger: RedisLedger, connection: Connection, clock: Clock
) -> None:
    """After three failures nothing is asked for a second, then one probe tells."""
    ledger.reserve("c", [[cap("a")]], now_ms=START)
    server.stop()
    for _ in range(3):
        with pytest.raises(LedgerError, match="refused"):
            ledger.reserve("c", [[cap("a")]], now_ms=START)
    server.start()
    with pytest.raises(LedgerError, match="open"):
        ledger.counts("c", [("a", 60)], now_ms=START)
    assert connection.breaker.state(clock()) == "open"
    clock.now = 1.0
    assert ledger.counts("c", [("a", 60)], now_ms=START) == [0]
    assert connection.breaker.state(clock()) == "closed"


def test_every_call_says_that_it_failed(server: RedisServer, ledger: RedisLedger) -> None:
    """Release and erase too; looking at nothing needs no server."""
    reservation = ledger.reserve("c", [[cap("a")]], now_ms=START)
    server.stop()
    with pytest.raises(LedgerError):
        ledger.release(reservation)
    with pytest.raises(LedgerError):
        ledger.erase("c")
    assert ledger.reserve("c", [[]]).grants[0].granted
    assert ledger.counts("c", []) == []


def test_choices_say_that_they_are_out_of_reach(
    server: RedisServer, connection: Connection
) -> None:
    """So that the guard can hold what is strictest meanwhile."""
    choices = RedisChoices(connection, Keys("one"))
    server.stop()
    with pytest.raises(Unreachable) as caught:
        choices.get("c")
    assert caught.value.why == "refused"


def test_a_server_that_does_not_answer_costs_a_bounded_time(
    server: RedisServer, ledger: RedisLedger
) -> None:
    """A frozen server is left after the timeout, several times 50 ms at the very most."""
    ledger.reserve("c", [[cap("a", 9)]], now_ms=START)
    server.freeze()
    began = time.monotonic()
    with pytest.raises(LedgerError, match="timeout"):
        ledger.reserve("c", [[cap("a", 9)]], now_ms=START)
    assert time.monotonic() - began < 2
    server.thaw()
    assert ledger.reserve("c", [[cap("a", 9)]], now_ms=START).grants[0].granted


def test_a_full_server_is_an_error(
    server: RedisServer, ledger: RedisLedger, raw: redis.Redis
) -> None:
    """Nothing is counted that could not be kept."""
    raw.config_set("maxmemory", "1")
    try:
        with pytest.raises(LedgerError, match="oom"):
            ledger.reserve("c", [[cap("a")]], now_ms=START)
    finally:
        raw.config_set("maxmemory", "0")
    assert ledger.counts("c", [("a", 60)], now_ms=START) == [0]


def test_a_replica_is_an_error(server: RedisServer, ledger: RedisLedger, raw: redis.Redis) -> None:
    """It can be read but not counted on."""
    raw.execute_command("REPLICAOF", "127.0.0.1", "1")
    try:
        assert ledger.counts("c", [("a", 60)], now_ms=START) == [0]
        with pytest.raises(LedgerError, match="readonly"):
            ledger.reserve("c", [[cap("a")]], now_ms=START)
    finally:
        raw.execute_command("REPLICAOF", "NO", "ONE")


def test_a_wrong_password_is_an_error_that_does_not_tell_it(
    server: RedisServer, raw: redis.Redis
) -> None:
    """Neither the text nor what stands behind it has the password."""
    raw.config_set("requirepass", "right")
    try:
        for url in (server.url.replace("unix://", "unix://:hunter2@"), server.url):
            wrong = connect(url, 1.0)
            with pytest.raises(Unreachable) as caught:
                wrong.call(lambda client: client.ping())
            wrong.close()
            assert caught.value.why == "denied"
            assert "hunter2" not in f"{caught.value!r} {wrong!r} {caught.value.__cause__}"
    finally:
        raw.execute_command("AUTH", "right")
        raw.config_set("requirepass", "")

"""Reservations that are asked for now and waited for later."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from redis_server import RedisServer

from contract.places import START, cap, read_ahead
from guardrail.caps import Ledger, LedgerError, RedisLedger
from guardrail.caps.redis import compiled
from guardrail.connection import Connection, connect
from guardrail.keys import Keys

ASK = [[cap("a", 1)]]
KEYS = Keys("one")


@pytest.fixture
def connection(redis_server: RedisServer) -> Iterator[Connection]:
    """A connection that has been used once, so that there is one to spare."""
    made = connect(redis_server.url, 0.5)
    made.call(lambda client: client.ping())
    yield made
    made.close()


def calls(server: RedisServer) -> int:
    """How many scripts the server has run."""
    with server.client() as client:
        return int(client.info("commandstats").get("cmdstat_evalsha", {"calls": 0})["calls"])


def test_it_takes_as_much_as_one_that_is_waited_for(ledger: Ledger) -> None:
    """The cap of one is used up by the first, on every ledger."""
    first = ledger.begin("c", ASK, now_ms=START)
    assert first().all_granted
    assert not ledger.begin("c", ASK, now_ms=START)().all_granted


def test_it_is_asked_for_before_anybody_waits(
    connection: Connection, redis_server: RedisServer
) -> None:
    """The server has done its work while the page is put together."""
    ledger = RedisLedger(connection, KEYS)
    ledger.reserve("c", ASK)
    before = calls(redis_server)
    begun = ledger.begin("d", ASK)
    while calls(redis_server) == before:
        pass
    assert begun().all_granted


def test_a_script_that_the_server_has_forgotten_is_told_again(
    connection: Connection, redis_server: RedisServer
) -> None:
    """A flush of scripts costs one more trip, and nothing is lost or counted twice."""
    ledger = RedisLedger(connection, KEYS)
    ledger.reserve("c", ASK, now_ms=START)
    with redis_server.client() as client:
        client.script_flush()
    assert ledger.begin("d", [[cap("a", 2)]], now_ms=START)().all_granted
    assert ledger.counts("d", [("a", 60)], now_ms=START) == [1]


def test_a_server_that_only_says_no_is_left_alone(
    connection: Connection, redis_server: RedisServer
) -> None:
    """Errors in answers open the breaker as those without an answer do."""
    ledger = RedisLedger(connection, KEYS)
    ledger.reserve("c", ASK)
    with redis_server.client() as client:
        client.config_set("maxmemory", 1)
        try:
            for _ in range(3):
                with pytest.raises(LedgerError, match="oom"):
                    ledger.begin("d", ASK)()
            with pytest.raises(LedgerError, match="open"):
                ledger.begin("d", ASK)
        finally:
            client.config_set("maxmemory", 0)


def test_a_customer_who_is_known_by_an_older_name_is_moved_first(connection: Connection) -> None:
    """What was counted under a previous secret counts on."""
    before = Keys("one")
    RedisLedger(connection, before).reserve(before.identity("anna"), ASK, now_ms=START)
    after = Keys("two,one")
    ledger = RedisLedger(connection, after)
    assert not ledger.begin(after.identity("anna"), ASK, now_ms=START)().all_granted


def test_what_no_cap_concerns_is_not_asked(
    connection: Connection, redis_server: RedisServer
) -> None:
    """A page without capped items goes nowhere."""
    before = calls(redis_server)
    assert RedisLedger(connection, KEYS).begin("c", [[], []])().all_granted
    assert calls(redis_server) == before


ASKS = [[cap("a", 1), cap("b", 9)], [cap("a", 1)], [cap("b", 9)], [cap("c", 1, enforced=False)]]


@pytest.mark.skipif(compiled is None, reason="it is reckoned where it is compiled")
@pytest.mark.parametrize("given", [START, None])
def test_what_is_likely_is_known_before_it_is_waited_for(
    connection: Connection, given: int | None
) -> None:
    """From what was read: it comes true where nothing was counted since, by the second."""
    ledger = RedisLedger(connection, KEYS)
    read = partial(read_ahead, connection, ledger, "c")
    first = ledger.begin("c", [ASKS[0], ASKS[3]], now_ms=given, packed=read())
    assert first.likely is None
    assert first().all_granted
    for _ in range(2):
        later = None if given is None else START + 7_001
        begun = ledger.begin("c", ASKS, now_ms=later, packed=read())
        grants = begun().grants
        if given is not None:
            assert begun.likely == grants
        assert [one.granted for one in grants] == [False, False, True, True]
        assert [(one.granted, one.bound) for one in begun.likely or ()] == [
            (one.granted, one.bound) for one in grants
        ]


def test_what_was_not_read_is_not_likely(ledger: Ledger) -> None:
    """Nobody knows then."""
    ledger.reserve("c", ASK, now_ms=START)
    assert ledger.begin("c", ASK, now_ms=START).likely is None

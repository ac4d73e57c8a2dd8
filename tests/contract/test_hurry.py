"""One page waits for Redis once, however many trips it makes."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from redis_server import RedisServer

from guardrail.connection import Connection, Unreachable, connect, hurry
from guardrail.connection.hurry import ALLOWANCE, seconds_left

TIMEOUT = 0.2


@pytest.fixture
def server(redis_server: RedisServer) -> RedisServer:
    if not redis_server.ours:
        pytest.skip("the server of GUARDRAIL_TEST_REDIS_URL is not ours to freeze")
    return redis_server


@pytest.fixture
def connection(server: RedisServer) -> Iterator[Connection]:
    made = connect(server.url, TIMEOUT, clock=lambda: 0.0)
    made.call(lambda client: client.ping())
    yield made
    made.close()


def ping(connection: Connection) -> object:
    return connection.call(lambda client: client.ping())


def test_after_an_answer_that_never_came_a_page_waits_for_no_other(
    server: RedisServer, connection: Connection
) -> None:
    """The breaker still counts one failure, since one was asked."""
    server.freeze()
    began = time.monotonic()
    with hurry(TIMEOUT):
        for _ in range(10):
            with pytest.raises(Unreachable, match="timeout"):
                ping(connection)
    assert TIMEOUT <= time.monotonic() - began < 3 * TIMEOUT
    with pytest.raises(Unreachable, match="timeout"):
        ping(connection)
    # Two were asked and failed: the page's first, and this one. Three would open it.
    assert connection.breaker.state(0.0) == "closed"
    server.thaw()
    assert ping(connection)


def test_outside_of_a_page_every_answer_has_its_own_time(
    server: RedisServer, connection: Connection
) -> None:
    """A heartbeat and a command wait for each of their trips."""
    server.freeze()
    began = time.monotonic()
    for _ in range(2):
        with pytest.raises(Unreachable, match="timeout"):
            ping(connection)
    assert time.monotonic() - began >= 2 * TIMEOUT
    server.thaw()


def test_the_allowance_is_shared_and_gone_with_the_page() -> None:
    """Never more than one timeout for one answer, and in all 1.4 of them."""
    assert seconds_left(TIMEOUT) == TIMEOUT
    with hurry(TIMEOUT):
        assert seconds_left(TIMEOUT) == TIMEOUT
        assert TIMEOUT < seconds_left(9) <= ALLOWANCE * TIMEOUT
        with hurry(0.0):
            assert seconds_left(TIMEOUT) <= 0
        assert seconds_left(TIMEOUT) > 0
    assert seconds_left(9) == 9


def test_a_page_that_has_waited_long_enough_asks_nothing(connection: Connection) -> None:
    """And nothing is counted against the server."""
    with hurry(0.0), pytest.raises(Unreachable, match="timeout"):
        ping(connection)
    assert connection.breaker.calm

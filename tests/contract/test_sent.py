"""Commands that go out now and are waited for later."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import fakeredis
import pytest
from redis.exceptions import ResponseError
from redis_cluster import RedisCluster
from redis_server import RedisServer

from guardrail.connection import Breaker, Connection, Unreachable, connect, hurry
from guardrail.connection.line import Line

BOTH = [("GET", "a"), ("GET", "b")]


@pytest.fixture
def connection(redis_server: RedisServer) -> Iterator[Connection]:
    """A connection that has been used once, so that there is one to spare."""
    made = connect(redis_server.url, 0.2)
    made.call(lambda client: client.mset({"a": "1", "b": "2"}))
    yield made
    made.close()


def reads_of(server: RedisServer) -> int:
    """How often the server has read something from anybody."""
    with server.client() as client:
        return int(client.info("stats")["total_reads_processed"])


def test_they_go_out_at_once_and_together(
    connection: Connection, redis_server: RedisServer
) -> None:
    """The server has done its work before anybody asks what came of it."""
    with redis_server.client() as client:
        before = client.info("commandstats").get("cmdstat_get", {"calls": 0})["calls"]
        sent = connection.send(BOTH)
        while client.info("commandstats").get("cmdstat_get", {"calls": 0})["calls"] < before + 2:
            pass
    assert sent.answers() == [b"1", b"2"]


def test_two_commands_are_one_trip(connection: Connection, redis_server: RedisServer) -> None:
    """Less what asking for it costs."""
    before = reads_of(redis_server)
    idle = reads_of(redis_server) - before
    before = reads_of(redis_server)
    assert connection.send(BOTH).answers() == [b"1", b"2"]
    assert reads_of(redis_server) - before == idle + 1


def test_the_connection_is_used_again(connection: Connection, redis_server: RedisServer) -> None:
    """After an answer, and after it was dropped when it had come."""
    with redis_server.client() as client:
        made = client.info("stats")["total_connections_received"]
        for _ in range(5):
            connection.send(BOTH).answers()
        assert connection.call(lambda mine: mine.get("a")) == b"1"
        assert client.info("stats")["total_connections_received"] == made


def test_nobody_reads_the_answer_of_what_was_dropped(connection: Connection) -> None:
    """Whether or not it had come."""
    for _ in range(20):
        connection.send([("GET", "a")]).drop()
        assert connection.call(lambda client: client.get("b")) == b"2"


def test_what_had_come_when_it_was_dropped_is_read(connection: Connection) -> None:
    """So the connection is of use to the next one; one that still waits for it is closed."""
    sent: Any = connection.send(BOTH)
    line = sent._line
    while line.is_silent():
        pass
    sent.drop()
    (kept,) = connection._client.connection_pool._available_connections  # type: ignore[attr-defined]
    assert kept is line
    assert kept._sock is not None
    assert kept.is_silent()
    connection.call(lambda client: client.execute_command("CLIENT", "PAUSE", "100", "ALL"))
    late: Any = connection.send(BOTH)
    line = late._line
    late.drop()
    assert line._sock is None


def test_an_error_of_one_command_stands_in_its_place(connection: Connection) -> None:
    """The others are answered, and the connection is fine."""
    connection.call(lambda client: client.lpush("list", "x"))
    wrong, right = connection.send([("GET", "list"), ("GET", "a")]).answers()
    assert isinstance(wrong, ResponseError)
    assert right == b"1"
    assert connection.call(lambda client: client.get("b")) == b"2"


def test_where_a_connection_has_to_be_made_nothing_is_waited_for(
    redis_server: RedisServer,
) -> None:
    """They are sent when their answers are asked for."""
    connection = connect(redis_server.url, 0.2)
    with redis_server.client() as client:
        made = client.info("stats")["total_connections_received"]
        sent = connection.send(BOTH)
        assert client.info("stats")["total_connections_received"] == made
    assert sent.answers() == [None, None]
    connection.send(BOTH).drop()
    connection.close()


def test_a_server_that_does_not_answer_is_reported(
    connection: Connection, redis_server: RedisServer
) -> None:
    """As with any call: three in a row, and it is left alone."""
    redis_server.freeze()
    os.waitid(os.P_PID, redis_server._process.pid, os.WSTOPPED | os.WNOWAIT)  # type: ignore[union-attr]
    for _ in range(3):
        with pytest.raises(Unreachable, match="timeout"):
            connection.send(BOTH).answers()
    with pytest.raises(Unreachable, match="open"):
        connection.send(BOTH).answers()


def _raise(error: Exception) -> None:
    raise error


def test_what_was_sent_is_no_success_yet(connection: Connection) -> None:
    """A server that takes everything and answers nothing must not look well."""
    with pytest.raises(Unreachable):
        connection.call(lambda _: _raise(ConnectionResetError()))
    sent = connection.send(BOTH)
    assert not connection.breaker.calm
    sent.answers()
    assert connection.breaker.calm


def test_a_server_that_is_gone_meanwhile(connection: Connection, redis_server: RedisServer) -> None:
    """The answer never comes, and dropping it raises nothing."""
    with redis_server.client() as client:
        client.client_pause(60_000)
    waited, dropped = connection.send(BOTH), connection.send(BOTH)
    redis_server.stop()
    dropped.drop()
    with pytest.raises(Unreachable, match=r"lost|refused"):
        waited.answers()


def test_an_open_breaker_lets_nothing_out() -> None:
    """Nothing is sent to a server that is left alone."""
    breaker = Breaker(failures=1, shortest=1e9, longest=1e9)
    breaker.failed(0.0)
    connection = Connection(fakeredis.FakeRedis(), breaker=breaker, clock=lambda: 0.0)
    with pytest.raises(Unreachable, match="open"):
        connection.send(BOTH).answers()


def test_what_may_not_be_sent_leaves_its_connection_to_others(connection: Connection) -> None:
    """Neither while the server is left alone nor after a page has waited long enough."""
    pool: Any = connection._client.connection_pool
    with hurry(0.0), pytest.raises(Unreachable, match="timeout"):
        connection.send(BOTH)
    assert connection.breaker.calm
    for _ in range(3):
        connection.breaker.failed(connection._clock())
    with pytest.raises(Unreachable, match="open"):
        connection.send(BOTH)
    assert not pool._in_use_connections
    connection.breaker.succeeded()
    assert connection.send(BOTH).answers() == [b"1", b"2"]


def test_what_can_not_be_sent_is_reported_at_once(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection broke at that moment; the next one is a new one."""
    with monkeypatch.context() as patch:
        patch.setattr(Line, "send_now", lambda *_: _raise(BrokenPipeError()))
        with pytest.raises(Unreachable, match="lost"):
            connection.send(BOTH)
    assert not connection.breaker.calm
    assert connection.send(BOTH).answers() == [b"1", b"2"]


def test_whoever_is_torn_away_while_waiting_leaves_no_line_behind(connection: Connection) -> None:
    """What comes on it would be taken for the answer to something else, so it is closed."""
    pool: Any = connection._client.connection_pool
    sent = connection.send(BOTH)
    assert pool._in_use_connections
    del sent
    assert not pool._in_use_connections
    assert connection.send([("GET", "b")]).answers() == [b"2"]


def test_on_fakeredis_it_works_the_same() -> None:
    """So that every place can be tested."""
    connection = Connection(fakeredis.FakeRedis(server=fakeredis.FakeServer()))
    connection.call(lambda client: client.set("a", "1"))
    assert connection.send(BOTH).answers() == [b"1", None]


def test_a_cluster_is_asked_when_the_answer_is_needed(redis_cluster: RedisCluster) -> None:
    """Keys of one slot lie on one node, so it is one trip there, too."""
    connection = connect(redis_cluster.url, 2.0)
    sent = connection.send([("GET", "x:{a}"), ("GET", "y:{a}")])
    sent.drop()
    assert sent.answers() == [None, None]
    connection.close()

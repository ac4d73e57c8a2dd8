"""The connection: whose errors say why, and whose breaker spares a server that is gone."""

from __future__ import annotations

import os
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

import fakeredis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import exceptions

from guardrail.connection import Breaker, Connection, Script, Unreachable, connect, reason


def failing(error: Exception) -> Connection:
    connection = Connection(fakeredis.FakeRedis(), "Redis at nowhere", clock=lambda: 0.0)

    def command(_: object) -> None:
        raise error

    connection.fail = lambda now=None: connection.call(command, now)  # type: ignore[attr-defined]
    return connection


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (exceptions.TimeoutError("slow"), "timeout"),
        (TimeoutError(), "timeout"),
        (caused(exceptions.ConnectionError("no"), ConnectionRefusedError()), "refused"),
        (caused(exceptions.ConnectionError("no"), FileNotFoundError()), "refused"),
        (exceptions.ConnectionError("closed"), "lost"),
        (ConnectionResetError(), "lost"),
        (socket.gaierror("no such host"), "lost"),
        (exceptions.AuthenticationError("WRONGPASS"), "denied"),
        (exceptions.NoPermissionError("no"), "denied"),
        (exceptions.BusyLoadingError("loading"), "loading"),
        (exceptions.ReadOnlyError("no"), "readonly"),
        (exceptions.OutOfMemoryError("full"), "oom"),
        (exceptions.ClusterDownError("down"), "busy"),
        (exceptions.ResponseError("BUSY Redis is busy running a script"), "busy"),
        (exceptions.ResponseError("MISCONF can't persist"), "readonly"),
        (exceptions.ResponseError("Error running script: 3: -READONLY You can't"), "readonly"),
        (exceptions.ResponseError("Error running script: 3: -OOM command not"), "oom"),
        (exceptions.ResponseError("The user executing the script can't run this"), "denied"),
        (exceptions.ResponseError("WRONGTYPE Operation against a key"), "wrong_type"),
        (exceptions.ResponseError("unknown command"), "error"),
        (exceptions.InvalidResponse("?"), "error"),
    ],
)
def test_an_error_has_one_word(error: Exception, why: str) -> None:
    """Whatever redis-py or the system raise, and a sentence that explains it."""
    assert reason(error) == why
    with pytest.raises(Unreachable, match=rf"^Redis at nowhere: .+ \({why}\)$") as caught:
        failing(error).fail()  # type: ignore[attr-defined]
    assert caught.value.why == why


@pytest.mark.parametrize(
    ("error", "why"),
    [(exceptions.MovedError("1 h:1"), "cluster"), (exceptions.AskError("1 h:1"), "cluster")],
)
def test_another_node_has_a_word_of_its_own(error: Exception, why: str) -> None:
    """One client talks to one server."""
    assert reason(error) == why


def test_an_error_of_the_command_itself_passes() -> None:
    """A fault of ours is not hidden behind the server, and opens nothing."""
    connection = failing(KeyError("ours"))
    for _ in range(5):
        with pytest.raises(KeyError):
            connection.fail()  # type: ignore[attr-defined]
    assert connection.call(lambda client: client.ping()) is True


def test_answers_that_are_errors_open_nothing() -> None:
    """A server that answers is there."""
    connection = failing(exceptions.ResponseError("WRONGTYPE"))
    for _ in range(5):
        with pytest.raises(Unreachable, match="wrong_type"):
            connection.fail()  # type: ignore[attr-defined]


def test_the_breaker_of_a_connection_goes_by_the_time_that_is_given() -> None:
    """Three failures open it; a call after a second is the probe."""
    connection = failing(exceptions.TimeoutError())
    for _ in range(3):
        with pytest.raises(Unreachable, match="timeout"):
            connection.fail(10.0)  # type: ignore[attr-defined]
    with pytest.raises(Unreachable, match="open"):
        connection.call(lambda client: client.ping(), 10.9)
    assert connection.call(lambda client: client.ping(), 11.0) is True


def test_three_failures_in_a_row_open_the_breaker() -> None:
    """A success between them starts the count anew."""
    breaker = Breaker()
    for _ in range(2):
        breaker.failed(0.0)
    breaker.succeeded()
    for _ in range(2):
        breaker.failed(0.0)
    assert breaker.permits(0.0)
    breaker.failed(0.0)
    assert not breaker.permits(0.999)
    assert breaker.state(0.5) == "open"
    assert breaker.state(1.0) == "half-open"


def test_the_pause_doubles_up_to_half_a_minute() -> None:
    """Each failed probe is followed by a longer pause."""
    breaker, now, pauses = Breaker(failures=1), 0.0, []
    breaker.failed(now)
    for _ in range(7):
        pause = next(p for p in (1, 2, 4, 8, 16, 30, 60) if breaker.state(now + p) == "half-open")
        assert not breaker.permits(now + pause - 0.001)
        pauses.append(pause)
        now += pause
        assert breaker.permits(now)
        assert breaker.state(now) == "half-open"
        breaker.failed(now)
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_one_probe_goes_through_at_a_time() -> None:
    """Sixteen threads that come after the pause send one call."""
    breaker = Breaker(failures=1)
    breaker.failed(0.0)
    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(lambda _: breaker.permits(1.5), range(16))) == 1
    breaker.succeeded()
    assert breaker.state(1.5) == "closed"
    assert breaker.permits(1.5)


def test_a_probe_that_never_comes_back_is_replaced() -> None:
    """A thread that died does not keep the breaker open for ever."""
    breaker = Breaker(failures=1)
    breaker.failed(0.0)
    assert breaker.permits(1.0)
    assert not breaker.permits(1.9)
    assert breaker.permits(2.0)


def test_late_failures_do_not_lengthen_the_pause() -> None:
    """Calls that were under way when it opened say nothing new."""
    breaker = Breaker(failures=1)
    for _ in range(10):
        breaker.failed(0.0)
    assert breaker.permits(1.0)


@given(st.lists(st.tuples(st.sampled_from("fs"), st.floats(0, 40)), max_size=60))
def test_the_breaker_never_stays_shut_for_longer_than_its_pause(
    calls: list[tuple[str, float]],
) -> None:
    """Whatever happened, half a minute later a call is permitted."""
    breaker, now = Breaker(), 0.0
    for kind, later in calls:
        now += later
        if breaker.permits(now):
            breaker.failed(now) if kind == "f" else breaker.succeeded()
    assert breaker.permits(now + 30)


@pytest.mark.parametrize(
    "url",
    [
        "redis://:hun/ter2@host:6379/0",
        "redis://user:hunter2@host:nine",
        "http://user:hunter2@host",
        "redis://:hunter2@[bad",
        "hunter2",
    ],
)
def test_a_url_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    """It may hold a password, so the text says what would be right instead."""
    with pytest.raises(ValueError, match="percent-encoded") as caught:
        connect(url)
    assert "ter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("redis://user:hunter2@cache.example:7000/3", "Redis at cache.example:7000"),
        ("rediss://:hunter2@cache.example", "Redis at cache.example:6379"),
        ("redis://", "Redis at localhost:6379"),
        ("unix://:hunter2@/run/redis.sock?db=1", "Redis at /run/redis.sock"),
    ],
)
def test_a_connection_names_its_server_without_its_password(url: str, where: str) -> None:
    """In its repr as in errors; making it sends nothing."""
    connection = connect(url)
    assert connection.where == where
    assert repr(connection) == f"Connection({where!r})"
    connection.close()


def test_nothing_is_tried_twice() -> None:
    """One attempt within the timeout, answers in bytes."""
    connection = connect("redis://localhost/0", 0.07)
    settings = connection._client.get_connection_kwargs()
    assert settings["socket_timeout"] == settings["socket_connect_timeout"] == 0.07
    assert settings["retry"].get_retries() == 0
    assert settings["client_name"] == "guardrail"
    assert not settings["decode_responses"]
    connection.close()


def test_a_missing_client_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sets a Redis URL without redis-py is told what to install."""
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ImportError, match=r"guardrail-middleware\[redis\]"):
        connect("redis://localhost")


def test_a_script_is_known_by_its_digest() -> None:
    """It is sent whole only when the server does not know it."""
    script = Script("return {KEYS[1], ARGV[1]}")
    client = fakeredis.FakeRedis()
    for _ in range(2):
        assert script.run(client, ["k"], ["v"]) == [b"k", b"v"]
    assert client.script_exists(script.sha) == [True]


def test_a_fork_opens_a_connection_of_its_own(redis_url: str) -> None:
    """A pre-forked worker and its parent never read each other's answers."""
    connection = connect(redis_url, 5.0)
    connection.call(lambda client: client.set("k", "parent"))
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        said = connection.call(lambda client: client.client_id())
        os.write(writer, str(said).encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = int(os.read(reader, 100))
    os.close(reader)
    os.close(writer)
    assert connection.call(lambda client: client.client_id()) != theirs
    assert connection.call(lambda client: client.get("k")) == b"parent"
    connection.close()

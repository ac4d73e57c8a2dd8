"""The short way to Redis: over redis-py's connections, without its layers."""

from __future__ import annotations

import gc
import importlib
import os
import socket
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from redis import exceptions
from redis_server import RedisServer

from guardrail.connection import Connection, Script, Unreachable, connect, hurry, line
from guardrail.connection.hurry import seconds_left
from guardrail.connection.lines import Lines

hurry_module = importlib.import_module("guardrail.connection.hurry")

SCRIPT = Script("return {KEYS[1], ARGV[1]}")
LARGE = b"\r\n$-1" * 40_000


def ask(connection: Connection, script: Script = SCRIPT, *args: bytes) -> Any:
    return connection.call(lambda client: script.run(client, ["k"], args or (b"v",)))


@pytest.fixture(params=["hiredis", "redis-py packs and reads"])
def connection(
    request: pytest.FixtureRequest, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Connection]:
    """A connection that has been used once, with and without hiredis."""
    if request.param != "hiredis":
        monkeypatch.setattr(line, "hiredis", None)
        monkeypatch.setattr(line, "_PACK", None)
    made = connect(redis_server.url, 0.5)
    ask(made)
    yield made
    made.close()


@pytest.fixture
def no_other_way(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once there is a connection, whatever goes through redis-py's client fails."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it went the long way")

    monkeypatch.setattr("redis.Redis.execute_command", refuse)
    monkeypatch.setattr("redis.client.Pipeline.execute", refuse)


def pool_of(connection: Connection) -> Any:
    return connection._client.connection_pool


def idle(connection: Connection) -> int:
    return len(pool_of(connection)._available_connections)


def in_use(connection: Connection) -> int:
    return len(pool_of(connection)._in_use_connections)


def made_by(server: RedisServer) -> int:
    """How many connections the server has accepted, this one among them."""
    with server.client() as client:
        return int(client.info("stats")["total_connections_received"])


@pytest.mark.usefixtures("no_other_way")
def test_scripts_and_early_reads_go_the_short_way(connection: Connection) -> None:
    """From the second call on, again and again on one connection."""
    for n in range(5):
        assert ask(connection, SCRIPT, b"%d" % n) == [b"k", b"%d" % n]
        assert connection.send([("GET", "a"), ("GET", "b")]).answers() == [None, None]
        assert (idle(connection), in_use(connection)) == (1, 0)


def test_what_is_sent_and_read_may_be_large(connection: Connection) -> None:
    """More than the system takes or gives at once, with bytes that look like the protocol."""
    assert ask(connection, SCRIPT, LARGE) == [b"k", LARGE]
    connection.call(lambda client: client.set("large", LARGE))
    assert connection.send([("GET", "large")] * 3).answers() == [LARGE] * 3


def test_it_is_the_same_connection_as_of_every_other_call(
    connection: Connection, redis_server: RedisServer
) -> None:
    """With its name, its database and its login; no other one is made."""
    before = made_by(redis_server)
    usual = connection.call(lambda client: client.client_id())
    for _ in range(3):
        name, short = connection.send([("CLIENT", "GETNAME"), ("CLIENT", "ID")]).answers()
        assert (name, short) == (b"guardrail", usual)
        assert ask(connection) == [b"k", b"v"]
    assert made_by(redis_server) == before + 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("return redis.call('LPUSH', KEYS[1], 'x') + redis.call('INCR', KEYS[1])", "wrong_type"),
        ("return redis.error_reply('OOM command not allowed')", "oom"),
        ("return redis.error_reply('READONLY You can not write')", "readonly"),
        ("return redis.error_reply('MOVED 1 127.0.0.1:1')", "cluster"),
        ("return redis.error_reply('LOADING Redis is loading')", "loading"),
        ("return redis.error_reply('BUSY Redis is busy')", "busy"),
        ("return redis.error_reply('NOPERM no')", "denied"),
        ("return redis.error_reply('NOAUTH Authentication required.')", "denied"),
        ("return redis.error_reply('ours')", "error"),
    ],
)
def test_an_error_has_the_word_that_it_has_on_the_long_way(
    connection: Connection, redis_server: RedisServer, text: str, why: str
) -> None:
    """And the next call is answered, on a connection that is in order."""
    script = Script(text)
    connection.call(lambda client: client.script_load(text))
    short = connection._client.lines  # type: ignore[attr-defined]
    for lines in (short, None):
        connection._client.lines = lines  # type: ignore[attr-defined]
        with pytest.raises(Unreachable) as caught:
            ask(connection, script)
        assert caught.value.why == why
        connection._client.lines = short  # type: ignore[attr-defined]
        assert ask(connection) == [b"k", b"v"]
        assert in_use(connection) == 0


def test_a_script_that_was_forgotten_is_sent_again(
    connection: Connection, redis_server: RedisServer
) -> None:
    """As after a restart of the server, or SCRIPT FLUSH."""
    with redis_server.client() as client:
        client.script_flush()
    assert ask(connection) == [b"k", b"v"]
    with redis_server.client() as client:
        assert client.script_exists(SCRIPT.sha) == [True]


def test_a_connection_that_the_server_has_closed_is_made_anew(
    connection: Connection, redis_server: RedisServer
) -> None:
    """It is noticed before anything is sent, so nothing is sent twice, and nothing fails."""
    for again in (
        lambda: ask(connection) == [b"k", b"v"],
        lambda: connection.send([("GET", "a")]).answers() == [None],
    ):
        with redis_server.client() as client:
            client.client_kill_filter(_type="normal", skipme=True)
        assert again()
    assert connection.breaker.calm
    assert (idle(connection), in_use(connection)) == (1, 0)


def test_a_connection_on_which_something_was_said_unasked_is_not_used(
    connection: Connection,
) -> None:
    """Else it would be taken for the answer to what is asked next."""
    connection.send([("SET", "a", "1")]).answers()
    lines = connection._lines
    assert lines is not None
    taken: Any = lines.take()
    taken.send_command("GET", "a")
    while not taken.can_read():
        pass
    pool_of(connection).release(taken)
    assert ask(connection) == [b"k", b"v"]
    assert connection.call(lambda client: client.get("a")) == b"1"


def test_after_an_answer_that_came_too_late_nobody_reads_it(
    connection: Connection, redis_server: RedisServer
) -> None:
    """The connection is given up with what is outstanding on it."""
    redis_server.freeze()
    with pytest.raises(Unreachable, match="timeout"):
        ask(connection, SCRIPT, b"late")
    redis_server.thaw()
    assert in_use(connection) == 0
    assert ask(connection, SCRIPT, b"now") == [b"k", b"now"]


def test_a_page_has_one_allowance_on_the_short_way_too(
    connection: Connection, redis_server: RedisServer
) -> None:
    """After the first answer that did not come, nothing is sent."""
    redis_server.freeze()
    with hurry(0.05):
        with pytest.raises(Unreachable, match="timeout"):
            ask(connection)
        assert seconds_left(9) <= 0
    redis_server.thaw()
    assert ask(connection) == [b"k", b"v"]


def test_threads_have_connections_of_their_own(connection: Connection) -> None:
    """Each gets the answer to what it asked, and no more are made than ask at once."""

    def many(thread: int) -> bool:
        texts = [b"%d-%d" % (thread, n) for n in range(100)]
        early = [connection.send([("ECHO", t.decode())]).answers() == [t] for t in texts]
        return all(early) and all(ask(connection, SCRIPT, t) == [b"k", t] for t in texts)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(many, range(8)))
    assert in_use(connection) == 0
    assert idle(connection) <= 8


def test_a_fork_does_not_use_what_its_parent_has(connection: Connection) -> None:
    """Both go on, each with answers of its own."""
    child = os.fork()
    if child == 0:
        good = all(ask(connection, SCRIPT, b"child") == [b"k", b"child"] for _ in range(50))
        os._exit(0 if good else 1)
    for _ in range(50):
        assert ask(connection, SCRIPT, b"parent") == [b"k", b"parent"]
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.skipif(
    line.hiredis is None, reason="redis-py's own parser fails over what another thread closes"
)
def test_it_can_be_closed_while_it_is_used(connection: Connection) -> None:
    """Calls fail as lost or are answered, and afterwards everything is well."""
    stop = threading.Event()
    wrong: list[object] = []

    def closing() -> None:
        while not stop.is_set():
            connection.close()

    closer = threading.Thread(target=closing)
    closer.start()
    for n in range(200):
        try:
            if (answer := ask(connection, SCRIPT, b"%d" % n)) != [b"k", b"%d" % n]:
                wrong.append(answer)
        except Unreachable as error:
            if error.why not in {"lost", "open"}:
                wrong.append(error.why)
    stop.set()
    closer.join()
    assert not wrong
    assert in_use(connection) == 0
    connection.breaker.succeeded()
    assert ask(connection) == [b"k", b"v"]


def test_a_connection_is_gone_with_its_last_user(connection: Connection) -> None:
    """Not only when the collector comes round: a forked worker drops its parent's at once."""
    (kept,) = pool_of(connection)._available_connections
    gone = weakref.ref(kept)
    gc.disable()
    try:
        kept.disconnect()
        del kept
        pool_of(connection).reset()
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("name", ["_lock", "_available_connections", "_in_use_connections", "pid"])
def test_another_make_of_redis_py_goes_the_long_way(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What is not public of its pool may have another name some day."""
    monkeypatch.setattr("guardrail.connection.lines._NOT_PUBLIC", (f"{name}_of_another_make",))
    connection = connect(redis_server.url, 0.5)
    assert connection._client.lines is None  # type: ignore[attr-defined]
    for _ in range(2):
        assert ask(connection) == [b"k", b"v"]
        assert connection.send([("GET", "a")]).answers() == [None]
    connection.close()


def test_a_parser_of_another_make_reads_by_itself(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that does not tell what an error is."""

    class Another:
        _parser = object()

    assert line._reader_of(Another()) is None
    monkeypatch.setattr(line, "_reader_of", lambda _: None)
    connection.close()
    for _ in range(3):
        assert ask(connection) == [b"k", b"v"]


def test_a_connection_that_has_forgotten_its_timeout_has_that_of_connecting(
    redis_server: RedisServer,
) -> None:
    """As those of redis-py 5.0.0 to a unix socket do."""
    connection = connect(redis_server.url, 0.5)
    made = pool_of(connection).make_connection()
    made.socket_timeout = None
    made.connect()
    assert made.socket_timeout == 0.5
    made.disconnect()
    connection.close()


@pytest.mark.parametrize("option", ["protocol=3", "health_check_interval=30"])
def test_what_a_url_asks_for_beside_is_not_left_out(redis_server: RedisServer, option: str) -> None:
    """A server that speaks unasked, and a probe of health, are redis-py's to look after."""
    connection = connect(f"{redis_server.url}?{option}", 0.5)
    assert connection._client.lines is None  # type: ignore[attr-defined]
    assert ask(connection) == [b"k", b"v"]
    assert connection.send([("GET", "a")]).answers() == [None]
    connection.close()


class Says:
    """A connection whose other end says what a test wants it to."""

    def __init__(self) -> None:
        self._sock, self.far = socket.socketpair()
        self._sock.settimeout(0.2)
        self.socket_timeout = 0.2


@pytest.fixture
def told() -> Iterator[Callable[[bytes], Any]]:
    """Gives a line whose other end has said something, without a server."""
    if line.hiredis is None:
        pytest.skip("without hiredis it is redis-py that reads")
    from redis._parsers.hiredis import _HiredisParser

    class Told(line.Line, Says):
        _parser = _HiredisParser

    made: list[Told] = []

    def say(text: bytes) -> Told:
        made.append(one := Told())
        assert one.is_silent()
        one.far.sendall(text)
        return one

    yield say
    for one in made:
        one._sock.close()
        one.far.close()


def test_half_an_answer_is_waited_for(told: Callable[[bytes], Any]) -> None:
    """As long as for any answer, and no longer."""
    with pytest.raises(TimeoutError):
        told(b"$5\r\nhal").answers(1)


class Drips:
    """A socket that always has one byte more, a moment after the last one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self._next = iter([b"+", *[b"o"] * 99])
        for module in (line, hurry_module):
            monkeypatch.setattr(module, "monotonic", lambda: self.now)

    def poll(self, milliseconds: float) -> list[int]:
        self.now += min(0.03, milliseconds / 1000)
        return [1] if milliseconds > 0 else []

    def recv(self, _: int) -> bytes:
        return next(self._next)


@pytest.mark.parametrize(("allowed", "waited"), [(9.0, 0.2), (0.1, 0.14)])
def test_a_trip_takes_no_longer_than_one_timeout_however_its_answer_drips(
    told: Callable[[bytes], Any], monkeypatch: pytest.MonkeyPatch, allowed: float, waited: float
) -> None:
    """Nor than what a page may wait, where that is less."""
    one = told(b"")
    one._met.close()
    drips = one._met = one._events = Drips(monkeypatch)
    with hurry(allowed), pytest.raises(TimeoutError):
        one.answers(1)
    assert drips.now == pytest.approx(100 + waited)


def test_an_answer_that_has_not_come_yet_is_waited_for(told: Callable[[bytes], Any]) -> None:
    """Though it was likely to be there."""
    one = told(b"")
    one.send_now(b"")
    threading.Timer(0.01, one.far.sendall, [b":1\r\n"]).start()
    assert one.answers(1, come=True) == [1]


def test_that_something_came_may_be_said_in_error(
    told: Callable[[bytes], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system may throw away what it has announced; then more is waited for."""
    one = told(b"")
    one.send_now(b"")
    said = iter([[1], [1], []])
    one._events = type("Hasty", (), {"poll": lambda _, __: next(said)})()
    with pytest.raises(TimeoutError):
        one.answers(1)


def test_what_the_system_takes_in_parts_goes_out_whole(told: Callable[[bytes], Any]) -> None:
    """Answers are only read once the server has all of it."""
    one = told(b"")
    whole = b"".join(b"%d\r\n" % n for n in range(1_000_000))
    found: list[bytes] = []

    def read() -> None:
        while sum(map(len, found)) < len(whole):
            found.append(one.far.recv(65_536))

    reader = threading.Thread(target=read)
    reader.start()
    one.send_now(whole)
    reader.join()
    assert b"".join(found) == whole


def test_a_server_that_takes_nothing_is_waited_for_no_longer_than_an_answer(
    told: Callable[[bytes], Any],
) -> None:
    """It is as good as gone."""
    one = told(b"")
    one._timeout = 0.01
    for _ in range(2):  # it took some of the first
        with pytest.raises(TimeoutError):
            one.send_now(b"x" * 10_000_000)


def test_that_there_is_room_may_be_said_in_error(told: Callable[[bytes], Any]) -> None:
    """Then it is waited for again."""
    one = told(b"")

    class Hasty:
        takes = iter([BlockingIOError, 2, BlockingIOError, 1])

        def gettimeout(self) -> float:
            return 0.0

        def fileno(self) -> int:
            return int(one._sock.fileno())

        def send(self, _: object) -> int:
            found = next(self.takes)
            if isinstance(found, int):
                return found
            raise found

    one._met = Hasty()
    one.send_now(b"abc")
    assert next(Hasty.takes, None) is None


def test_who_stops_while_a_line_is_looked_at_leaves_none_in_use(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C, or a server that gives up a worker."""

    def stop(_: object) -> bool:
        raise KeyboardInterrupt

    lines: Any = connection._lines
    with monkeypatch.context() as patch:
        patch.setattr(line.Line, "is_silent", stop)
        with pytest.raises(KeyboardInterrupt):
            lines.take()
    assert (idle(connection), in_use(connection)) == (1, 0)
    assert ask(connection) == [b"k", b"v"]


def test_an_end_within_an_answer_is_an_error(told: Callable[[bytes], Any]) -> None:
    """Nothing is made of the half that came."""
    cut = told(b"$5\r\nhal")
    cut.far.shutdown(socket.SHUT_WR)
    with pytest.raises(ConnectionResetError):
        cut.answers(1)


@pytest.mark.parametrize("more", [b":2\r\n", b":2"])
def test_more_than_was_asked_is_an_error(told: Callable[[bytes], Any], more: bytes) -> None:
    """Whose answer is whose can't be told any more."""
    with pytest.raises(ConnectionResetError):
        told(b":1\r\n" + more).answers(1)


def test_what_is_no_answer_is_an_error(told: Callable[[bytes], Any]) -> None:
    """Something else listens there."""
    with pytest.raises(exceptions.InvalidResponse):
        told(b"HTTP/1.1 400 Bad Request\r\n").answers(1)


def test_errors_stand_in_their_places(told: Callable[[bytes], Any]) -> None:
    """Of the kinds that redis-py has for them."""
    first, second, third = told(b":1\r\n-NOSCRIPT No matching\r\n-ERR no\r\n").answers(3)
    assert first == 1
    assert isinstance(second, exceptions.NoScriptError)
    assert isinstance(third, exceptions.ResponseError)


def test_a_socket_that_has_something_in_store_is_not_silent(told: Callable[[bytes], Any]) -> None:
    """TLS keeps what it has read already."""
    one = told(b"")
    assert one.is_silent()
    one._pending = lambda: 3
    assert not one.is_silent()


def test_lines_are_none_where_a_connection_is_closed_meanwhile(connection: Connection) -> None:
    """By another thread, after it was looked at."""
    (kept,) = pool_of(connection)._available_connections
    kept._met = None
    kept._sock.close()
    lines = connection._lines
    assert isinstance(lines, Lines)
    assert lines.take() is None
    assert (idle(connection), in_use(connection)) == (1, 0)
    kept._sock = None
    assert lines.take() is None
    assert ask(connection) == [b"k", b"v"]

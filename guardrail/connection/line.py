"""A connection of redis-py, spoken to without the layers above it.

What makes a connection (addresses, TLS, sockets, logins, names) stays redis-py's. What it does
for each command beside sending and reading (retries, events, measuring, callbacks) costs more
than both, and nothing of it is used here.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Sequence
from functools import cache, partial
from time import monotonic
from typing import Any

from guardrail.connection.hurry import wait_at_most, waits_until

try:
    import hiredis
except ImportError:  # then redis-py packs and reads
    hiredis = None  # type: ignore[assignment]

Command = Sequence[str | bytes | int]

_ALL_AT_ONCE = 16_384
"""Bytes to ask the system for; mostly a whole answer, and no large block of memory."""
_NOT_ALL = object()
_PACK = getattr(hiredis, "pack_command", None)
_EVENTS = getattr(select, "POLLIN", 0) | getattr(select, "POLLRDHUP", 0)


class Line:
    """What the guard's connections have beside redis-py's methods. For one thread at a time.

    Over RESP2, where nothing comes that was not asked for.
    """

    _met: Any = None
    """The socket that all below is of; the connection may have another one by now."""
    _events: Any = None
    _pending: Any = None
    _answers: Any = None
    _ended: Sequence[Exception] = ()
    """Answers of late after which a connection is closed: LOADING, NOAUTH."""
    _timeout = 0.0

    def is_silent(self) -> bool:
        """Whether it is open and nothing has come: something can be asked. Waits for nothing."""
        sock = self._sock  # type: ignore[attr-defined]  # of redis-py
        if sock is not self._met:
            self._meet(sock)
        if sock is None or self._events.poll(0):
            return False
        if self._answers is None:
            return self._redis_py_has_nothing()
        return self._pending is None or not self._pending()

    def packed(self, commands: Sequence[Command]) -> bytes:
        """Commands as they go out."""
        if _PACK is not None:
            return b"".join(map(_PACK, map(tuple, commands)))
        pack = self.pack_command  # type: ignore[attr-defined]
        return b"".join(part for command in commands for part in pack(*command))

    def send_now(self, packed: bytes) -> None:
        """Send packed commands; raises OSError, after which the connection is of no use."""
        sock = self._met
        if self._pending is not None:
            wait_at_most(sock, self._timeout)
            sock.sendall(packed)
            return
        # Python asks before each call of a socket that may wait whether it would have to.
        if sock.gettimeout() != 0:
            sock.settimeout(0)
        try:
            sent = sock.send(packed)
        except BlockingIOError:
            sent = 0
        if sent != len(packed):
            self._send_rest(memoryview(packed)[sent:])

    def answers(self, count: int, *, come: bool = False) -> list[Any]:
        """The answers to as many commands, errors of single commands in their places.

        ``come``: they have probably come already. Raises OSError or what redis-py raises, after
        which the connection is of no use.
        """
        reader = self._answers
        if reader is None:
            return self._read_by_redis_py(count)
        until = 0.0
        data = None
        if come and self._pending is None:
            try:  # noqa: SIM105 - nothing that every page pays for twice
                data = self._met.recv(_ALL_AT_ONCE)
            except BlockingIOError:
                pass
        found: list[Any] = []
        while True:
            if data is None:
                until = until or waits_until(self._timeout)
                data = self._received(until)
            if not data:
                raise ConnectionResetError("the server has closed the connection")
            reader.feed(data)
            found += iter(reader.gets, _NOT_ALL)
            if len(found) >= count:
                break
            data = None
        if self._ended:
            _raise_what_ends_it(found)
        if len(found) > count or reader.has_data():
            raise ConnectionResetError("the server has said more than it was asked")
        return found

    def _received(self, until: float) -> bytes:
        """What has come, once something has; raises TimeoutError at that moment."""
        sock = self._met
        if self._pending is not None:
            # In whole milliseconds, so that mostly it has to be told nothing.
            wait_at_most(sock, round(until - monotonic(), 3))
            some: bytes = sock.recv(_ALL_AT_ONCE)
            return some
        while self._events.poll(max(0.0, until - monotonic()) * 1000):
            try:
                some = sock.recv(_ALL_AT_ONCE)
            except BlockingIOError:  # it was said that there is something, and there is not
                continue
            return some
        raise TimeoutError("no answer came in time")

    def _send_rest(self, rest: memoryview) -> None:
        """Send what the system would not take at once, as soon as it takes it."""
        until = waits_until(self._timeout)
        room = select.poll()
        room.register(self._met, select.POLLOUT)
        while rest:
            if not room.poll(max(0.0, until - monotonic()) * 1000):
                raise TimeoutError("the server took nothing in time")
            try:
                rest = rest[self._met.send(rest) :]
            except BlockingIOError:
                continue

    def _meet(self, sock: Any) -> None:
        """Get to know the socket that redis-py has made."""
        self._met = sock
        if sock is not None:
            self._timeout = self.socket_timeout  # type: ignore[attr-defined]
            self._events = select.poll()
            self._events.register(sock, _EVENTS)
            self._pending = getattr(sock, "pending", None)  # what TLS has read but not given
            self._ended = []
            self._answers = _reader_of(self)

    def _redis_py_has_nothing(self) -> bool:
        """Whether it has read nothing ahead of what was asked, as some of its releases may."""
        from redis.exceptions import RedisError

        try:
            return not self.can_read(0)  # type: ignore[attr-defined]
        except RedisError:
            return False

    def _read_by_redis_py(self, count: int) -> list[Any]:
        from redis.exceptions import ResponseError

        found: list[Any] = []
        while len(found) < count:
            try:
                found.append(self.read_response())  # type: ignore[attr-defined]
            except ResponseError as error:
                found.append(error)
        return found


@cache
def with_line(kind: type) -> type:
    """A connection class of redis-py that is a `Line`, too."""
    return type(kind.__name__, (Line, kind), {})


def _reader_of(connection: Any) -> Any:
    """What reads answers, with the errors of redis-py; None where that has to read itself."""
    error_of = getattr(getattr(connection, "_parser", None), "parse_error", None)
    if hiredis is None or error_of is None:
        return None
    from redis.exceptions import InvalidResponse

    return hiredis.Reader(
        protocolError=InvalidResponse,
        replyError=partial(_error, error_of, connection._ended),
        notEnoughData=_NOT_ALL,
    )


def _error(error_of: Callable[[str], Exception], ended: list[Exception], text: str) -> Exception:
    """The error that redis-py makes of an answer; one that closes its connections is noted."""
    from redis.exceptions import ConnectionError as Ends

    error = error_of(text)
    if isinstance(error, Ends):
        ended.append(error)
    return error


def _raise_what_ends_it(found: Sequence[Any]) -> None:
    """Raise the first answer after which redis-py closes a connection, too."""
    from redis.exceptions import ConnectionError as Ends

    for answer in found:
        if isinstance(answer, Ends):
            raise answer

"""A connection of redis-py, spoken to without the layers above it.

What makes a connection (addresses, TLS, sockets, logins, names) stays redis-py's. What it does
for each command beside sending and reading (retries, events, measuring, callbacks) costs more
than both, and nothing of it is used here.
"""

from __future__ import annotations

import select
from collections.abc import Sequence
from functools import cache
from typing import Any

from guardrail.connection.hurry import wait_at_most

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

    def packed(self, command: Command) -> bytes:
        """A command as it goes out."""
        if _PACK is not None:
            one: bytes = _PACK(tuple(command))
            return one
        return b"".join(self.pack_command(*command))  # type: ignore[attr-defined]

    def send_now(self, packed: bytes) -> None:
        """Send packed commands; raises OSError, after which the connection is of no use."""
        sock = self._met
        wait_at_most(sock, self._timeout)
        sock.sendall(packed)

    def answers(self, count: int) -> list[Any]:
        """The answers to as many commands, errors of single commands in their places.

        Raises OSError or what redis-py raises, after which the connection is of no use.
        """
        if self._answers is None:
            return self._read_by_redis_py(count)
        sock, gets, feed = self._met, self._answers.gets, self._answers.feed
        wait_at_most(sock, self._timeout)
        found: list[Any] = []
        while len(found) < count:
            data = sock.recv(_ALL_AT_ONCE)
            if not data:
                raise ConnectionResetError("the server has closed the connection")
            feed(data)
            while (answer := gets()) is not _NOT_ALL:
                if isinstance(answer, Exception):
                    _raise_what_ends_it(answer)
                found.append(answer)
        if len(found) > count or self._answers.has_data():
            raise ConnectionResetError("the server has said more than it was asked")
        return found

    def _meet(self, sock: Any) -> None:
        """Get to know the socket that redis-py has made."""
        self._met = sock
        if sock is not None:
            self._timeout = self.socket_timeout  # type: ignore[attr-defined]
            self._events = select.poll()
            self._events.register(sock, _EVENTS)
            self._pending = getattr(sock, "pending", None)  # what TLS has read but not given
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
        protocolError=InvalidResponse, replyError=error_of, notEnoughData=_NOT_ALL
    )


def _raise_what_ends_it(error: Exception) -> None:
    """Raise an answer after which redis-py closes a connection, too: LOADING, NOAUTH."""
    from redis.exceptions import ConnectionError as Ends

    if isinstance(error, Ends):
        raise error

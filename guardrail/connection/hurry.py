"""A bound on all that one page waits for Redis, however many trips it makes.

Each answer may take the configured timeout. A page makes more than one trip, and must not wait
that long for each: within `hurry` the waits share one allowance, and after the first that was
too long nothing more is asked.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from functools import cache
from time import monotonic
from typing import Any

ALLOWANCE = 1.4
"""Of one timeout. Less would starve pages whose trips are all a little slow: each connection that
is given up has to be made anew."""

_LEAST = 0.001
"""Seconds of a wait: 0 would mean not to block at all, which is another error."""


class Allowance:
    """Within it, all waits for Redis take 1.4 times ``timeout`` seconds at most, together.

    ``until``: monotonic seconds until which a page may wait.
    """

    __slots__ = ("_token", "until")

    def __init__(self, timeout: float) -> None:
        self.until = monotonic() + ALLOWANCE * timeout

    def __enter__(self) -> None:
        self._token: Token[Allowance | None] = LEFT.set(self)

    def __exit__(self, *_: object) -> None:
        LEFT.reset(self._token)


LEFT: ContextVar[Allowance | None] = ContextVar("guardrail_redis_wait", default=None)
"""The allowance of the page that is being answered; None where none is."""

hurry = Allowance


def seconds_left(timeout: float) -> float:
    """How long the next wait may be: ``timeout``, or what is left of a page's allowance.

    Where nothing is left it is not above 0.
    """
    left = LEFT.get()
    return timeout if left is None else min(timeout, left.until - monotonic())


def waits_until(timeout: float) -> float:
    """Until when (monotonic seconds) a wait that begins now may last."""
    now = monotonic()
    left = LEFT.get()
    if left is None or left.until >= now + timeout:
        return now + timeout
    return max(left.until, now + _LEAST)


def waited_too_long() -> None:
    """The page has waited for an answer that did not come; it waits for no other."""
    left = LEFT.get()
    if left is not None:
        left.until = 0.0


def wait_at_most(sock: Any, timeout: float) -> None:
    """Let a socket wait for ``timeout`` seconds, or what is left of a page's allowance."""
    seconds = max(_LEAST, seconds_left(timeout))
    # To set it is a call of the system, and mostly nothing is different.
    if sock.gettimeout() != seconds:
        sock.settimeout(seconds)


@cache
def hurried(kind: type) -> type:
    """A connection class of redis-py whose sockets wait no longer than a page may."""

    class Hurried(kind):  # type: ignore[misc]  # it is one of three, known when it runs
        socket_connect_timeout: float
        socket_timeout: float | None

        def connect(self) -> None:
            patient = self.socket_connect_timeout
            if self.socket_timeout is None:  # redis-py 5.0.0 forgets it of a unix socket
                self.socket_timeout = patient
            self.socket_connect_timeout = max(seconds_left(patient), _LEAST)
            try:
                super().connect()
            finally:
                self.socket_connect_timeout = patient

        def send_packed_command(self, *args: Any, **options: Any) -> None:
            self._wait()
            super().send_packed_command(*args, **options)

        def read_response(self, *args: Any, **options: Any) -> Any:
            self._wait()
            return super().read_response(*args, **options)

        def _wait(self) -> None:
            if self._sock is not None and self.socket_timeout is not None:
                wait_at_most(self._sock, self.socket_timeout)

    return Hurried

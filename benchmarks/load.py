"""Requests put on a server, at as little cost of our own as can be: both share the processors.

One thread, one epoll, a connection for each request, its answer read into one buffer until the
server closes. What is asked, and in the open loop when, does not depend on the answers.
"""

from __future__ import annotations

import errno
import select
import socket
import time
from typing import Self

CLIENTS = 4
PATIENCE = 5.0
_GOOD = b"HTTP/1.1 200"
# An answer that fits into the buffer wakes us once: when the server has closed.
_BUFFER = 256 * 1024


def request(customer: str) -> bytes:
    """What a customer sends."""
    return f"GET /home?{customer} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n".encode()


def closed_loop(port: int, seconds: float, first: int = 0) -> float:
    """Requests a second that clients get who ask again as soon as they are answered.

    Each client asks for 500 customers in turn, from the ``first`` one on.
    Raises OSError or RuntimeError where one gets no answer, or one that is no 200.
    """
    asked = [[request(f"c-{k}-{n}") for n in range(500)] for k in range(CLIENTS)]
    done = [0] * CLIENTS
    with _Connections(port) as connections:
        started = time.perf_counter()
        ended = started + seconds
        for k in range(CLIENTS):
            connections.ask(k, asked[k][first % 500])
        while connections:
            for k, error in connections.answered(PATIENCE):
                if error:
                    raise error
                done[k] += 1
                if time.perf_counter() < ended:
                    connections.ask(k, asked[k][(first + done[k]) % 500])
            if connections.oldest < time.perf_counter() - PATIENCE:
                raise RuntimeError(f"no answer within {PATIENCE} s")
        return sum(done) / (time.perf_counter() - started)


def open_loop(port: int, rate: float, seconds: float, first: int = 0) -> list[float]:
    """Seconds from the moment at which each request was due until its answer was there.

    Requests are sent at fixed moments whether or not earlier ones are answered, each for another
    customer, from the ``first`` one on. What fails, or is not answered within ``PATIENCE`` seconds,
    counts as that late. Raises RuntimeError for an answer that is no 200.
    """
    asked = [request(f"c-{first + n}") for n in range(int(rate * seconds))]
    late: list[float] = []
    sent = 0
    with _Connections(port) as connections:
        start = time.perf_counter() + 0.01
        while sent < len(asked) or connections:
            due = start + sent / rate if sent < len(asked) else float("inf")
            if time.perf_counter() >= due:
                try:
                    connections.ask(sent, asked[sent])
                except OSError:
                    late.append(PATIENCE)
                sent += 1
                continue
            late += [PATIENCE] * connections.given_up(time.perf_counter() - PATIENCE)
            if not connections and sent == len(asked):
                break
            then = min(due, connections.oldest + PATIENCE)
            for n, error in connections.answered(then - time.perf_counter()):
                late.append(PATIENCE if error else time.perf_counter() - (start + n / rate))
    return late


class _Exchange:
    """A request on its way and what is known of its answer."""

    __slots__ = ("head", "since", "socket", "unsent", "who")

    def __init__(self, who: int, unsent: bytes) -> None:
        self.who = who
        self.unsent = unsent
        self.head = b""
        self.since = time.perf_counter()
        self.socket = socket.socket()


class _Connections:
    """The requests that wait for their answers."""

    def __init__(self, port: int) -> None:
        self._where = ("127.0.0.1", port)
        self._epoll = select.epoll()
        self._open: dict[int, _Exchange] = {}
        self._buffer = memoryview(bytearray(_BUFFER))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._open.values():
            one.socket.close()
        self._epoll.close()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._open)

    @property
    def oldest(self) -> float:
        """Since when the first of them waits (`time.perf_counter`); infinite where none does."""
        return next((one.since for one in self._open.values()), float("inf"))

    def ask(self, who: int, text: bytes) -> None:
        """Send a request. Raises OSError where nobody listens."""
        one = _Exchange(who, text)
        try:
            one.socket.setblocking(False)
            one.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, _BUFFER)
            code = one.socket.connect_ex(self._where)
            if code not in (0, errno.EINPROGRESS):
                raise OSError(code, "no connection")
            waits_for = self._sent(one)
            self._epoll.register(one.socket, waits_for)
        except OSError:
            one.socket.close()
            raise
        self._open[one.socket.fileno()] = one

    def answered(self, seconds: float) -> list[tuple[int, OSError | None]]:
        """Who has an answer, or failed and why; waits for one so long at most.

        Raises RuntimeError for an answer that is no 200.
        """
        # An epoll knows milliseconds only.
        if not select.select([self._epoll], (), (), max(0.0, seconds))[0]:
            return []
        out: list[tuple[int, OSError | None]] = []
        for number, _ in self._epoll.poll(0):
            one = self._open[number]
            try:
                if one.unsent:
                    self._epoll.modify(number, self._sent(one))
                elif self._ended(one):
                    self._close(one)
                    out.append((one.who, None))
            except OSError as error:
                self._close(one)
                out.append((one.who, error))
        return out

    def given_up(self, before: float) -> int:
        """Leave those that have waited since then or longer; how many they are."""
        left = 0
        while self.oldest <= before:
            self._close(next(iter(self._open.values())))
            left += 1
        return left

    def _sent(self, one: _Exchange) -> int:
        """Send a request if there is a connection; for what of the socket is to be waited then."""
        try:
            # So few bytes always find room.
            one.socket.sendall(one.unsent)
        except BlockingIOError:
            return select.EPOLLOUT
        one.unsent = b""
        return select.EPOLLIN

    def _ended(self, one: _Exchange) -> bool:
        """Read what is there; whether that is all."""
        while True:
            try:
                size = one.socket.recv_into(self._buffer)
            except BlockingIOError:
                return False
            if not size:
                break
            if len(one.head) < len(_GOOD):
                one.head += self._buffer[: min(size, 40)]
        if not one.head.startswith(_GOOD):
            raise RuntimeError(f"the app answered {one.head!r}")
        return True

    def _close(self, one: _Exchange) -> None:
        del self._open[one.socket.fileno()]
        one.socket.close()

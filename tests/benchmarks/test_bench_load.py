"""The load: what is asked, when, and what counts as answered."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from benchmarks import load

GOOD = b"HTTP/1.1 200 OK\r\n\r\n"


@contextmanager
def answering(
    answer: Callable[[int], bytes | None], together: int = 1
) -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers requests in order; None: it keeps the connection and says nothing.

    ``together``: the first so many are answered when the last of them has come.
    """
    asked: list[bytes] = []
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for number in itertools.count():
                one, _ = listening.accept()
                text = one.recv(4096)
                if not text:
                    one.close()
                    return
                asked.append(text)
                kept.append(one)
                said = answer(number)
                if said is not None and number + 1 >= together:
                    for waiting in kept if number < together else kept[-1:]:
                        waiting.sendall(said)
                        waiting.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1], asked
        socket.create_connection(listening.getsockname()).close()
        thread.join()
    for one in kept:
        one.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "PATIENCE", 0.05)


def test_four_clients_ask_again_and_again():
    """Each for its own customers in order, and every answer is counted."""
    with answering(lambda _: GOOD + b"x" * 300_000) as (port, asked):
        started = time.perf_counter()
        rate = load.closed_loop(port, 0.1)
        took = time.perf_counter() - started
    assert len(asked) >= load.CLIENTS
    assert rate == pytest.approx(len(asked) / took, rel=0.5)
    for k in range(load.CLIENTS):
        of_one = [text for text in asked if f"?c-{k}-".encode() in text]
        assert of_one == [load.request(f"c-{k}-{n % 500}") for n in range(len(of_one))]


@pytest.mark.parametrize("answer", [b"HTTP/1.1 500 no\r\n\r\n", b"HTTP/1.1", b""])
def test_an_answer_that_is_no_200_ends_the_run(answer: bytes):
    """Its speed would say nothing."""
    with answering(lambda _: answer) as (port, _), pytest.raises(RuntimeError, match="answered"):
        load.closed_loop(port, 0.1)
    with answering(lambda _: answer) as (port, _), pytest.raises(RuntimeError, match="answered"):
        load.open_loop(port, 100, 0.01)


@pytest.mark.usefixtures("impatient")
def test_a_server_that_says_nothing_ends_the_closed_loop():
    """Else it would wait for ever."""
    with (
        answering(lambda _: None) as (port, _),
        pytest.raises(RuntimeError, match="no answer within"),
    ):
        load.closed_loop(port, 0.1)


def test_nobody_listening_ends_the_closed_loop_and_is_late_in_the_open_one():
    """As any error of a connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        load.closed_loop(port, 0.1)
    assert load.open_loop(port, 100, 0.05) == [load.PATIENCE] * 5


@pytest.mark.usefixtures("impatient")
def test_the_open_loop_asks_on_time_whoever_is_not_answered():
    """Every other request is never answered: it counts as late, and holds nobody else up."""
    at: list[float] = []

    def answer(number: int) -> bytes | None:
        at.append(time.perf_counter())
        return None if number % 2 else GOOD

    with answering(answer) as (port, asked):
        late = load.open_loop(port, 100, 0.3)
    assert asked == [load.request(f"c-{n}") for n in range(30)]
    assert len(late) == 30
    assert late.count(0.05) == 15
    assert all(0 < one < 0.05 for one in late if one != 0.05)
    # The last was asked when it was due, though fifteen others were waited for 50 ms each.
    assert 0.25 < at[-1] - at[0] < 0.5


def test_lateness_counts_from_the_moment_that_was_meant():
    """Who is kept waiting by others is late by that much, too."""
    with answering(lambda _: GOOD, together=5) as (port, _):
        late = load.open_loop(port, 100, 0.05)
    assert len(late) == 5
    for n, one in enumerate(sorted(late, reverse=True)):
        assert one >= 0.04 - n * 0.01

"""A TCP proxy in front of a Redis that can be made to misbehave."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import NamedTuple


class Mood(NamedTuple):
    """How the proxy treats answers.

    ``delay``: seconds that each piece of an answer is held. ``cut_after``: bytes of an answer
    that come through before the connection breaks, None = all. ``mute``: no answer comes at all.
    ``refuse``: new connections are closed at once. ``say``: this, whatever is asked.
    """

    delay: float = 0.0
    cut_after: int | None = None
    mute: bool = False
    refuse: bool = False
    say: bytes | None = None


class Proxy:
    """Listens on a free port of this machine and passes on to ``host``:``port`` or a socket."""

    def __init__(self, upstream: tuple[str, int] | str) -> None:
        self._upstream = upstream
        self.mood = Mood()
        self._stopped = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def drop(self) -> None:
        """Break every connection that is open."""
        with self._lock:
            for one in self._open:
                _shut(one)

    def close(self) -> None:
        """Stop listening, break what is open and wait until every thread has ended."""
        self._stopped.set()
        _shut(self._listener)
        self._listener.close()
        self.drop()
        for thread in list(self._threads):
            thread.join(10)
            assert not thread.is_alive()
        for one in self._open:
            one.close()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self.mood.refuse:
                near.close()
                continue
            try:
                far = self._reach()
            except OSError:
                near.close()
                continue
            with self._lock:
                self._open |= {near, far}
            for source, target, answers in ((near, far, False), (far, near, True)):
                thread = threading.Thread(
                    target=self._pass_on, args=(source, target, answers), daemon=True
                )
                self._threads.append(thread)
                thread.start()

    def _reach(self) -> socket.socket:
        if isinstance(self._upstream, str):
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._upstream)
            return far
        return socket.create_connection(self._upstream, timeout=5)

    def _pass_on(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        try:
            while data := source.recv(65536):
                mood = self.mood
                if answers and mood.delay and self._stopped.wait(mood.delay):
                    return
                if answers and mood.mute:
                    continue
                if not answers and mood.say is not None:
                    source.sendall(mood.say)
                    continue
                if answers and mood.cut_after is not None:
                    target.sendall(data[: mood.cut_after])
                    return
                target.sendall(data)
        except OSError:
            return
        finally:
            for one in (source, target):
                _shut(one)


def _shut(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)

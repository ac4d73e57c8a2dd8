"""A slow heartbeat: about once a second, beside the requests, not in them where that can be."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator

EVERY = 1.0
"""Seconds between two beats."""
PAUSE = 0.05
"""Seconds between two steps of a beat."""
OVERDUE = 2.5
"""Seconds after which a request does the beat itself: threads do not run everywhere (uWSGI)."""


class _Process:
    """Which process this is; to ask the system for it is a call that every page would pay for."""

    pid = os.getpid()

    @classmethod
    def forked(cls) -> None:
        cls.pid = os.getpid()


# Windows has no fork. Where a server forks behind Python's back, requests do the beats.
if hasattr(os, "register_at_fork"):  # pragma: no branch
    os.register_at_fork(after_in_child=_Process.forked)


class Pulse:
    """Does ``work`` about once a second in a daemon thread of each process that serves requests.

    Requests wait for the interpreter while the thread has it; so it rests wherever ``work`` yields.
    A process that forked gets its own thread with its first request. Where a given clock moves on
    by a second, the beat is done at once, so that what it does follows that clock too.
    """

    def __init__(self, work: Callable[[], Iterator[None]], clock: Callable[[], float]) -> None:
        self._work = weakref.WeakMethod(work)
        # The system's own clock may be set; what follows it does not hang on seconds.
        self._clock = None if clock is time.time else clock
        self._pid = 0
        self._set_next()
        self._stopped = threading.Event()
        self._starting = threading.Lock()

    @property
    def due(self) -> bool:
        """Whether `beat` has anything to do; to be asked with every request, costs next to nothing.

        By a clock that is never set back, and by a given one, which may stand still for hours.
        """
        return (
            time.monotonic() >= self._next
            or self._pid != _Process.pid
            or (self._clock is not None and self._clock() >= self._next_by_clock)
        )

    def beat(self) -> None:
        """Start the thread of this process, or do a beat that is overdue."""
        if self._pid != _Process.pid:
            self._start()
        elif self.due:
            self._do()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()

    def _start(self) -> None:
        with self._starting:
            if self._pid == _Process.pid or self._stopped.is_set():
                return
            self._pid = _Process.pid
            self._do()
            thread = threading.Thread(
                target=_beats,
                args=(weakref.ref(self), self._stopped),
                name="guardrail",
                daemon=True,
            )
            # Where the system has no thread to give, requests beat whenever it is overdue.
            with contextlib.suppress(RuntimeError):
                thread.start()

    def _do(self) -> None:
        for _ in self._steps():
            pass

    def _steps(self) -> Iterator[None]:
        """The steps of a beat, which begins."""
        self._set_next()
        work = self._work()
        return iter(()) if work is None else work()

    def _set_next(self) -> None:
        self._next = time.monotonic() + OVERDUE
        if self._clock is not None:
            self._next_by_clock = self._clock() + OVERDUE


def _beats(pulse: weakref.ref[Pulse], stopped: threading.Event) -> None:
    rested = 0.0
    while not stopped.wait(max(0.0, EVERY - rested)):
        alive = pulse()
        if alive is None:
            return
        steps = alive._steps()
        del alive
        rested = 0.0
        for _ in steps:
            rested += PAUSE
            if stopped.wait(PAUSE):
                return
        # It holds whose work it is, which nobody else may want any more.
        del steps

"""Ctrl-C and a request to end, taken only between two pieces of work."""

from __future__ import annotations

import signal
from collections.abc import Callable
from threading import current_thread, main_thread
from types import FrameType, TracebackType
from typing import Any, TypeVar

T = TypeVar("T")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopping:
    """While it is entered, a signal waits until `waiting` is called next; a second one does not.

    So what is counted gets printed, in whole lines. Only the main thread is asked by signals;
    elsewhere this does nothing.
    """

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._asked = False
        self._free = False

    def __enter__(self) -> Stopping:
        if current_thread() is main_thread():
            self._before = {one: signal.signal(one, self._ask) for one in _SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for one, before in self._before.items():
            signal.signal(one, before)

    def waiting(self, work: Callable[[], T]) -> T:
        """What ``work`` gives, which may take for ever; raises KeyboardInterrupt when asked to."""
        self._free = True
        try:
            if self._asked:
                raise KeyboardInterrupt
            return work()
        finally:
            self._free = False

    def _ask(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self._free or self._asked:
            raise KeyboardInterrupt
        self._asked = True

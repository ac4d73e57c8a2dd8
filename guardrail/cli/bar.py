"""A line that shows how far a long batch has come, for a person who waits at a terminal."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from typing import IO, TextIO

WIDTH = 24
EVERY = 0.2
"""Seconds between two looks."""


def size_of(stream: IO[bytes]) -> int | None:
    """The bytes of a file that is read; None where nobody can know them: a pipe, a terminal."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def span(seconds: float) -> str:
    """A time to wait, such as ``0:42`` or ``1:05:00``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Bar:
    """Draws on ``screen`` (standard error) if that is a terminal; else it does nothing.

    ``total``: bytes of the input, None = unknown; then there is no time left to tell. ``clock``
    gives seconds.
    """

    def __init__(
        self, total: int | None, clock: Callable[[], float], screen: TextIO | None = None
    ) -> None:
        self._screen = sys.stderr if screen is None else screen
        self._total = total
        self._clock = clock
        self._began = self._looked = clock()
        self._drawn = False
        self._on = self._screen.isatty()

    def at(self, customers: int, read: Callable[[], int]) -> None:
        """So many customers are done; ``read`` gives the bytes that are read by now."""
        if not self._on or (now := self._clock()) - self._looked < EVERY:
            return
        self._looked = now
        self._drawn = True
        self._screen.write(f"\r{self._text(customers, read, now - self._began)}\x1b[K")
        self._screen.flush()

    def clear(self) -> None:
        """Take the line away, so that something else can be written there."""
        if self._drawn:
            self._drawn = False
            self._screen.write("\r\x1b[K")
            self._screen.flush()

    def _text(self, customers: int, read: Callable[[], int], seconds: float) -> str:
        said = f"{customers:,} customers, {customers / seconds:,.0f}/s"
        if not self._total:
            return said
        part = min(1.0, read() / self._total)
        bar = "█" * int(part * WIDTH)
        left = f", {span(seconds / part - seconds)} left" if part else ""
        return f"{bar:·<{WIDTH}} {int(part * 100):3d} % {said}{left}"

"""A bar that shows how far a long file has been read, for a person who waits at a terminal."""

from __future__ import annotations

import sys
from typing import TextIO

WIDTH = 30
SHORTEST = 8 * 1024 * 1024
"""Files smaller than so many bytes are read before a bar could be seen."""


class Progress:
    """Draws a bar on ``stream`` (standard error) if that is a terminal; else it does nothing."""

    def __init__(self, name: str, total: int, stream: TextIO | None = None) -> None:
        """``total``: bytes of the file."""
        self._stream = sys.stderr if stream is None else stream
        self._name = name
        self._total = total
        self._shown = -1
        self._on = total >= SHORTEST and self._stream.isatty()

    def at(self, done: int, items: int) -> None:
        """So many bytes are read and so many items found."""
        percent = min(100, done * 100 // self._total) if self._on else self._shown
        if percent == self._shown:
            return
        self._shown = percent
        bar = "█" * (percent * WIDTH // 100)
        self._stream.write(f"\r{self._name} {bar:·<{WIDTH}} {percent:3d} % {items:,} items")
        self._stream.flush()

    def end(self) -> None:
        """Leave the line as clean as it was."""
        if self._on and self._shown >= 0:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

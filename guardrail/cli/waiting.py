"""A line that tells a person at a terminal how far a long work is, and is gone when it is done."""

from __future__ import annotations

import sys
import time
from typing import TextIO

WIDTH = 30
PATIENCE = 1.0
"""Seconds before the line is drawn; who waits for less needs none."""


class Waiting:
    """Draws on standard error if that is a terminal; else it does nothing."""

    def __init__(self, stream: TextIO | None = None, patience: float = PATIENCE) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._on = self._stream.isatty()
        self._from = time.monotonic() + patience
        self._drawn = ""

    def at(self, doing: str, done: int, total: int) -> None:
        """So much of it is done."""
        if not self._on or time.monotonic() < self._from:
            return
        bar = "█" * (done * WIDTH // total)
        line = f"\r{doing} {bar:·<{WIDTH}} {done * 100 // total:3d} %"
        if line != self._drawn:
            self._stream.write(line)
            self._stream.flush()
            self._drawn = line

    def end(self) -> None:
        """Leave the line as clean as it was."""
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

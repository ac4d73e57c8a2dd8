"""What tells two states of a file apart."""

from __future__ import annotations

from pathlib import Path

State = tuple[int, int, int]
"""Modification time in ns, size in bytes, inode; all zero when the file is not there."""
GONE: State = (0, 0, 0)


def state_of(path: Path) -> State:
    """The present state of a file; never raises."""
    try:
        found = path.stat()
    except OSError:
        return GONE
    return found.st_mtime_ns, found.st_size, found.st_ino

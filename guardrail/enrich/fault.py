"""What is wrong with a catalogue, and where."""

from __future__ import annotations


class CatalogueError(ValueError):
    """A catalogue that can't be taken over; the text begins with file and line, where it has one.

    It says what was wrong and what would be right, and never quotes a whole line.
    """

    def __init__(self, path: object, why: str, line: int | None = None) -> None:
        where = f"{path}:{line}" if line else f"{path}"
        super().__init__(f"{where}: {why}")

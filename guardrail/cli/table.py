"""Columns of text, aligned: numbers to the right, words to the left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

_NUMERIC = frozenset("0123456789.,<%- ")


def columns(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The rows under their head; nothing where there are no rows."""
    lines = [tuple(map(str, row)) for row in rows]
    if not lines:
        return
    held = list(zip(head, *lines, strict=True))
    widths = [max(map(len, column)) for column in held]
    right = [all(set(cell) <= _NUMERIC for cell in column[1:]) for column in held]
    for line in (tuple(head), *lines):
        cells = (
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(line, widths, right, strict=True)
        )
        yield "  ".join(cells).rstrip()

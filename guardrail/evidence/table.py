"""A CSV file as a table of texts, with the few ``# key: value`` lines that may stand above it."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple


class EvidenceError(ValueError):
    """A data file can't be understood; the text names it and says what would be right."""


class Table(NamedTuple):
    """``rows``: column -> text, stripped. ``facts``: what stands above the table."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    facts: Mapping[str, str] = {}

    def rated(self, *columns: str) -> list[Mapping[str, str]]:
        """The rows that have a number in each of these columns."""
        return [row for row in self.rows if all(is_number(row[c]) for c in columns)]


def is_number(text: str) -> bool:
    """Whether a text is a finite number."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def number(text: str) -> float:
    """The number that a text is."""
    return float(text)


def read_table(path: Path) -> Table:
    """The table of a CSV file. Raises `EvidenceError`; `OSError` where it can't be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise EvidenceError(f"{path}: it is not UTF-8") from None
    lines = text.splitlines()
    facts = {}
    while lines and lines[0].startswith("#"):
        key, _, value = lines.pop(0).lstrip("# ").partition(":")
        facts[key.strip().lower()] = value.strip()
    try:
        reader = csv.DictReader(lines)
        columns = tuple(name.strip() for name in reader.fieldnames or ())
        rows = tuple(_stripped(reader, columns))
    except csv.Error as error:
        raise EvidenceError(f"{path}: it is no CSV: {error}") from None
    return Table(facts.get("name") or path.stem, columns, rows, facts)


def _stripped(reader: csv.DictReader[str], columns: tuple[str, ...]) -> Iterator[Mapping[str, str]]:
    for row in reader:
        values = [value or "" for key, value in row.items() if key is not None]
        yield {c: value.strip() for c, value in zip(columns, values, strict=False)}

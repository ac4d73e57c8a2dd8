"""From the setting ``catalog`` to the catalogue."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from guardrail.enrich.asked import Answers, Asked
from guardrail.enrich.catalogue import Catalogue, Source
from guardrail.enrich.fault import CatalogueError
from guardrail.enrich.file import MAGIC
from guardrail.enrich.held import HeldFile
from guardrail.enrich.table import Table


def open_catalogue(given: str | Answers, now_ms: Callable[[], int]) -> Catalogue:
    """The catalogue of a path or a callable. ``now_ms`` gives epoch milliseconds.

    Raises CatalogueError where it is wrong and OSError where it can't be read.
    """
    if not isinstance(given, str):
        return Catalogue("callable", Asked(given), now_ms)
    path = Path(given)
    return Catalogue(str(path), _source(path), now_ms)


def _source(path: Path) -> Source:
    with path.open("rb") as stream:
        is_table = stream.read(len(MAGIC)) == MAGIC
    if not is_table:
        return HeldFile(path)
    try:
        return Table(path)
    except sqlite3.Error as error:
        raise CatalogueError(path, f"not readable as SQLite: {error}") from None

"""CSV and TSV catalogues, row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO

from guardrail.enrich.facts import ALIASES, Facts, categories_of, fields_in, id_text, shared_text
from guardrail.enrich.facts import text as short_text
from guardrail.enrich.fault import CatalogueError

_DELIMITERS = (",", ";", "\t")


def read_delimited(stream: BinaryIO, path: str) -> Iterator[tuple[str, Facts]]:
    """Every row of a file whose first line names its columns; delimited by comma, ; or tab.

    Raises CatalogueError with the line.
    """
    lines = _lines(stream, path)
    header = next(lines, "")
    delimiter = max(_DELIMITERS, key=header.count)
    columns = next(csv.reader([header], delimiter=delimiter), [])
    fields = fields_in(columns)
    if "id" not in fields:
        raise CatalogueError(path, no_id(columns, "column"), 1)
    place = {field: columns.index(column) for field, column in fields.items()}
    at_id = place.pop("id")
    title, categories, advertiser, google = map(
        place.get, ("title", "categories", "advertiser", "google_product_category")
    )
    width = len(columns)
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for row in rows:
            if not row:
                continue
            if len(row) > width:
                why = (
                    f"{len(row)} cells, but {width} columns; quote a cell that holds {delimiter!r}"
                )
                raise CatalogueError(path, why, rows.line_num + 1)
            row.extend([""] * (width - len(row)))
            ident = id_text(row[at_id])
            if ident is None:
                raise CatalogueError(path, "no id in this row", rows.line_num + 1)
            yield (
                ident,
                (
                    None if title is None else short_text(row[title]),
                    categories_of(
                        None if categories is None else row[categories],
                        None if google is None else row[google],
                    ),
                    None if advertiser is None else shared_text(row[advertiser]),
                ),
            )
    except csv.Error as error:
        raise CatalogueError(path, f"not readable as CSV: {error}", rows.line_num + 1) from None


def no_id(names: list[str], what: str) -> str:
    """What is wrong where nothing is called like an id."""
    shown = ", ".join(name[:30] for name in names[:8])
    return f"no {what} for the id (found: {shown}); name one {', '.join(ALIASES['id'][:4])}"


def _lines(stream: BinaryIO, path: str) -> Iterator[str]:
    for number, line in enumerate(stream, 1):
        try:
            yield (line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).decode()
        except UnicodeDecodeError:
            raise CatalogueError(path, "not UTF-8; save the file as UTF-8", number) from None

"""A catalogue that is a file, held in memory as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from guardrail.enrich.delimited import read_delimited
from guardrail.enrich.documents import read_document, read_lines
from guardrail.enrich.facts import Facts
from guardrail.enrich.fault import CatalogueError
from guardrail.enrich.merchant import read_merchant
from guardrail.enrich.progress import Progress

MOST_ITEMS = 3_000_000
"""Items that are held in memory, about 300 bytes each; more belong into SQLite."""
MAGIC = b"SQLite format 3\0"
_EVERY = 20_000

Reader = Callable[[BinaryIO, str], Iterator[tuple[str, Facts]]]
_BY_SUFFIX: dict[str, Reader] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".txt": read_delimited,
    ".ndjson": read_lines,
    ".jsonl": read_lines,
    ".json": read_document,
    ".jsonld": read_document,
    ".xml": read_merchant,
    ".rss": read_merchant,
}


class Held(NamedTuple):
    """What was read: facts by id, and how many ids stood there more than once (the last counts)."""

    facts: dict[str, Facts]
    repeated: int


def read_file(path: Path) -> Held:
    """Everything in a file. Raises CatalogueError, or OSError where it can't be read."""
    facts: dict[str, Facts] = {}
    rows = 0
    progress = Progress(path.name, path.stat().st_size)
    try:
        with path.open("rb") as stream:
            for ident, found in reader_for(path, stream)(stream, str(path)):
                facts[ident] = found
                rows += 1
                if not rows % _EVERY:
                    progress.at(stream.tell(), rows)
                    if len(facts) > MOST_ITEMS:
                        why = f"more than {MOST_ITEMS:,} items; put them into SQLite (.sqlite)"
                        raise CatalogueError(path, why)
    finally:
        progress.end()
    if not facts:
        raise CatalogueError(path, "there is no item in it")
    return Held(facts, rows - len(facts))


def reader_for(path: Path, stream: BinaryIO) -> Reader:
    """The reader of a file's format: by its suffix, and where that says nothing, by its beginning.

    A ``.json`` file with one object per line is read so. Leaves the stream at its beginning.
    """
    head = stream.read(65_536)
    stream.seek(0)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    reader = _BY_SUFFIX.get(path.suffix.lower())
    if start[:1] == b"<":
        return read_merchant
    if start[:1] == b"[" or (start[:1] == b"{" and reader is not read_lines):
        return read_lines if _is_lines(start) else read_document
    if reader is None:
        kinds = ", ".join([*_BY_SUFFIX, ".sqlite", ".db"])
        raise CatalogueError(path, f"no format that is known; give the file one of {kinds}")
    return reader


def _is_lines(start: bytes) -> bool:
    """Whether the first line is an object of its own, and another one follows."""
    first, _, rest = start.partition(b"\n")
    return first.startswith(b"{") and first.rstrip().endswith(b"}") and rest.strip()[:1] == b"{"

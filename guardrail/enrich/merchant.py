"""A Google Merchant feed: RSS 2.0 with ``item`` or Atom with ``entry``, read as it streams in.

Attributes are those of the product data specification: ``g:id``, ``title``, ``g:brand``,
``g:product_type``, ``g:google_product_category`` (an id or a path).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.parsers import expat

from guardrail.enrich.facts import Facts, facts_of, fields_in
from guardrail.enrich.fault import CatalogueError

_CHUNK = 256 * 1024
_GOOGLE = "http://base.google.com/ns/1.0"
_ENTRIES = ("item", "entry")
_LONGEST_TEXT = 4000


class _Feed:
    """What a parser has come across: the entry that it is in, and those that it has left."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.ready: list[tuple[str, Facts]] = []
        self.seen = False
        self._row: dict[str, list[str]] | None = None
        self._inside = 0
        self._text: list[str] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_: Any) -> None:
        # Entities of a DOCTYPE can make a short file endless, and no feed needs one.
        raise CatalogueError(self.path, "a feed has no DOCTYPE", self.parser.CurrentLineNumber)

    def _start(self, name: str, _: Any) -> None:
        if self._row is not None:
            self._inside += 1
            self._text = []
        elif name.rpartition(" ")[2] in _ENTRIES:
            self._row, self._inside, self.seen = {}, 0, True

    def _characters(self, data: str) -> None:
        self._text.append(data[:_LONGEST_TEXT])

    def _end(self, name: str) -> None:
        if self._row is None:
            return
        if self._inside == 0:
            self._finish(self._row)
            self._row = None
            return
        if self._inside == 1:
            space, _, key = name.rpartition(" ")
            text = "".join(self._text).strip()
            if text and (space == _GOOGLE or f"g {key}" not in self._row):
                own = self._row.setdefault(f"g {key}" if space == _GOOGLE else key, [])
                own.append(text)
        self._inside -= 1

    def _finish(self, row: dict[str, list[str]]) -> None:
        # The feed's own names (g:id) come before those of RSS and Atom (id is a URL there).
        named = {**row, **{key[2:]: value for key, value in row.items() if key[:2] == "g "}}
        single = {
            key: values if key in ("product_type", "google_product_category") else values[0]
            for key, values in named.items()
        }
        ident, facts = facts_of(single, fields_in(single))
        if ident is None:
            raise CatalogueError(self.path, "an item without g:id", self.parser.CurrentLineNumber)
        self.ready.append((ident, facts))


def read_merchant(stream: BinaryIO, path: str) -> Iterator[tuple[str, Facts]]:
    """Every item of a feed. Raises CatalogueError with the line."""
    feed = _Feed(path)
    try:
        while chunk := stream.read(_CHUNK):
            feed.parser.Parse(chunk, False)
            yield from feed.ready
            feed.ready.clear()
        feed.parser.Parse(b"", True)
    except expat.ExpatError as error:
        why = f"not XML: {expat.errors.messages[error.code]}"
        raise CatalogueError(path, why, error.lineno) from None
    if not feed.seen:
        raise CatalogueError(path, "no <item> or <entry>; a Google Merchant feed was expected")

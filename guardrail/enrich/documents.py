"""Catalogues in JSON: one object per line, an array, or schema.org products as JSON-LD."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import msgspec

from guardrail.enrich.delimited import no_id
from guardrail.enrich.facts import Facts, categories_of, facts_of, fields_in, id_text, shared_text
from guardrail.enrich.facts import text as short_text
from guardrail.enrich.fault import CatalogueError

LARGEST = 256 * 1024 * 1024
"""Bytes of a JSON document; it is held as a whole. Lines of JSON may be any number."""
_LISTS = ("@graph", "itemListElement", "products", "items", "hits", "results")
_IDS = ("sku", "productID", "gtin13", "gtin", "mpn", "@id", "url", "identifier")
_PRODUCTS = ("Product", "ProductGroup", "ProductModel", "IndividualProduct", "SomeProducts")


def read_lines(stream: BinaryIO, path: str) -> Iterator[tuple[str, Facts]]:
    """Every object of a file with one JSON object per line. Raises CatalogueError with the line."""
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    fields: dict[str, str] = {}
    keys: list[str] = []
    for number, line in enumerate(stream, 1):
        raw = line.removeprefix(b"\xef\xbb\xbf").strip()
        if not raw:
            continue
        try:
            row = decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            why = f"no JSON object ({error}); one line is one item"
            raise CatalogueError(path, why, number) from None
        if "@type" in row:
            yield _product(row, path, number)
            continue
        if keys != (keys := [*row]):
            fields = fields_in(keys)
        ident, facts = facts_of(row, fields)
        if ident is None:
            raise CatalogueError(path, no_id(keys, "key"), number)
        yield ident, facts


def read_document(stream: BinaryIO, path: str) -> Iterator[tuple[str, Facts]]:
    """Every item of one JSON document: an array, or an object that holds one. JSON-LD too.

    Raises CatalogueError.
    """
    raw = stream.read(LARGEST + 1)
    if len(raw) > LARGEST:
        why = f"longer than {LARGEST // 1024**2} MiB; write one JSON object per line (.ndjson)"
        raise CatalogueError(path, why)
    try:
        whole = msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CatalogueError(path, f"not JSON: {error}") from None
    for number, entry in enumerate(_rows(whole, path), 1):
        listed = isinstance(entry, Mapping) and entry.get("@type") == "ListItem"
        row = entry.get("item") if listed else entry
        if not isinstance(row, Mapping):
            raise CatalogueError(path, f"entry {number} is no object")
        if "@type" in row:
            if _is_product(row):
                yield _product(row, path, number, "entry")
            continue
        fields = fields_in(row)
        ident, facts = facts_of(row, fields)
        if ident is None:
            raise CatalogueError(path, f"entry {number}: {no_id([*row], 'key')}")
        yield ident, facts


def _rows(whole: Any, path: str) -> list[Any]:
    if isinstance(whole, list):
        return whole
    if isinstance(whole, Mapping):
        found = next((whole[key] for key in _LISTS if isinstance(whole.get(key), list)), None)
        if found is not None:
            return list(found)
        if _is_product(whole):
            return [whole]
    raise CatalogueError(path, f"no list of items; give an array, or one under {', '.join(_LISTS)}")


def _is_product(row: Mapping[str, Any]) -> bool:
    kinds = row.get("@type")
    listed = kinds if isinstance(kinds, list) else [kinds]
    return any(str(kind).rpartition("/")[2] in _PRODUCTS for kind in listed)


def _product(
    row: Mapping[str, Any], path: str, number: int, what: str = "line"
) -> tuple[str, Facts]:
    """A schema.org Product: ``name``, ``category``, ``brand``."""
    ident = next((found for key in _IDS if (found := id_text(_value(row.get(key))))), None)
    if ident is None:
        why = f"{what} {number}: a Product without an id; give it {', '.join(_IDS[:3])}"
        raise CatalogueError(path, why)
    brand = row.get("brand")
    return ident, (
        short_text(row.get("name")),
        categories_of(row.get("category")),
        shared_text(brand[0] if isinstance(brand, list) and brand else brand),
    )


def _value(given: Any) -> Any:
    """The value of a PropertyValue, or what stands there."""
    return given.get("value") if isinstance(given, Mapping) else given

"""Bytes become items: where they stand in a body, and what each of them says."""

from guardrail.extract.alone import ItemError, read_line, read_objects
from guardrail.extract.read import (
    MAX_ITEMS,
    Extracted,
    NotReadable,
    Read,
    Reader,
    extract,
    reader_for,
)

__all__ = [
    "MAX_ITEMS",
    "Extracted",
    "ItemError",
    "NotReadable",
    "Read",
    "Reader",
    "extract",
    "read_line",
    "read_objects",
    "reader_for",
]

"""All data sets of a folder: every CSV file whose columns are known, less what was struck."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from guardrail.evidence.case import Case, DataSet
from guardrail.evidence.layouts import layout_of
from guardrail.evidence.table import read_table

HASH, REASON = "text_sha256_16", "reason"


class Folder(NamedTuple):
    """``skipped``: CSV files whose columns nobody knows."""

    sets: tuple[DataSet, ...]
    skipped: tuple[Path, ...]


def text_hash(text: str) -> str:
    """What a struck text is listed by: the first 16 hex digits of its SHA-256, in lower case."""
    return hashlib.sha256(text.strip().casefold().encode()).hexdigest()[:16]


def read_folders(paths: Iterable[Path]) -> Folder:
    """The data sets of files and folders, in name order. Raises `EvidenceError`, `OSError`."""
    files = [file for path in paths for file in _files(path)]
    struck: dict[str, str] = {}
    tables = []
    skipped = []
    for file in files:
        table = read_table(file)
        layout = layout_of(table.columns)
        if {HASH, REASON} <= set(table.columns):
            struck.update({row[HASH]: row[REASON] for row in table.rows})
        elif layout is None:
            skipped.append(file)
        else:
            tables.append((layout, table))
    sets = [_without(found, struck) for layout, table in tables for found in layout(table)]
    return Folder(tuple(s for s in sets if s.cases), tuple(skipped))


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.rglob("*.csv"))
    path.stat()
    return [path]


def _without(found: DataSet, struck: Mapping[str, str]) -> DataSet:
    """A data set of texts without the sensitive ones that were struck by hand."""
    if found.kind != "texts" or not struck:
        return found
    kept: list[Case] = []
    reasons: Counter[str] = Counter()
    for one in found.cases:
        reason = struck.get(text_hash(one.label)) if one.sensitive else None
        if reason is None:
            kept.append(one)
        else:
            reasons[reason] += 1
    return found._replace(cases=tuple(kept), struck=tuple(sorted(reasons.items())))

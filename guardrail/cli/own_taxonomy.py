"""Nodes of a taxonomy file, and the categories that their names speak of.

A category in a rule file stands for the descendants of a node only where guardrail knows the
taxonomy. It does not know yours, so every descendant is listed by itself.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from guardrail.ruleset import Category
from guardrail.score.recognise import Recogniser

_ID = ("unique id", "node id", "category id", "iab code", "id", "code", "key")
_PARENT = ("parent id", "parent", "parent code", "parent key")
_NAME = ("name", "title", "label", "iab category", "category", "condensed name")
HEADER_WITHIN = 5
"""The header is one of so many first lines; some files have a line above it."""


class TaxonomyError(ValueError):
    """The file can't be understood; the text says why, and what would be right."""


class Node(NamedTuple):
    """One node; ``path`` are the names from the top level down to its own."""

    id: str
    path: tuple[str, ...]


class Proposed(NamedTuple):
    """Nodes of one category, each with why: those that say it, and those that hint at it."""

    ids: list[tuple[str, str]]
    proxies: list[tuple[str, str]]


class _Columns(NamedTuple):
    id: int
    parent: int | None
    name: int | None
    tiers: tuple[int, ...]


def read_nodes(path: Path) -> list[Node]:
    """The nodes of a TSV or CSV file. Raises `TaxonomyError`; `OSError` where it can't be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise TaxonomyError(f"{path}: it is not UTF-8") from None
    lines = text.splitlines()
    delimiter = max("\t,;", key=lambda d: sum(line.count(d) for line in lines[:HEADER_WITHIN]))
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter)]
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        columns = _columns(row)
        if columns is not None:
            return _nodes(rows[at + 1 :], columns)
    raise TaxonomyError(
        f"{path}: no header was found; it needs a column for the id ({', '.join(_ID)}) and one "
        f"for the name ({', '.join(_NAME)}) or columns Tier 1, Tier 2 …"
    )


def _columns(header: Sequence[str]) -> _Columns | None:
    names = [cell.lower().replace("_", " ") for cell in header]

    def first(wanted: Iterable[str]) -> int | None:
        exact = (names.index(w) for w in wanted if w in names)
        begun = (i for w in wanted for i, n in enumerate(names) if n.startswith(f"{w} ("))
        return next(exact, next(begun, None))

    key, name = first(_ID), first(_NAME)
    tiers = tuple(i for i, n in enumerate(names) if n.startswith("tier ") and n[5:].isdecimal())
    if key is None or (name is None and not tiers):
        return None
    return _Columns(key, first(_PARENT), name, tiers)


def _nodes(rows: Iterable[Sequence[str]], columns: _Columns) -> list[Node]:
    def cell(row: Sequence[str], at: int | None) -> str:
        return row[at] if at is not None and at < len(row) else ""

    listed = {cell(row, columns.id): row for row in rows if cell(row, columns.id)}
    nodes = []
    for key, row in listed.items():
        path = tuple(filter(None, (cell(row, at) for at in columns.tiers)))
        if not path:
            path = tuple(cell(listed[k], columns.name) for k in _up(key, listed, columns.parent))[
                ::-1
            ]
        nodes.append(Node(key, path))
    return nodes


def _up(key: str, listed: Mapping[str, Sequence[str]], at: int | None) -> list[str]:
    """A node's id and those of its parents; a circle ends where it closes."""
    found: list[str] = []
    while key in listed and key not in found:
        found.append(key)
        row = listed[key]
        key = row[at] if at is not None and at < len(row) else ""
    return found


def propose(nodes: Iterable[Node], categories: Iterable[Category]) -> dict[str, Proposed]:
    """Category -> nodes whose name, or the name of a node above, speaks of it."""
    listed = list(categories)
    recogniser = Recogniser(listed)
    proposed = {category.slug: Proposed([], []) for category in listed}
    for node in nodes:
        found: dict[str, tuple[bool, str]] = {}
        for name in reversed(node.path):
            for hit in recogniser.find(name):
                why = f'{node.path[-1]} (says "{hit.phrase}")'
                known = found.get(hit.target)
                if known is None or (known[0] and not hit.hint):
                    found[hit.target] = (hit.hint, why)
        for slug, (hint, why) in found.items():
            (proposed[slug].proxies if hint else proposed[slug].ids).append((node.id, why))
    return proposed

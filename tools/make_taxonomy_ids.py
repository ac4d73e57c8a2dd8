"""Write `guardrail/taxonomy_ids.py` from the taxonomy TSV files of the IAB Tech Lab.

Usage: ``python tools/make_taxonomy_ids.py FOLDER_WITH_TSV [OUTPUT]``

Trees are built from the tier columns, because the parent column is wrong in places (nodes that
are their own parent, children under a cousin). A node whose tiers stop at its parent is placed
below them by its name; a parent that no row lists is skipped in favour of the next one above.
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import NamedTuple


class Layout(NamedTuple):
    """Where a file keeps what: rows above the data, columns of the id, the name and the tiers."""

    constant: str
    file: str
    header_rows: int
    id_column: int
    name_column: int | None
    tiers: slice


LAYOUTS = (
    Layout("IAB_CONTENT_2_2", "Content Taxonomy 2.2.tsv", 2, 0, 2, slice(3, 7)),
    Layout("IAB_CONTENT_3_0", "Content Taxonomy 3.0.tsv", 2, 0, 2, slice(3, 7)),
    Layout("IAB_CONTENT_3_1", "Content Taxonomy 3.1.tsv", 2, 0, 2, slice(3, 7)),
    Layout("IAB_AD_PRODUCT_2_0", "Ad Product Taxonomy 2.0.tsv", 1, 0, 2, slice(3, 6)),
    Layout("IAB_AUDIENCE_1_1", "Audience Taxonomy 1.1.tsv", 1, 1, None, slice(4, 10)),
)
FLAT = ("IAB_CONTENT_1_0", "Content Taxonomy 1.0.tsv")

DOCSTRING = '''"""Ids and parents of the IAB Tech Lab taxonomies.

Written by `tools/make_taxonomy_ids.py`. Each constant lists children under their parent:
``parent: child child``; ``:`` alone begins the top level. Ids are in lower case.

Derived from the Content Taxonomy 1.0, 2.2, 3.0 and 3.1, the Ad Product Taxonomy 2.0 and the
Audience Taxonomy 1.1 of the IAB Tech Lab (https://iabtechlab.com), licensed under CC BY 3.0
(https://creativecommons.org/licenses/by/3.0/). Changes: names were left out, and parents were
taken from the tier columns.
"""
'''


def read_rows(path: Path, header_rows: int) -> list[list[str]]:
    """The cells of every data row; CRLF and a byte-order mark are tolerated."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    return [[cell.strip() for cell in line.split("\t")] for line in lines[header_rows:]]


def tree(layout: Layout, folder: Path) -> dict[str, str]:
    """Child id -> parent id (empty at the top), in file order, ids in lower case."""
    paths: dict[str, tuple[str, ...]] = {}
    for row in read_rows(folder / layout.file, layout.header_rows):
        node = row[layout.id_column].lower() if len(row) > layout.id_column else ""
        if not node:
            continue
        path = tuple(cell for cell in row[layout.tiers] if cell)
        name = row[layout.name_column] if layout.name_column is not None else ""
        if name and (not path or path[-1] != name):
            path = (*path, name)
        if node in paths:
            raise SystemExit(f"{layout.file}: id {node} is listed twice")
        paths[node] = path
    by_path: dict[tuple[str, ...], str] = {}
    for node, path in paths.items():
        by_path.setdefault(path, node)
    return {node: nearest(path, by_path) for node, path in paths.items()}


def nearest(path: tuple[str, ...], by_path: dict[tuple[str, ...], str]) -> str:
    """The id of the nearest listed node above a path, empty when there is none."""
    above = (path[:depth] for depth in range(len(path) - 1, 0, -1))
    return next((by_path[p] for p in above if p in by_path), "")


def flat(file: Path) -> dict[str, str]:
    """Content 1.0 has its parents in the ids: ``IAB7-39`` stands below ``IAB7``."""
    ids = [row[0].lower() for row in read_rows(file, 1) if row[0]]
    return {node: node.partition("-")[0] if "-" in node else "" for node in ids}


def check_tree(name: str, parents: dict[str, str]) -> None:
    """Stop at an unknown parent or a circle: both would make ancestors wrong for ever."""
    for node, parent in parents.items():
        seen, above = {node}, parent
        while above:
            if above in seen or above not in parents:
                raise SystemExit(f"{name}: no way up from {node}")
            seen.add(above)
            above = parents[above]


def constant(name: str, parents: dict[str, str]) -> str:
    """The Python source of one constant."""
    children: dict[str, list[str]] = {}
    for node, parent in parents.items():
        children.setdefault(parent, []).append(node)
    words = [word for parent, listed in children.items() for word in (f"{parent}:", *listed)]
    body = textwrap.fill(" ".join(words), 98, break_long_words=False, break_on_hyphens=False)
    return f'{name} = """\n{body}\n"""\n'


def main(arguments: list[str]) -> None:
    """Write the module; see the usage above."""
    folder = Path(arguments[0])
    default = Path(__file__).parent.parent / "guardrail" / "taxonomy_ids.py"
    output = Path(arguments[1]) if len(arguments) > 1 else default
    trees = {FLAT[0]: flat(folder / FLAT[1])}
    trees.update((layout.constant, tree(layout, folder)) for layout in LAYOUTS)
    for name, parents in trees.items():
        check_tree(name, parents)
    source = "\n".join(constant(name, parents) for name, parents in trees.items())
    output.write_text(f"{DOCSTRING}\n{source}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

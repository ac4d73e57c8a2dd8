"""Bodies read by the compiled scanner, where there is one and the surface is of a usual shape."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from guardrail.extract.learn import Learn
from guardrail.extract.locate import ListSpan
from guardrail.extract.paths import are_plain
from guardrail.extract.shape import Shape
from guardrail.extract.sort import Alike
from guardrail.extract.strict import tree_of

if TYPE_CHECKING:
    from guardrail.extract.brief import Needs
    from guardrail.extract.scanner import Scan, Scanner

try:
    from guardrail.extract import scanner as compiled
except ImportError:
    compiled = None  # type: ignore[assignment]

_TEXTS = ("title", "reason", "advertiser", "campaign", "creative")
_HIDDEN = "hidden "


def scanner_for(
    shape: Shape,
    needs: Needs,
    alike: Alike,
    *,
    hidden: Sequence[tuple[str, ...]] = (),
    neutral: str | None = None,
) -> Scanner | None:
    """The scanner of a surface's bodies; None where there is none for such bodies.

    ``hidden``: paths of what is cut out of every item. ``neutral``: the surface's neutral reason.
    """
    if compiled is None or not shape.strict or not are_plain(shape.steps):
        return None
    head = [name for name in needs.item if name != "signals"]
    wanted = dict.fromkeys(("id", "title", "reason", "signals", *head, *needs.counted))
    paths = {name: shape.path(name) for name in wanted}
    by_path = {path: name for name, path in paths.items()}
    for path in hidden:
        if len(path) > 1:
            return None
        by_path.setdefault(path, f"{_HIDDEN}{path[0]}")
    names = tuple(by_path.values())
    tree = tree_of({name: path for path, name in by_path.items()})
    if tree is None or len(by_path) < len(paths):
        return None
    cut = {by_path[path] for path in hidden}
    roles = [_role(name, head, cut) for name in names]
    numbers = {name: number for number, name in enumerate(names)}
    learn = Learn(
        shape,
        alike,
        # In the order of their numbers, for so the scanner gives their bytes.
        head=[name for name in names if name in head],
        signal=needs.signal,
        neutral=neutral,
    )
    try:
        return compiled.Scanner(
            shape.steps,
            _numbered(tree, numbers),
            names,
            roles,
            (numbers["title"], numbers["reason"]),
            needs.signal,
            learn,
            json.loads,
        )
    except ValueError:
        return None


def _role(name: str, head: Sequence[str], cut: set[str]) -> int:
    role = 0
    if name == "id":
        role |= compiled.ID
    if name in _TEXTS:
        role |= compiled.TEXT
    if name == "signals":
        role |= compiled.SIGNALS
    if name in head:
        role |= compiled.HEAD
    if name in cut:
        role |= compiled.HIDDEN
    return role


def _numbered(tree: Any, numbers: dict[str, int]) -> Any:
    if isinstance(tree, str):
        return numbers[tree]
    return {key: _numbered(under, numbers) for key, under in tree.items()}


def lists_of(scan: Scan) -> list[ListSpan]:
    """Every list of items, as `guardrail.extract.locate` finds them."""
    return [ListSpan(start, end, spans) for start, end, spans in scan.lists_of_spans()]


def ids_of(scan: Scan) -> Iterator[str | None]:
    """The id of each item in turn, a number as text."""
    return iter(scan.texts("id"))

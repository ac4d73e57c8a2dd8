"""Fallback items: what fills a shelf that got too short, and must itself be harmless."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from guardrail.extract.paths import field_path
from guardrail.rulefile.reader import MAX_BYTES
from guardrail.rulefile.tree import Mark, Node, WrittenFloat, WrittenInt

Report = Callable[[Mark, str], None]


class Signature(NamedTuple):
    """What tells two states of a file apart; all zero when the file is not there."""

    mtime_ns: int = 0
    size: int = 0
    inode: int = 0


def signature(path: Path) -> Signature:
    """The present state of a file; never raises."""
    try:
        found = path.stat()
    except OSError:
        return Signature()
    return Signature(found.st_mtime_ns, found.st_size, found.st_ino)


class Files:
    """The files that a rule set was read from: their bytes for the revision, and their state.

    The state is taken before the bytes, so that a file changed meanwhile is read again later.
    """

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.states: dict[Path, Signature] = {}

    def read(self, path: Path, name: str) -> bytes:
        """The bytes of a file, at most one more than `MAX_BYTES`. Raises OSError."""
        self.states[path] = signature(path)
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        self.contents[name] = data
        return data


class Pool(NamedTuple):
    """Where a surface keeps items: the node in the file, the mapped paths, what they are called."""

    node: Node
    id_path: str
    signals_path: str
    what: str = "fallback"


def read_fallback(
    pool: Pool, *, folder: Path, root: Path, files: Files, report: Report
) -> tuple[bytes, ...]:
    """The items of a surface's fallback, each one JSON object as bytes.

    ``folder``: of the rule file, to which a path is relative; ``root``: to which names of files
    in the revision are relative. What is wrong is reported, and then nothing is returned.
    """
    node = pool.node
    if isinstance(node.value, list):
        return read_inline(pool, report)
    if not isinstance(node.value, str):
        report(node.mark, "fallback: must be a list of items or the path of a JSON file")
        return ()
    path = Path(os.path.normpath(folder / node.value))
    try:
        data = files.read(path, Path(os.path.relpath(path, root)).as_posix())
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or "not a possible path").lower()
        report(node.mark, f"fallback file {node.value!r}: {why}; the path is relative to this file")
        return ()
    if len(data) > MAX_BYTES:
        report(node.mark, f"fallback file {node.value!r} is larger than {MAX_BYTES // 1024} KiB")
        return ()
    try:
        listed = msgspec.json.decode(data, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        report(node.mark, f"fallback file {node.value!r} is no JSON array: {error}")
        return ()
    return _checked([(bytes(raw), node.mark) for raw in listed], pool, report)


def read_inline(pool: Pool, report: Report) -> tuple[bytes, ...]:
    """The items of a list in the rule file itself; what is wrong is reported."""
    if not isinstance(pool.node.value, list):
        report(pool.node.mark, f"{pool.what}: must be a list of items")
        return ()
    inline = [(msgspec.json.encode(_json(one)), one.mark) for one in pool.node.value]
    return _checked(inline, pool, report)


def _json(node: Node) -> Any:
    """A value for JSON; numbers stay as they were written."""
    if isinstance(node.value, dict):
        return {key: _json(child) for key, child in node.items()}
    if isinstance(node.value, list):
        return [_json(child) for child in node.value]
    if isinstance(node.value, (WrittenInt, WrittenFloat)):
        return msgspec.Raw(node.value.text.encode())
    return node.value


def _checked(listed: list[tuple[bytes, Mark]], pool: Pool, report: Report) -> tuple[bytes, ...]:
    ids: set[str] = set()
    good = True
    for number, (raw, mark) in enumerate(listed, 1):
        wrong = _wrong(raw, pool, ids)
        if wrong:
            report(mark, f"{pool.what} item {number} {wrong}")
            good = False
    return tuple(raw for raw, _ in listed) if good else ()


def _wrong(raw: bytes, pool: Pool, ids: set[str]) -> str | None:
    """What is wrong with one item, None when nothing is; its id joins ``ids``."""
    try:
        item = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return f"is not readable: {error}"
    if not isinstance(item, dict):
        return "is no object"
    found = _at(item, pool.id_path)
    if isinstance(found, bool) or not isinstance(found, (str, int, float)) or found == "":
        return f"has no id at {pool.id_path!r}"
    if str(found) in ids:
        return f"has an id that another one has: {str(found)!r}"
    ids.add(str(found))
    if not _harmless(_at(item, pool.signals_path)):
        return f"claims personal signals at {pool.signals_path!r}; a {pool.what} uses none"
    return None


def _at(item: dict[str, Any], path: str) -> Any:
    found: Any = item
    for part in field_path(path):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _harmless(signals: Any) -> bool:
    """Whether nothing personal was used: no signals, or only ones that say depth 0."""
    if signals is None:
        return True
    return isinstance(signals, list) and all(
        isinstance(s, dict) and s.get("depth") == 0 and s["depth"] is not False for s in signals
    )

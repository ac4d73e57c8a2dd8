"""From paths to a rule set, or to everything that is wrong with it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from guardrail.rulefile import expectations
from guardrail.rulefile.assemble import assemble
from guardrail.rulefile.fallback import Files, Signature, signature
from guardrail.rulefile.part import read_part
from guardrail.rulefile.problem import Problem, RuleFileError, RuleFileUnreadable, in_order
from guardrail.rulefile.reader import read
from guardrail.rulefile.tree import Document
from guardrail.ruleset import RuleSet

ENDING = ".yaml"
TEST_ENDING = ".test.yaml"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What reading a rule set gave. ``rules`` is None when there are problems.

    ``states``: every file that was read or looked for, and its state then.
    """

    rules: RuleSet | None
    problems: tuple[Problem, ...]
    states: dict[Path, Signature]


def load(path: str | Path) -> RuleSet:
    """The rule set of a directory (with its subfolders), or of one file.

    Raises `RuleFileError` with every problem of every file, `RuleFileUnreadable` when a file or
    directory is missing or may not be read.
    """
    attempt = attempt_load(Path(path))
    if attempt.rules is None:
        raise RuleFileError(attempt.problems)
    return attempt.rules


def check(paths: Iterable[str | Path]) -> list[Problem]:
    """Everything that is wrong with files and directories, by file and line.

    A directory is judged as a rule set, with the test files in it. A file is judged alone: what
    other files may define is not missed. Raises `RuleFileUnreadable`.
    """
    found: list[Problem] = []
    for path in map(Path, paths):
        if path.is_dir():
            attempt = attempt_load(path)
            tests = [f for f in yaml_files(path) if f.name.endswith(TEST_ENDING)]
            surfaces = set(attempt.rules.surfaces) if attempt.rules else None
            # An empty directory is for the caller to judge: nothing in it is wrong.
            found += attempt.problems if attempt.states else ()
        elif path.name.endswith(TEST_ENDING):
            tests, surfaces = [path], None
        else:
            tests, surfaces = [], None
            found += _judge([path], path.parent, whole=False).problems
        for test in tests:
            found += expectations.problems(_bytes(test), str(test), surfaces)
    return list(in_order(found))


def yaml_files(path: str | Path) -> list[Path]:
    """The YAML files that a path stands for, in name order: rule files and test files alike.

    Subfolders count; whatever begins with a dot does not. Wrong endings (``.yml``) are listed
    too, so that they are reported, not overlooked. Raises `RuleFileUnreadable`.
    """
    path = Path(path)
    try:
        if path.is_dir():
            return sorted(_walk(path), key=lambda file: file.relative_to(path).as_posix())
        path.stat()
    except OSError as error:
        raise _unreadable(error) from error
    return [path]


def _walk(folder: Path) -> Iterator[Path]:
    """YAML files below a folder; links to folders are followed, circles are not."""
    seen: set[str] = set()
    for place, folders, names in os.walk(folder, onerror=_refuse, followlinks=True):
        seen.add(os.path.realpath(place))
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and os.path.realpath(Path(place, name)) not in seen
        ]
        for name in names:
            if name.lower().endswith((".yaml", ".yml")) and not name.startswith("."):
                yield Path(place, name)


def _refuse(error: OSError) -> None:
    raise error


def _unreadable(error: OSError) -> RuleFileUnreadable:
    return RuleFileUnreadable(str(error.filename), (error.strerror or "can't be read").lower())


def _bytes(path: Path) -> bytes:
    return _read(Files(), path, path.name)


def _read(files: Files, path: Path, name: str) -> bytes:
    try:
        return files.read(path, name)
    except OSError as error:
        raise _unreadable(error) from error


def rule_files(path: Path) -> list[Path]:
    """The files of a rule set, test files left out."""
    return [file for file in yaml_files(path) if not file.name.endswith(TEST_ENDING)]


def states(paths: Iterable[Path]) -> dict[Path, Signature]:
    """The present state of files."""
    return {path: signature(path) for path in paths}


def attempt_load(path: Path) -> Attempt:
    """Read a rule set; problems are part of the answer. Raises `RuleFileUnreadable`."""
    if path.is_dir():
        return _judge(rule_files(path), path, whole=True)
    return _judge(yaml_files(path), path.parent, whole=True)


def _judge(paths: list[Path], root: Path, *, whole: bool) -> Attempt:
    files = Files()
    contents = [_read(files, path, path.relative_to(root).as_posix()) for path in paths]
    documents = [_document(path, data) for path, data in zip(paths, contents, strict=True)]
    parts = [read_part(document, root, files) for document in documents]
    rules = assemble(parts, _revision(files), whole=whole)
    problems = [problem for document in documents for problem in document.problems]
    if not paths:
        problems.append(Problem(str(root), 1, 1, f"no rule file (*{ENDING}) in this directory"))
    return Attempt(None if problems else rules, in_order(problems), files.states)


def _document(path: Path, data: bytes) -> Document:
    if path.name.endswith(TEST_ENDING):
        return _refused(path, "a test file is no rule file; name the folder that it stands in")
    if path.suffix != ENDING:
        right = f"{path.stem}{ENDING}"
        return _refused(path, f"a rule file ends in {ENDING}; rename this one to {right}")
    return read(data, str(path))


def _refused(path: Path, why: str) -> Document:
    return Document(str(path), [], None, [Problem(str(path), 1, 1, why)])


def _revision(files: Files) -> str:
    digest = hashlib.sha256()
    for name, data in files.contents.items():
        for piece in (name.encode("utf-8", "surrogateescape"), data):
            digest.update(len(piece).to_bytes(8, "big"))
            digest.update(piece)
    return f"sha256:{digest.hexdigest()}"

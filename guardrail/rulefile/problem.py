"""What is wrong in a file, said so that the reader can put it right at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_WIDEST_LINE = 160
_BEFORE_CARET = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. ``line`` and ``column`` count from 1, in characters.

    ``source``: the offending line, empty when there is none to show; ``length``: how many of its
    characters are meant.
    """

    path: str
    line: int
    column: int
    message: str
    source: str = ""
    length: int = 1

    def text(self) -> str:
        """``path:line:column: message``, then the offending line and a caret below it."""
        first = f"{self.path}:{self.line}:{self.column}: {self.message}"
        if not self.source.strip():
            return first
        shown, at = self._excerpt()
        carets = "^" * max(1, min(self.length, len(shown) - at))
        return f"{first}\n{self.line:4d} | {shown}\n     | {' ' * at}{carets}"

    def _excerpt(self) -> tuple[str, int]:
        """The line without what would move the caret, cut to a width; and where the caret is."""
        shown = "".join(c if c.isprintable() else " " for c in self.source)
        start = max(0, self.column - 1 - _BEFORE_CARET) if len(shown) > _WIDEST_LINE else 0
        return shown[start : start + _WIDEST_LINE].rstrip(), self.column - 1 - start

    def to_dict(self) -> dict[str, Any]:
        """The problem as JSON-ready data."""
        return {
            "path": self.path,
            "line": self.line,
            "column": self.column,
            "message": self.message,
            "source": self.source,
        }

    def github(self) -> str:
        """The problem as an annotation command of GitHub Actions, one line."""
        place = f"file={_escaped(self.path, ':,')},line={self.line},col={self.column}"
        return f"::error {place}::{_escaped(self.message)}"


def _escaped(text: str, also: str = "") -> str:
    for character in ("%", "\r", "\n", *also):
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems by file, line and column, each once."""
    return tuple(sorted(set(problems), key=lambda p: (p.path, p.line, p.column, p.message)))


class RuleFileError(ValueError):
    """Rule files say something wrong; nothing of them is loaded. ``problems``: what and where."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.text() for problem in self.problems))


class RuleFileUnreadable(OSError):  # noqa: N818
    """A file or directory is missing or may not be read. The text names it and says why."""

    def __init__(self, path: str, why: str) -> None:
        self.path = path
        self.why = why
        super().__init__(f"{path}: {why}")

"""The tree of a file: values with their places."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from guardrail.rulefile.problem import Problem


class WrittenInt(int):
    """A whole number that remembers how it was written."""

    text: str


class WrittenFloat(float):
    """A number with a fraction or exponent that remembers how it was written."""

    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A place: line and column from 1, and how many characters are meant."""

    line: int
    column: int
    length: int = 1


@dataclass(slots=True)
class Node:
    """One value and its place. ``keys`` are the places of a mapping's keys.

    ``value``: a mapping of text to nodes, a list of nodes, or a scalar (text, `WrittenInt`,
    `WrittenFloat`, bool, None).
    """

    value: Any
    mark: Mark
    keys: dict[str, Mark] = field(default_factory=dict)

    def plain(self) -> Any:
        """The value without places: dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def get(self, key: str) -> Node | None:
        """The node under a key; None when it is absent or this is no mapping."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def items(self) -> list[tuple[str, Node]]:
        """The keys and nodes of a mapping; empty for anything else."""
        return list(self.value.items()) if isinstance(self.value, dict) else []

    def elements(self) -> list[Node]:
        """The nodes of a list; empty for anything else."""
        return self.value if isinstance(self.value, list) else []


@dataclass(slots=True)
class Document:
    """A file as read. ``root`` is None when it could not be read to its end.

    ``problems`` holds what the reader itself found wrong.
    """

    path: str
    lines: list[str]
    root: Node | None = None
    problems: list[Problem] = field(default_factory=list)

    def problem(self, mark: Mark, message: str) -> Problem:
        """A problem at a place of this file."""
        source = self.lines[mark.line - 1] if mark.line <= len(self.lines) else ""
        return Problem(self.path, mark.line, mark.column, message, source, mark.length)

    def report(self, mark: Mark, message: str) -> None:
        """Note a problem at a place of this file."""
        self.problems.append(self.problem(mark, message))

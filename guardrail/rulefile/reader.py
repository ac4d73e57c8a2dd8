"""A strict reader of YAML: values with their places, and no surprises.

Only a plain tree is accepted: no anchors, aliases or tags, one document, each key once. A plain
scalar is a number, `true`, `false` or `null` only when it is spelt as in JSON; everything else is
text, so `NO`, `yes`, `22:00` and `010` stay what was written. It is built on the parser's events,
not its composer: nothing is expanded and nothing recurses, so no input can make it slow or deep.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import yaml

from guardrail.rulefile.tree import Document, Mark, Node, WrittenFloat, WrittenInt

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 30
_MAX_NUMBER_LENGTH = 40

_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StopReadingError(Exception):
    """The rest of the file can't be read with any sense; the problem is already noted."""


def read(data: bytes, path: str) -> Document:
    """The tree of a YAML file; never raises. ``path`` is what problems name."""
    if len(data) > MAX_BYTES:
        document = Document(path, [])
        message = f"the file is larger than {MAX_BYTES // 1024} KiB; split it into several"
        document.report(Mark(1, 1), message)
        return document
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _not_utf8(data, path, error)
    document = Document(path, _LINE_END.split(text))
    if (odd := _NOT_YAML.search(text)) is not None:
        mark = _mark_at(text, odd.start())
        document.report(mark, f"character U+{ord(odd.group()):04X} may not stand in a YAML file")
        return document
    try:
        document.root = _Builder(document).build(yaml.parse(text, Loader=_LOADER))
    except _StopReadingError:
        document.root = None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # The parser that is written in Python lets impossible escapes through as plain errors.
        document.report(*_syntax(error, text))
        document.root = None
    return document


def _not_utf8(data: bytes, path: str, error: UnicodeDecodeError) -> Document:
    before = data[: error.start].decode("utf-8-sig", "replace")
    document = Document(path, _LINE_END.split(data.decode("utf-8-sig", "replace")))
    mark = _mark_at(before, len(before))
    document.report(mark, f"byte 0x{data[error.start]:02X} is not UTF-8; save the file as UTF-8")
    return document


def _mark_at(text: str, index: int) -> Mark:
    before = _LINE_END.split(text[:index])
    return Mark(len(before), len(before[-1]) + 1)


def _syntax(error: Exception, text: str) -> tuple[Mark, str]:
    """Where the parser stopped, and why in words that say what to do."""
    stopped = getattr(error, "problem_mark", None)
    began = getattr(error, "context_mark", None)
    why = str(getattr(error, "problem", None) or "it can't be parsed")
    context = str(getattr(error, "context", None) or "")
    mark = Mark(stopped.line + 1, stopped.column + 1) if stopped is not None else Mark(1, 1)
    if "mapping values are not allowed" in why:
        return mark, "a ': ' that can't be here; put text that contains ': ' in quotes"
    if "cannot start any token" in why:
        at = _LINE_END.split(text)[mark.line - 1][mark.column - 1 :][:1]
        if at == "\t":
            return mark, "a tab can't indent YAML; use spaces"
        return mark, f"a value can't begin with {at!r}; put it in quotes"
    if began is not None and ("quoted scalar" in context or "flow" in context):
        opened = Mark(began.line + 1, began.column + 1)
        what = "quote" if "quoted" in context else "bracket"
        return opened, f"this {what} is not closed before line {mark.line}, column {mark.column}"
    indent = "the indentation does not fit what stands above: " if "block" in context else ""
    return mark, f"{indent or 'not readable as YAML: '}{why}"


class _Builder:
    """Builds the tree from parser events with a stack of its own."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._open: list[Node] = []
        self._key: list[str | None] = []
        self._root: Node | None = None
        self._documents = 0

    def build(self, events: Iterator[Any]) -> Node:
        """The root of the first document; an empty mapping for an empty file."""
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._documents += 1
                if self._documents > 1:
                    self._stop(event, "a second document begins; a file holds only one")
            elif isinstance(event, yaml.AliasEvent):
                self._stop(event, f"alias *{event.anchor}: aliases are not allowed; write it out")
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                self._open.pop()
                self._key.pop()
            elif isinstance(event, yaml.NodeEvent):
                self._node(event)
        return self._root if self._root is not None else Node({}, Mark(1, 1))

    def _stop(self, event: Any, message: str) -> None:
        self._document.report(_mark(event), message)
        raise _StopReadingError

    def _node(self, event: Any) -> None:
        mark = _mark(event)
        if event.anchor is not None:
            message = f"anchor &{event.anchor}: anchors are not allowed; write the value out"
            self._document.report(mark, message)
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._document.report(mark, f"tag {tag}: tags are not allowed; quotes make a text")
        expects_key = bool(self._open) and self._key[-1] is None
        expects_key = expects_key and isinstance(self._open[-1].value, dict)
        if isinstance(event, yaml.ScalarEvent):
            if _SURROGATE.search(event.value):
                self._stop(event, "half of a surrogate pair is no character")
            if expects_key:
                self._begin_entry(event.value, mark)
            else:
                value = event.value if event.style else _plain_scalar(event.value)
                self._place(Node(value, mark))
            return
        if expects_key:
            self._stop(event, "a key must be text; braces or brackets begin here: quote it")
        if len(self._open) >= MAX_DEPTH:
            self._stop(event, f"nested deeper than {MAX_DEPTH} levels")
        node = Node({} if isinstance(event, yaml.MappingStartEvent) else [], mark)
        self._place(node)
        self._open.append(node)
        self._key.append(None)

    def _begin_entry(self, key: str, mark: Mark) -> None:
        mapping = self._open[-1]
        first = mapping.keys.setdefault(key, mark)
        if first is not mark:
            message = f"key {key!r} stands here twice, first in line {first.line}"
            self._document.report(mark, message)
        if len(mapping.keys) == 1 and mapping.mark.column == mark.column:
            mapping.mark = mark
        self._key[-1] = key

    def _place(self, node: Node) -> None:
        if not self._open:
            self._root = node
            return
        parent, key = self._open[-1].value, self._key[-1]
        if isinstance(parent, list):
            parent.append(node)
        else:
            parent.setdefault(str(key), node)
            self._key[-1] = None


def _mark(event: Any) -> Mark:
    start, end = event.start_mark, event.end_mark
    length = end.column - start.column if end.line == start.line else _MAX_NUMBER_LENGTH
    return Mark(start.line + 1, start.column + 1, max(1, length))


def _plain_scalar(text: str) -> str | bool | WrittenInt | WrittenFloat | None:
    """An unquoted scalar by the rules of JSON; whatever JSON would not read so is text."""
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if len(text) > _MAX_NUMBER_LENGTH or not _NUMBER.fullmatch(text):
        return text
    if _INTEGER.fullmatch(text):
        whole = WrittenInt(text)
        whole.text = text
        return whole
    number = WrittenFloat(text)
    number.text = text
    return number if math.isfinite(number) else text

"""Test files: what is given, and what is expected of every item. They are only read here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec
from pydantic import ValidationError

from guardrail.rulefile.case_schema import CaseModel, ExpectedModel, SeenWhen, TestFileModel
from guardrail.rulefile.fallback import Files
from guardrail.rulefile.locate import Loc, mark_at, node_at
from guardrail.rulefile.part import right_version
from guardrail.rulefile.problem import Problem, RuleFileError, RuleFileUnreadable, in_order
from guardrail.rulefile.reader import read
from guardrail.rulefile.suggest import did_you_mean
from guardrail.rulefile.tree import Document, Node, WrittenFloat, WrittenInt
from guardrail.rulefile.validate import violations
from guardrail.ruleset import Comparison

DEFAULT_NOW_MS = 1_767_225_600_000
"""The moment of a test that names none: 2026-01-01T00:00:00Z."""


class Expected(msgspec.Struct, frozen=True):
    """What is expected of one item. None and ``()`` say nothing.

    ``rules``: ids that must be among the findings. ``score``: bounds that the item's
    intrusiveness must all meet.
    """

    item: str
    verdict: str | None = None
    treatment: str | None = None
    rules: tuple[str, ...] = ()
    score: tuple[Comparison, ...] = ()
    line: int = 0


class Impression(msgspec.Struct, frozen=True):
    """Something that the customer saw before: an item as given, and when (epoch ms)."""

    item: Mapping[str, Any]
    at_ms: int


class Case(msgspec.Struct, frozen=True):
    """One test. ``items`` and ``customer`` are plain JSON data, as the app would send them."""

    name: str
    path: str
    line: int
    surface: str
    customer: Mapping[str, Any] | None
    items: tuple[Mapping[str, Any], ...]
    seen: tuple[Impression, ...]
    now_ms: int
    expect: tuple[Expected, ...]


def load_tests(path: str | Path) -> list[Case]:
    """The cases of one test file, in its order.

    Raises `RuleFileError` with every problem of the file, `RuleFileUnreadable` when it is
    missing or may not be read.
    """
    try:
        data = Files().read(Path(path), str(path))
    except OSError as error:
        raise RuleFileUnreadable(str(path), (error.strerror or "can't be read").lower()) from error
    document, cases = _read(data, str(path), None)
    if document.problems:
        raise RuleFileError(in_order(document.problems))
    return cases


def problems(data: bytes, path: str, surfaces: Collection[str] | None = None) -> list[Problem]:
    """What is wrong with the bytes of a test file; never raises.

    ``surfaces``: the names that the rule set defines; None when that is not known.
    """
    return _read(data, path, surfaces)[0].problems


def _read(data: bytes, path: str, surfaces: Collection[str] | None) -> tuple[Document, list[Case]]:
    document = read(data, path)
    if document.root is None or not right_version(document, document.root):
        return document, []
    model, _ = violations(document, TestFileModel, document.root.plain(), _may_be_empty)
    if model is None:
        return document, []
    reader = _Reader(document, document.root, surfaces)
    return document, [reader.case(i, one) for i, one in enumerate(model.tests)]


def _may_be_empty(loc: Loc) -> bool:
    """Whether JSON's null may stand there: inside items, impressions and the customer."""
    return len(loc) > 4 and loc[2] == "given" and loc[3] in ("items", "seen", "customer")


class _Reader:
    """Turns the cases of one file into data, and reports what their shape could not show."""

    def __init__(self, document: Document, root: Node, surfaces: Collection[str] | None) -> None:
        self._document = document
        self._root = root
        self._surfaces = surfaces
        self._names: dict[str, int] = {}

    def case(self, index: int, model: CaseModel) -> Case:
        loc: Loc = ("tests", index)
        line = mark_at(self._root, (*loc, "name")).line
        first = self._names.setdefault(model.name, line)
        if first != line:
            text = f"a test of this name stands in line {first} already"
            self._report((*loc, "name"), text)
        given = model.given
        self._known_surface((*loc, "given", "surface"), given.surface)
        now_ms = DEFAULT_NOW_MS if given.now is None else given.now
        seen = [
            self._impression((*loc, "given", "seen", i), one, now_ms)
            for i, one in enumerate(given.seen)
        ]
        items = tuple(_json(one) for one in given.items)
        self._known_items((*loc, "expect"), items, model.expect)
        customer = node_at(self._root, (*loc, "given")).get("customer")
        return Case(
            name=model.name,
            path=self._document.path,
            line=line,
            surface=given.surface,
            customer=_json(customer.plain()) if customer else None,
            items=items,
            seen=tuple(one for one in seen if one is not None),
            now_ms=now_ms,
            expect=tuple(
                Expected(
                    item=item,
                    verdict=one.verdict,
                    treatment=one.treatment,
                    rules=tuple(one.rules),
                    score=one.score or (),
                    line=mark_at(self._root, (*loc, "expect", item), key=True).line,
                )
                for item, one in model.expect.items()
            ),
        )

    def _report(self, loc: Loc, message: str, *, key: bool = False) -> None:
        self._document.report(mark_at(self._root, loc, key=key), message)

    def _known_surface(self, loc: Loc, name: str) -> None:
        if self._surfaces is None or name == "default" or name in self._surfaces:
            return
        text = f"no rule file defines surface {name!r}{did_you_mean(name, self._surfaces)}"
        self._report(loc, text)

    def _known_items(
        self, loc: Loc, items: tuple[dict[str, Any], ...], expect: Mapping[str, ExpectedModel]
    ) -> None:
        ids = [one.get("id") for one in items]
        if not all(isinstance(one, (str, int)) for one in ids):
            return
        texts = [str(one) for one in ids]
        for item in expect:
            if item not in texts:
                text = f"no given item has the id {item!r}{did_you_mean(item, texts)}"
                self._report((*loc, item), text, key=True)

    def _impression(self, loc: Loc, given: dict[str, Any], now_ms: int) -> Impression | None:
        item = {key: value for key, value in given.items() if key not in ("at", "ago")}
        said = {key: given[key] for key in ("at", "ago") if key in given}
        try:
            when = SeenWhen.model_validate(said)
        except ValidationError as invalid:
            for error in invalid.errors(include_url=False):
                self._report(
                    (*loc, *error["loc"]), str(error.get("ctx", {}).get("text", error["msg"]))
                )
            return None
        if (when.at is None) == (when.ago is None):
            self._report(loc, "an impression says when it was: at: an ISO time, or ago: 2h")
            return None
        at_ms = now_ms - 1000 * (when.ago or 0) if when.at is None else when.at
        if at_ms > now_ms:
            self._report((*loc, "at"), "this impression is later than the test's now")
        return Impression(_json(item), at_ms)


def _json(value: Any) -> Any:
    """Plain JSON data, its numbers no longer knowing how they were written."""
    if isinstance(value, dict):
        return {key: _json(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_json(one) for one in value]
    if isinstance(value, WrittenInt):
        return int(value)
    return float(value) if isinstance(value, WrittenFloat) else value

"""What one rule file gives to the rule set: its good pieces, and the problems of the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guardrail.extract import openrtb
from guardrail.rulefile import translate
from guardrail.rulefile.fallback import Files, Pool, read_fallback, read_inline
from guardrail.rulefile.fields import as_written
from guardrail.rulefile.leak_schema import LeaksModel
from guardrail.rulefile.locate import Loc, mark_at
from guardrail.rulefile.schema import FORMAT_VERSION, RuleFileModel, ToleranceModel
from guardrail.rulefile.sense import nonsense
from guardrail.rulefile.tree import Document, Mark, Node, WrittenInt
from guardrail.rulefile.validate import violations
from guardrail.ruleset import Category, Phrasing, Rule, Surface

_NAMED = ("categories", "surfaces")


@dataclass(slots=True)
class Part:
    """The good pieces of one file. ``rules`` are (index in the file's list, rule)."""

    document: Document
    mode: str | None = None
    tolerance: ToleranceModel | None = None
    categories: dict[str, Category] = field(default_factory=dict)
    surfaces: dict[str, Surface] = field(default_factory=dict)
    rules: list[tuple[int, Rule]] = field(default_factory=list)
    leaks: LeaksModel = field(default_factory=LeaksModel)
    phrasing: dict[str, Phrasing] = field(default_factory=dict)

    def report(self, loc: Loc, message: str, *, key: bool = False) -> None:
        """Note a problem at a location of this file."""
        root = self.document.root or Node({}, Mark(1, 1))
        self.document.report(mark_at(root, loc, key=key), message)

    def place(self, loc: Loc) -> str:
        """``path:line`` of a key or value, for messages about something elsewhere."""
        root = self.document.root or Node({}, Mark(1, 1))
        return f"{self.document.path}:{mark_at(root, loc, key=True).line}"

    def names(self, section: str) -> list[str]:
        """The names under ``categories`` or ``surfaces`` as written, of wrong pieces too."""
        found = self.document.root.get(section) if self.document.root else None
        return [name for name, _ in found.items()] if found else []

    def rule_ids(self) -> list[tuple[int, str]]:
        """(index, id) of every rule that has a text for an id, of wrong rules too."""
        rules = self.document.root.get("rules") if self.document.root else None
        ids = ((i, one.get("id")) for i, one in enumerate(rules.elements() if rules else []))
        texts = ((i, as_written(node.value)) for i, node in ids if node and node.value)
        return [(i, text) for i, text in texts if isinstance(text, str)]


def read_part(document: Document, root: Path, files: Files) -> Part:
    """The good pieces of a file as read; problems are reported to its document.

    ``root``: the folder that names in the revision are relative to.
    """
    part = Part(document)
    if document.root is None or not right_version(document, document.root):
        return part
    model, kept = _good_pieces(document, document.root)
    part.mode = model.mode if "mode" in model.model_fields_set else None
    part.tolerance = model.tolerance
    part.leaks = model.leaks
    part.phrasing = {code: translate.phrasing(m) for code, m in model.phrasing.items()}
    part.categories = {s: translate.category(s, m) for s, m in model.categories.items()}
    for index, one in zip(kept, model.rules, strict=True):
        rule = translate.rule(one, one.kind)
        for wrong in nonsense(rule):
            loc: Loc = ("rules", index, wrong.key) if wrong.key else ("rules", index)
            part.report(loc, wrong.message, key=wrong.key is not None)
        part.rules.append((index, rule))
    _surfaces(part, model, root, files)
    return part


def right_version(document: Document, root: Node) -> bool:
    """Whether a file says that it is of the format that is known; reports what is wrong."""
    begin = f"guardrail: {FORMAT_VERSION}"
    if not isinstance(root.value, dict):
        document.report(root.mark, f"a file is a mapping of keys; it begins with {begin}")
        return False
    version = root.get("guardrail")
    if version is None:
        document.report(root.mark, f"key 'guardrail' is missing; a file begins with {begin}")
        return False
    if isinstance(version.value, WrittenInt) and version.value == FORMAT_VERSION:
        return True
    document.report(version.mark, f"this format version is not known; write {begin}")
    return False


def _may_be_empty(loc: Loc) -> bool:
    """Whether JSON's null may stand there: inside fallback items and creatives."""
    return len(loc) > 3 and loc[0] == "surfaces" and loc[2] in ("fallback", "creatives")


def _good_pieces(document: Document, root: Node) -> tuple[RuleFileModel, list[int]]:
    """The file's model without its wrong pieces, and which rules of the file it holds."""
    data = root.plain()
    model, wrong = violations(document, RuleFileModel, data, _may_be_empty)
    kept = list(range(len(data["rules"]))) if isinstance(data.get("rules"), list) else []
    if model is not None:
        return model, kept
    for section, *inner in wrong:
        if inner and section in _NAMED and isinstance(data.get(section), dict):
            data[section].pop(inner[0], None)
        elif not inner or section != "rules":
            data.pop(section, None)
    bad = {loc[1] for loc in wrong if len(loc) > 1 and loc[0] == "rules"}
    if "rules" in data:
        kept = [index for index in kept if index not in bad]
        data["rules"] = [data["rules"][index] for index in kept]
    return RuleFileModel.model_validate(data), kept if "rules" in data else []


def _surfaces(part: Part, model: RuleFileModel, root: Path, files: Files) -> None:
    folder = Path(part.document.path).parent
    for name, one in model.surfaces.items():
        items: tuple[bytes, ...] = ()
        bids = openrtb.FIELDS if one.shape.startswith("openrtb") else {}
        paths = {**bids, **one.fields_.model_dump(exclude_none=True)}
        node = _under(part, name, "fallback")
        if node is not None:
            pool = _pool(node, paths, "fallback")
            items = read_fallback(
                pool, folder=folder, root=root, files=files, report=part.document.report
            )
        creatives = _creatives(part, name, paths)
        part.surfaces[name] = translate.surface(name, one, items, creatives)
        if one.show is not None and one.minimum_items > one.show:
            text = f"minimum_items is {one.minimum_items}, but only {one.show} are shown"
            part.report(("surfaces", name, "minimum_items"), text)
        if one.ask_for is not None and one.ask_for.count <= (one.show or one.ask_for.count):
            text = (
                f"ask_for is {one.ask_for.count}; it must be more than show, and show must say "
                "how many of them are shown"
            )
            part.report(("surfaces", name, "ask_for"), text, key=True)


def _creatives(part: Part, name: str, paths: Mapping[str, Any]) -> dict[str, tuple[bytes, ...]]:
    node = _under(part, name, "creatives")
    if node is None:
        return {}
    if not isinstance(node.value, dict):
        part.document.report(node.mark, "creatives: must be a mapping: campaign: list of items")
        return {}
    return {
        campaign: read_inline(_pool(listed, paths, "creative"), part.document.report)
        for campaign, listed in node.items()
    }


def _under(part: Part, name: str, key: str) -> Node | None:
    tree = part.document.root
    for step in ("surfaces", name, key):
        tree = tree.get(step) if tree else None
    return tree


def _pool(node: Node, paths: Mapping[str, Any], what: str) -> Pool:
    return Pool(node, paths.get("id", "id"), paths.get("signals", "signals"), what)

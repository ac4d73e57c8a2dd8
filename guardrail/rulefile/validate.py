"""A tree held against a schema: what is wrong with it, and the parts that are right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from guardrail.rulefile.fields import say
from guardrail.rulefile.locate import KEY, Loc, keys_at, mark_at, node_at, without_tags
from guardrail.rulefile.rule_schema import RULE_MODELS, WhenModel
from guardrail.rulefile.suggest import did_you_mean
from guardrail.rulefile.tree import Document, Mark, Node

_MUST_BE = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a mapping of keys to values",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
}
_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
    "greater_than": ("above", "gt"),
}
_CONDITIONS = frozenset(field.alias or name for name, field in WhenModel.model_fields.items())
_MISPLACED = {
    "tests": "tests stand in a file of their own, named *.test.yaml",
    "<<": "merge keys are not allowed; write the keys out",
}


def violations(
    document: Document, model: type[BaseModel], data: Any, skip: Callable[[Loc], bool]
) -> tuple[Any, set[Loc]]:
    """The validated model (None when something is wrong), and the locations that are wrong.

    Reports every problem to the document. ``skip``: locations whose empty values are allowed.
    """
    root = document.root or Node({}, Mark(1, 1))
    empty = {loc for loc in _empty(root, ()) if not skip(loc)}
    for loc in sorted(empty, key=str):
        text = f"{_subject(loc)}has no value; leave the key out or give it one"
        document.report(mark_at(root, loc, key=True), text)
    try:
        found = model.model_validate(data)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False)
    else:
        return (None if empty else found), empty
    wrong: set[Loc] = set(empty)
    for error in errors:
        loc = without_tags(error["loc"])
        wrong.add(loc)
        context: Mapping[str, Any] = error.get("ctx", {})
        for place, text in context.get("places", ()):
            document.report(mark_at(root, (*loc, *place)), text)
        if "places" not in context and (loc not in empty or error["type"] == "missing"):
            document.report(*_explain(error, loc, root, model))
    return None, wrong


def _empty(node: Node, loc: Loc) -> list[Loc]:
    if node.value is None:
        return [loc]
    found = []
    for key, child in node.items():
        found += _empty(child, (*loc, key))
    for index, child in enumerate(node.elements()):
        found += _empty(child, (*loc, index))
    return found


def _subject(loc: Loc) -> str:
    names = [part for part in loc if isinstance(part, str) and part != KEY]
    return f"{names[-1]}: " if names else ""


def _explain(error: ErrorDetails, loc: Loc, root: Node, model: type[BaseModel]) -> tuple[Mark, str]:
    """Where it is wrong, and what would be right."""
    kind, given = error["type"], error["input"]
    context: Mapping[str, Any] = error.get("ctx", {})
    if kind == "guardrail":
        text = str(context["text"])
        bare = text.startswith(("must ", "the text", "an empty"))
        return mark_at(root, loc), (_subject(loc) if bare else "") + text
    if kind == "extra_forbidden":
        return mark_at(root, loc, key=True), _unknown_key(error["loc"], model)
    if kind == "missing":
        return node_at(root, loc[:-1]).mark, f"key {loc[-1]!r} is missing"
    if kind == "union_tag_not_found":
        kinds = ", ".join(RULE_MODELS)
        return mark_at(root, loc), f"key 'kind' is missing; it is one of {kinds}"
    if kind == "union_tag_invalid":
        tag = str(context["tag"])
        text = f"{say(tag)} is no kind of rule{did_you_mean(tag, tuple(RULE_MODELS))}"
        return mark_at(root, (*loc, "kind")), text
    return mark_at(root, loc), _subject(loc) + _bounds(kind, given, context)


def _bounds(kind: str, given: object, context: Mapping[str, Any]) -> str:
    if kind in _BOUNDS:
        word, key = _BOUNDS[kind]
        return f"must be {word} {context[key]:g}, not {say(given)}"
    if kind == "too_short":
        return "must not be empty"
    expected = _MUST_BE.get(kind)
    return f"{expected}, not {say(given)}" if expected else f"{say(given)} is not possible here"


def _unknown_key(loc: Loc, model: type[BaseModel]) -> str:
    key = str(loc[-1])
    known = keys_at(model, loc[:-1])
    text = f"unknown key {key!r}"
    if key in _MISPLACED:
        return f"{text}; {_MISPLACED[key]}"
    if len(loc) == 4 and loc[0] == "rules":
        owners = [kind for kind, rule in RULE_MODELS.items() if key in rule.model_fields]
        hints = [f"it belongs to kind {' or '.join(owners)}"] if owners else []
        if key in _CONDITIONS:
            hints.append("as a condition, it stands under when")
        if hints:
            return f"{text}; {'; '.join(hints)}"
    return text + (did_you_mean(key, known) or f"; the keys here are {', '.join(known)}")

"""From pydantic's locations to places in a file, and to the model that holds there."""

from __future__ import annotations

from collections.abc import Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from guardrail.rulefile.rule_schema import RULE_MODELS
from guardrail.rulefile.tree import Mark, Node

Loc = tuple[int | str, ...]
KEY = "[key]"


def without_tags(loc: Loc) -> Loc:
    """A location without the rule kind that pydantic puts behind a rule's number."""
    if len(loc) > 2 and loc[0] == "rules" and loc[2] in RULE_MODELS:
        return (*loc[:2], *loc[3:])
    return loc


def node_at(root: Node, loc: Sequence[int | str]) -> Node:
    """The node at a location; as far as it leads, since one value may stand for a list of one."""
    node = root
    for part in loc:
        if isinstance(part, int) and part < len(node.elements()):
            node = node.elements()[part]
        elif isinstance(part, str):
            node = node.get(part) or node
    return node


def mark_at(root: Node, loc: Loc, *, key: bool = False) -> Mark:
    """The place of the value at a location, or of its key."""
    if loc and loc[-1] == KEY:
        loc, key = loc[:-1], True
    if key and loc and isinstance(loc[-1], str):
        return node_at(root, loc[:-1]).keys.get(loc[-1], node_at(root, loc).mark)
    return node_at(root, loc).mark


def keys_at(model: type[BaseModel], loc: Loc) -> tuple[str, ...]:
    """The keys that are known at a location; empty where any key may stand."""
    annotation: Any = model
    for part in loc:
        annotation = _descend(annotation, part)
    found = _model(annotation)
    fields = found.model_fields.items() if found else ()
    return tuple(field.alias or name for name, field in fields)


def _descend(annotation: Any, part: int | str) -> Any:
    """The annotation of a member; None when there is none."""
    options = get_args(annotation)
    origin = get_origin(annotation)
    if origin is Annotated:
        return _descend(options[0], part)
    if origin in (Union, UnionType):
        if part in RULE_MODELS and RULE_MODELS[str(part)] in options:
            return RULE_MODELS[str(part)]
        members = (_descend(option, part) for option in options)
        return next((member for member in members if member is not None), None)
    if origin in (list, dict):
        return options[-1]
    model = _model(annotation)
    fields = model.model_fields.items() if model else ()
    return next((f.annotation for name, f in fields if part in (f.alias, name)), None)


def _model(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation means, through ``| None`` and ``Annotated``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model(option) for option in get_args(annotation) if isinstance(option, type))
    return next((model for model in found if model is not None), None)

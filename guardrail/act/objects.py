"""The same changes on Python objects, for callers that have no bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from guardrail.act.cuts import Cuts
from guardrail.act.placed import Placed, check_plan, hidden_paths
from guardrail.extract import Read
from guardrail.extract.fields import item_from_object
from guardrail.extract.shape import Shape, shape_of
from guardrail.ruleset import Leaks, Surface
from guardrail.treat.edit import Edit

Path = tuple[str, ...]


def apply_objects(
    items: Sequence[Any],
    reads: Sequence[Read],
    surface: Surface,
    plan: Sequence[Placed],
    backfill: Sequence[Any] = (),
    *,
    cuts: Cuts | None = None,
) -> list[Any]:
    """The items to show: new dicts, without what is hidden; the given ones are left alone.

    Without the leaks that ``cuts`` looks for.

    One `Placed` for each item, as in `splice`. ``backfill`` are mappings, or JSON objects as
    bytes. An item that is no mapping stays the very object it is; so does every value that
    is neither removed nor set. Raises ValueError on a plan that does not fit and on bytes that
    are no JSON object.
    """
    check_plan(plan, len(items))
    check_plan(plan, len(reads))
    shape = shape_of(surface)
    hidden = hidden_paths(surface)
    cuts = cuts or Cuts(Leaks(), surface)
    kept: list[Any] = []
    last: list[Any] = []
    for item, placed in zip(items, plan, strict=True):
        if placed.keep:
            edit = placed.edit
            changed = item if edit is None else _edited(item, edit, shape)
            if shape.ids and changed is not item and not isinstance(item, Mapping):
                changed = _as_id(changed, item, shape)
            shown = cuts.from_object(_without(changed, hidden))
            (last if edit and edit.last else kept).append(shown)
    new = [cuts.from_object(_without(_mapping(item), hidden)) for item in backfill]
    if shape.ids and items and not isinstance(items[0], Mapping):
        new = [_as_id(item, items[0], shape) for item in new]
    return kept + last + new


def _edited(item: Any, edit: Edit, shape: Shape) -> Any:
    if edit.replace is not None:
        item = {**_mapping(edit.replace), **{k: item[k] for k in edit.carry if k in item}}
    item = _without(item, [shape.path(field) for field in edit.remove])
    if isinstance(item, Mapping):
        for field, value in edit.set.items():
            item = _with_value(item, shape.path(field), value)
    return item


def _mapping(given: Any) -> Any:
    if not isinstance(given, bytes):
        return given
    try:
        return msgspec.json.decode(given, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError(
            'backfill and replacements must be JSON objects, like {"id": "sku-1"}'
        ) from None


def _as_id(given: Any, beside: Any, shape: Shape) -> Any:
    """A new item among bare ids: its id, a number among numbers if it can be."""
    ident = item_from_object(given, shape)[0].id or "" if isinstance(given, Mapping) else given
    return int(ident) if isinstance(beside, int) and str(ident).isdecimal() else ident


def _without(value: Any, paths: Sequence[Path]) -> Any:
    if not isinstance(value, Mapping):
        return value
    out = {}
    for key, old in value.items():
        inner = [path[1:] for path in paths if path[0] == key]
        if () not in inner:
            out[key] = _without(old, inner) if inner else old
    return out


def _with_value(value: Any, path: Path, new: Any) -> Any:
    if not path:
        return new
    old = value if isinstance(value, Mapping) else {}
    return {**old, path[0]: _with_value(old.get(path[0]), path[1:], new)}

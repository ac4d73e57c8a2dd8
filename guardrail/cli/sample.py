"""What a sample response holds: where its items are, and where an item keeps what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from guardrail import taxonomy
from guardrail.extract.paths import field_path, items_path

DEEPEST = 6
"""Levels that are looked into, of a body; of an item three."""
_IN_ITEM = 3
_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "itemid", "sku", "productid", "objectid", "contentid", "asin", "guid", "uid"),
    "title": ("title", "name", "headline", "producttitle", "productname", "itemname"),
    "reason": ("reason", "explanation", "because", "why", "subtitle"),
    "categories": ("categories", "category", "cat", "labels", "producttype", "genres", "taxonomy"),
    "signals": ("signals",),
    "advertiser": ("advertiser", "advertiserid", "brand", "vendor", "seller"),
    "campaign": ("campaign", "campaignid", "cid"),
    "creative": ("creative", "creativeid", "crid"),
    "sponsored": ("sponsored", "issponsored", "promoted", "isad"),
}
"""What responses call our fields, the likeliest first; compared without ``_``, ``-`` and case."""


class Found(NamedTuple):
    """One way to lists of items: the path, the items, in how many lists, and their ids' path.

    ``id_path`` is ``""`` where the key in the object or the element itself is the id.
    """

    path: str
    items: list[Any]
    lists: int
    id_path: str | None


class Field(NamedTuple):
    """Where a field of ours is in an item, and how many items have it."""

    path: str
    items: int


def find_items(sample: Any) -> list[Found]:
    """The lists that look like the items: those nearest to the top whose elements have ids.

    Several where lists of the same depth have ids at the same place; empty where none has.
    """
    with_ids = [found for found in _lists([sample], "", 0) if found.id_path is not None]
    if not with_ids:
        return []
    best = min(with_ids, key=lambda found: (found.id_path == "", _depth(found), -len(found.items)))
    alike = [f for f in with_ids if (_depth(f), f.id_path) == (_depth(best), best.id_path)]
    return alike if best.id_path else [best]


def has_lists(sample: Any) -> bool:
    """Whether there is any list or object that holds something."""
    return any(found.items for found in _lists([sample], "", 0))


def find_fields(items: Sequence[Any]) -> dict[str, Field]:
    """Where items keep what, by our field; a field that no item has is left out."""
    found = {}
    for field, names in _NAMES.items():
        for path in _paths(items, names):
            values = [value for item in items if (value := _at(item, path)) is not None]
            if values and all(map(_FITS.get(field, _is_text), values)):
                found[field] = Field(".".join(path), len(values))
                break
    return found


def in_the_way(items: Sequence[Any], fields: Mapping[str, Field]) -> list[str]:
    """Fields of ours whose own name stands in items for something else."""
    return [
        field
        for field in _NAMES
        if field not in fields and any(_at(item, (field,)) is not None for item in items)
    ]


def foreign_categories(items: Sequence[Any], path: str) -> bool:
    """Whether categories are texts of the sender's own, no slug and no ``taxonomy:id``."""
    keys = field_path(path)
    return any(not _is_ours(one) for item in items for one in _texts(_at(item, keys)))


def _texts(given: Any) -> list[str]:
    return [given] if isinstance(given, str) else given or []


def _is_ours(text: str) -> bool:
    pair = taxonomy.split(text)
    return taxonomy.is_slug(text) or (pair is not None and pair[0] in taxonomy.TAXONOMIES)


def _depth(found: Found) -> int:
    return len(items_path(found.path))


def _lists(values: list[Any], path: str, depth: int) -> Iterator[Found]:
    """Everything below that may be lists of items. ``values``: all that stands at ``path``."""
    if depth > DEEPEST:
        return
    lists = [value for value in values if isinstance(value, list)]
    inner = [element for one in lists for element in one]
    if lists:
        yield Found(_named(path), inner, len(lists), _id_path(inner))
        yield from _lists(inner, f"{path}[]", depth + 1)
    objects = [value for value in values if isinstance(value, dict)]
    members = [member for one in objects for member in one.values()]
    if len(members) > len(objects) and _alike(members):
        keyed = all(isinstance(member, dict) for member in members)
        if keyed and depth < DEEPEST:
            yield Found(f"{path}{{}}", members, len(objects), _id_path(members) or "")
    for key in dict.fromkeys(key for one in objects for key in one):
        if _is_key(key):
            below = [one[key] for one in objects if key in one]
            yield from _lists(below, f"{path}.{key}" if path else key, depth + 1)


def _named(path: str) -> str:
    """The path to a list: one whose own place is an element ends in a dot."""
    return f"{path}." if path.endswith("[]") or not path else path


def _alike(members: list[Any]) -> bool:
    """Whether members are objects with mostly the same keys, as items under their ids are."""
    if not all(isinstance(member, dict) and member for member in members):
        return False
    keys = [set(member) for member in members]
    return len(set.intersection(*keys)) * 2 >= len(set.union(*keys))


def _id_path(items: list[Any]) -> str | None:
    """Where the elements of a list have their ids; ``""`` where they are bare ids themselves."""
    if not items:
        return None
    if all(_is_id(item) for item in items):
        return ""
    for path in (*_paths(items, _NAMES["id"]), *_paths(items, None)):
        values = [_at(item, path) for item in items]
        if all(map(_is_id, values)) and len({*map(str, values)}) * 2 > len(values):
            return ".".join(path)
    return None


def _paths(items: Sequence[Any], names: Sequence[str] | None) -> list[tuple[str, ...]]:
    """Paths in items whose last key is one of these names, the shortest and likeliest first.

    ``names`` None: any key that ends in ``id``.
    """
    found: dict[tuple[str, ...], int] = {}
    for item in items:
        for path in _ways(item, ()):
            plain = path[-1].lower().replace("_", "").replace("-", "")
            if names is None and plain.endswith("id"):
                found.setdefault(path, 0)
            elif names is not None and plain in names:
                found.setdefault(path, names.index(plain))
    return sorted(found, key=lambda path: (len(path), found[path]))


def _ways(value: Any, before: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if not isinstance(value, dict) or len(before) == _IN_ITEM:
        return
    for key, inner in value.items():
        if _is_key(key):
            yield (*before, key)
            yield from _ways(inner, (*before, key))


def _is_key(key: str) -> bool:
    try:
        return field_path(key) == (key,)
    except ValueError:
        return False


def _at(item: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        item = item.get(key) if isinstance(item, dict) else None
    return item


def _is_id(value: Any) -> bool:
    return value != "" and isinstance(value, str | int) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _are_texts(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(map(_is_text, value)))


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


_FITS: Mapping[str, Callable[[Any], bool]] = {
    "id": _is_id,
    "advertiser": _is_id,
    "campaign": _is_id,
    "creative": _is_id,
    "categories": _are_texts,
    "signals": _are_objects,
    "sponsored": _is_flag,
}

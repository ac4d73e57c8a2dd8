"""The facts that a catalogue gives of one item, from whatever a catalogue calls them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from sys import intern
from typing import Any

import msgspec

from guardrail import taxonomy

Facts = tuple[str | None, tuple[str, ...] | None, str | None]
"""Title, categories, advertiser; None where the catalogue does not say. A plain tuple: a million
of them are no work for the garbage collector.
"""

LONGEST = 500
"""Characters of a title or a category that are kept; no rule reads further into a title."""
MOST_CATEGORIES = 50

_GOOGLE = "google_product_category"
ALIASES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "item_id", "itemid", "sku", "product_id", "productid", "objectid", "handle"),
    "title": ("title", "name", "item_name", "product_name"),
    "categories": ("categories", "category", "product_type", "labels", "genres"),
    "advertiser": ("advertiser", "brand", "vendor", "manufacturer"),
}
"""What catalogues call our fields, in the order in which one is taken."""
Row = Mapping[str, Any]


def plain_key(key: str) -> str:
    """A column or key as it is compared: ``g:Item ID`` is ``item_id``."""
    return key.strip().removeprefix("g:").lower().replace(" ", "_").replace("-", "_")


def fields_in(keys: Iterable[str]) -> dict[str, str]:
    """Our field -> the key that holds it, of keys as they are written.

    ``google_product_category`` is a field of its own.
    """
    by_plain = {plain_key(key): key for key in reversed([*keys])}
    found = {
        field: by_plain[names[0]]
        for field, listed in ALIASES.items()
        if (names := [name for name in listed if name in by_plain])
    }
    if _GOOGLE in by_plain:
        found[_GOOGLE] = by_plain[_GOOGLE]
    return found


def facts_of(row: Row, fields: Mapping[str, str]) -> tuple[str | None, Facts]:
    """The id and the facts of a row, given `fields_in` its keys."""
    ident, categories = row.get(fields.get("id", "")), row.get(fields.get("categories", ""))
    google = row.get(fields.get(_GOOGLE, ""))
    return id_text(ident), (
        text(row.get(fields.get("title", ""))),
        categories_of(categories, google),
        shared_text(row.get(fields.get("advertiser", ""))),
    )


def id_text(given: Any) -> str | None:
    """An id as items have it: text, or the digits of a number."""
    if isinstance(given, str):
        return given.strip() or None
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    return str(given)


def text(given: Any) -> str | None:
    """A text of at most `LONGEST` characters; None for nothing, or what is none."""
    if not isinstance(given, str):
        return None
    return given.strip()[:LONGEST] or None


def shared_text(given: Any) -> str | None:
    """The same of a text that many items have; a mapping gives its ``name``."""
    named = None if isinstance(given, str) or not isinstance(given, Mapping) else given
    found = text(given if named is None else named.get("name"))
    return None if found is None else intern(found)


def categories_of(given: Any, google: Any = None) -> tuple[str, ...] | None:
    """Categories from a cell (``a|b``, ``a;b``, a JSON array) or a list; None where none is said.

    Values alike give the very same tuple.
    """
    return _categories(_hashable(given), _hashable(google))


def _hashable(given: Any) -> Any:
    if isinstance(given, str) or given is None:
        return given
    if isinstance(given, list | tuple):
        return tuple(map(_hashable, given))
    if isinstance(given, Mapping):
        return _hashable(given.get("codeValue") or given.get("name"))
    return given if isinstance(given, int) and not isinstance(given, bool) else None


@lru_cache(maxsize=65_536)
def _categories(given: Any, google: Any) -> tuple[str, ...] | None:
    named = dict.fromkeys(
        [
            *(name for one in _parts(given) for name in category_names(one)),
            *(name for one in _listed(google) for name in _google(one)),
        ]
    )
    return tuple(map(intern, list(named)[:MOST_CATEGORIES])) or None


def _listed(given: Any) -> list[str]:
    if isinstance(given, tuple):
        return [part for one in given for part in _listed(one)]
    return [] if given is None or not str(given).strip() else [str(given).strip()[:LONGEST]]


def _parts(given: Any) -> list[str]:
    if isinstance(given, str) and given.lstrip().startswith("["):
        try:
            return _listed(_hashable(msgspec.json.decode(given, type=list[Any])))
        except msgspec.DecodeError:
            return _listed(given)
    separator = "|" if isinstance(given, str) and "|" in given else ";"
    if isinstance(given, str):
        return [part for cut in given.split(separator) if (part := cut.strip(" ;|"))]
    return _listed(given)


def category_names(written: str) -> list[str]:
    """One category as the guard compares it, with what stands above it on a path.

    A slug and ``taxonomy:id`` stay. Anything else is the shop's own: ``Health > Vitamins`` gives
    ``custom:health`` and ``custom:health > vitamins``, ``305`` gives ``custom:305``. A lone word
    (``Vitamins``) may be either, so it is both.
    """
    lowered = " ".join(written.lower().split())
    pair = taxonomy.split(lowered)
    if pair and pair[0] in taxonomy.TAXONOMIES:
        return [lowered]
    if taxonomy.is_slug(lowered):
        return [lowered] if "." in lowered else [lowered, *_path("custom", lowered)]
    return _path("custom", lowered)


def _google(written: str) -> list[str]:
    """The Google product category: an id, or a path with everything above it."""
    lowered = " ".join(written.lower().split()).removeprefix("google-product:")
    # Google's own files write "5081 - Health & Beauty > Health Care" on one line.
    number, dash, path = lowered.partition(" - ")
    if dash and number.isdigit():
        return [f"google-product:{number}", *_path("google-product", path)]
    return _path("google-product", lowered)


def _path(name: str, lowered: str) -> list[str]:
    steps = [step.strip() for step in lowered.split(">") if step.strip()]
    return [f"{name}:{' > '.join(steps[: n + 1])}" for n in range(len(steps))]

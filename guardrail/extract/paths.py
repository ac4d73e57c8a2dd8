"""The dotted path language of rule files: where the lists of items are, where a field is.

``items``, ``a.b.items`` and ``.`` (the top level) name one list; ``results[].hits`` names the
list ``hits`` under every element of the list ``results``. ``rows[].`` says that every element
is such a list itself; ``shelves{}.items`` goes through every member of an object, whatever its
key; ``scores{}`` is an object that holds items by their ids. ``viewed | bought`` are two lists.
A field path such as ``taxonomy.labels`` walks through objects only.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple, TypeGuard


class Under(Enum):
    """A step through an object whose keys are not known beforehand."""

    MEMBERS = "every member, whatever its key"
    IDS = "the members are the items, and the keys their ids"


class Fork(NamedTuple):
    """Several ways at once; no way runs through the end of another."""

    ways: tuple[Steps, ...]


Step = str | Under | Fork | None
"""A key to follow, or None for every element of a list; the others are rarer."""
Steps = tuple[Step, ...]

_FORBIDDEN = frozenset('[]{}"\\')
_BETWEEN = " | "
_RULE = (
    "write keys joined by dots, such as items, data.items or results[].hits, "
    "or a lone . for a list at the top level"
)


@lru_cache(maxsize=512)
def items_path(text: str) -> Steps:
    """The steps from the top of a body to its lists of items; ``.`` is no step at all.

    ``results[].hits`` gives ``("results", None, "hits")``. Raises ValueError on a path that is
    none, with a text that says what would be right.
    """
    ways = tuple(map(_one_path, text.split(_BETWEEN)))
    if len(ways) == 1:
        return ways[0]
    for index, way in enumerate(ways):
        for other in ways[:index] + ways[index + 1 :]:
            if other[: len(way)] == way:
                raise ValueError(f"{text!r}: one of these lists is in another one, or is the same")
    return (Fork(ways),)


def joined_paths(paths: Sequence[str]) -> str:
    """Several paths to lists as one path."""
    return _BETWEEN.join(paths)


def are_plain(steps: Steps) -> TypeGuard[tuple[str | None, ...]]:
    """Whether the steps are keys and lists alone, so that the parser can follow them."""
    return all(step is None or isinstance(step, str) for step in steps)


def _one_path(text: str) -> Steps:
    if text == ".":
        return ()
    steps: list[Step] = []
    # In "rows[]." the dot is the list itself, as it is alone.
    ends_in_itself = text.endswith(("[].", "{}."))
    for part in (text[:-1] if ends_in_itself else text).split("."):
        key = part[:-2] if part.endswith(("[]", "{}")) else part
        if _is_key(key):
            steps.append(key)
        elif not (part in ("[]", "{}") and not steps):
            raise ValueError(f"{text!r} is no path to a list: {_RULE}")
        if key != part:
            steps.append(None if part.endswith("[]") else Under.MEMBERS)
    if steps[-1] is Under.MEMBERS and not ends_in_itself:
        steps[-1] = Under.IDS
    if steps[-1] is None and not ends_in_itself:
        raise ValueError(
            f"{text!r} ends with []: name the list itself, such as {text.removesuffix('[]') or '.'}"
            "; [] only stands before a further key, as in results[].hits"
        )
    return tuple(steps)


@lru_cache(maxsize=1024)
def field_path(text: str) -> tuple[str, ...]:
    """The keys from an item to one of its fields: ``taxonomy.labels`` is two.

    Raises ValueError on a path that is none.
    """
    keys = tuple(text.split("."))
    if not all(map(_is_key, keys)):
        hint = " ([] is for items alone)" if "[" in text else ""
        raise ValueError(
            f"{text!r} is no path to a field: write keys joined by dots, such as sku or "
            f"taxonomy.labels{hint}"
        )
    return keys


def _is_key(text: str) -> bool:
    return (
        text == text.strip() and text.isprintable() and bool(text) and _FORBIDDEN.isdisjoint(text)
    )

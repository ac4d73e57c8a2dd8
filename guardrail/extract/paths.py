"""The dotted path language of rule files: where the lists of items are, where a field is.

``items``, ``a.b.items`` and ``.`` (the top level) name one list; ``results[].hits`` names the
list ``hits`` under every element of the list ``results``. A field path such as
``taxonomy.labels`` walks through objects only.
"""

from __future__ import annotations

from functools import lru_cache

Step = str | None
"""A key to follow, or None for every element of a list."""

_FORBIDDEN = frozenset('[]"\\')
_RULE = (
    "write keys joined by dots, such as items, data.items or results[].hits, "
    "or a lone . for a list at the top level"
)


@lru_cache(maxsize=512)
def items_path(text: str) -> tuple[Step, ...]:
    """The steps from the top of a body to its lists of items; ``.`` is no step at all.

    ``results[].hits`` gives ``("results", None, "hits")``. Raises ValueError on a path that is
    none, with a text that says what would be right.
    """
    if text == ".":
        return ()
    steps: list[Step] = []
    for part in text.split("."):
        key = part.removesuffix("[]")
        if _is_key(key):
            steps.append(key)
        elif not (part == "[]" and not steps):
            raise ValueError(f"{text!r} is no path to a list: {_RULE}")
        if key != part:
            steps.append(None)
    if steps[-1] is None:
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

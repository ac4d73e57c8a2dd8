"""The answer that shows nothing: the same shape, with its lists empty."""

from __future__ import annotations

from typing import Any

import msgspec

from guardrail.extract import NotReadable
from guardrail.extract.paths import Fork, Steps, Under, items_path
from guardrail.extract.read import list_spans
from guardrail.ruleset import Surface


def blank(body: bytes | None, surface: Surface) -> bytes:
    """The body with an empty list at the surface's ``items`` and every other byte as it is.

    Where items stand in several lists (``results[].hits``), the outermost is emptied. A body
    that can't be read (or None) gives the least that has the shape, such as ``{"items":[]}``.
    """
    steps = _outermost(items_path(surface.items))
    if body is not None:
        try:
            plain, lists = list_spans(body, steps)
        except NotReadable:
            return _least(steps)
        out: list[bytes] = []
        done = 0
        for found in lists:
            out += (plain[done : found.start], b"[]" if found.keys is None else b"{}")
            done = found.end
        return b"".join((*out, plain[done:]))
    return _least(steps)


def _outermost(steps: Steps) -> Steps:
    """The steps to what is emptied: the first list, or object with keys of any name."""
    for index, step in enumerate(steps):
        if isinstance(step, Fork):
            ways = dict.fromkeys(map(_outermost, step.ways))
            whole = [way for way in ways if not any(w != way and way[: len(w)] == w for w in ways)]
            return whole[0] if len(whole) == 1 else (Fork(tuple(whole)),)
        if step is None:
            return steps[:index]
        if isinstance(step, Under):
            return (*steps[:index], Under.IDS)
    return steps


def _least(steps: Steps) -> bytes:
    ways = steps[0].ways if steps and isinstance(steps[0], Fork) else (steps,)
    tree: dict[str, Any] = {}
    for way in ways:
        keys = [step for step in way if isinstance(step, str)]
        empty: Any = {} if len(keys) < len(way) else []
        if not keys:
            return msgspec.json.encode(empty)
        node = tree
        for key in keys[:-1]:
            node = node.setdefault(key, {})
        node[keys[-1]] = empty
    return msgspec.json.encode(tree)

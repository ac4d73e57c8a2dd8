"""The answer that shows nothing: the same shape, with its lists empty."""

from __future__ import annotations

import msgspec

from guardrail.extract import NotReadable
from guardrail.extract.paths import Step, items_path
from guardrail.extract.read import list_spans
from guardrail.ruleset import Surface


def blank(body: bytes | None, surface: Surface) -> bytes:
    """The body with an empty list at the surface's ``items`` and every other byte as it is.

    Where items stand in several lists (``results[].hits``), the outermost is emptied. A body
    that can't be read (or None) gives the least that has the shape, such as ``{"items":[]}``.
    """
    steps = items_path(surface.items)
    if None in steps:
        steps = steps[: steps.index(None)]
    if body is not None:
        try:
            plain, lists = list_spans(body, steps)
        except NotReadable:
            return _least(steps)
        out: list[bytes] = []
        done = 0
        for found in lists:
            out += (plain[done : found.start], b"[]")
            done = found.end
        return b"".join((*out, plain[done:]))
    return _least(steps)


def _least(steps: tuple[Step, ...]) -> bytes:
    out = b"[]"
    for step in reversed(steps):
        out = b"{%b:%b}" % (msgspec.json.encode(step), out)
    return out

"""One JSON document: is it a response body of a surface, or something else."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from guardrail.extract.paths import Steps
    from guardrail.ruleset import RuleSet


def is_body(raw: bytes, rules: RuleSet, surface: str) -> bool:
    """Whether a JSON array or object is a response body of the surface, and not one item."""
    from guardrail.extract.paths import are_plain
    from guardrail.extract.shape import shape_of

    if raw[:1] == b"[":
        return True
    try:
        found: Any = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    steps = shape_of(rules.surface(surface)).steps
    if not are_plain(steps):
        return _has_lists(raw, steps)
    for key in takewhile(lambda step: step is not None, steps):
        found = found.get(key) if isinstance(found, dict) else None
    return isinstance(found, list)


def _has_lists(raw: bytes, steps: Steps) -> bool:
    from guardrail.extract.read import NotReadable, list_spans

    try:
        list_spans(raw, steps)
    except NotReadable:
        return False
    return True


def as_body(raw: bytes, rules: RuleSet, surface: str) -> bytes:
    """The body; a bare array is put where the surface has its items."""
    from guardrail.extract.shape import shape_of

    steps = shape_of(rules.surface(surface)).steps
    keys = [step for step in steps if isinstance(step, str)]
    if raw[:1] == b"[" and len(keys) == len(steps):
        for key in reversed(keys):
            raw = b"{" + msgspec.json.encode(key) + b":" + raw + b"}"
    return raw

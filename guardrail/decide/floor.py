"""Floors that a surface sets by itself."""

from __future__ import annotations

from guardrail.model import Finding
from guardrail.ruleset import Surface
from guardrail.score.judged import Judged


def too_deep(surface: Surface, judged: Judged) -> tuple[Finding, ...]:
    """A finding where an item lies deeper than the surface allows.

    Only what is known counts here: unknown depth has a rule of its own (`depth: unknown`).
    """
    if surface.max_depth is None or judged.known_depth <= surface.max_depth:
        return ()
    because = f"inference depth {judged.known_depth}, the surface allows {surface.max_depth}"
    return (Finding("surface:max_depth", "depth", 0.0, because, layer="floor"),)

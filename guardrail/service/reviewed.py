"""A decided list of Python objects becomes the decision that its caller is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guardrail.act import Cuts, apply_objects
from guardrail.extract import Read
from guardrail.model import Decision
from guardrail.ruleset import Surface
from guardrail.service.decided import Decided
from guardrail.service.deciding import Deciding


def reviewed(
    deciding: Deciding,
    surface: Surface,
    items: Sequence[Any],
    reads: Sequence[Read],
    decided: Decided,
    *,
    now_ms: int | None = None,
    recorded: bool = True,
) -> Decision:
    """The decision with the items to show, counted unless it was a trial."""
    fill = [offer.json for offer in decided.result.backfill]
    cuts = Cuts(decided.armed.rules.leaks, surface)
    kept = apply_objects(items, reads, surface, decided.result.placed, fill, cuts=cuts)
    return deciding.decision(
        surface, decided, tuple(kept), now_ms=now_ms, recorded=recorded, cut=cuts.counts
    )

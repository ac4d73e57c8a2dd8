"""What becomes of an item's bytes, by its verdict."""

from __future__ import annotations

from guardrail.act.placed import DROP, KEEP, Placed
from guardrail.decide.nonbid import status_code
from guardrail.decide.settle import Settled
from guardrail.pipeline.draft import Request


def place_of(request: Request, settled: Settled) -> Placed:
    """Kept, changed or gone; in observe everything is kept."""
    if request.mode == "observe" or settled.verdict == "allow":
        return KEEP
    if settled.treated is None or settled.held:
        named = request.surface.seatnonbid
        return Placed(keep=False, code=status_code(settled, request.plan)) if named else DROP
    return Placed(edit=settled.treated.edit)

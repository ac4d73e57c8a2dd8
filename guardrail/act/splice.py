"""A plan becomes a body: the app's own bytes with items gone, changed, moved or added."""

from __future__ import annotations

from collections.abc import Sequence

from guardrail.act.actions import Action, actions_of
from guardrail.act.bids import bids
from guardrail.act.counted import counted, echoed
from guardrail.act.cut import Cutter
from guardrail.act.cuts import Cuts
from guardrail.act.hiding import Hiding, hiding_of
from guardrail.act.placed import Placed, check_plan, untouched
from guardrail.act.rebuild import Rebuilding
from guardrail.extract import Extracted
from guardrail.ruleset import Leaks, Surface


def splice(
    body: bytes,
    extracted: Extracted,
    surface: Surface,
    plan: Sequence[Placed],
    backfill: Sequence[bytes] = (),
    *,
    cuts: Cuts | None = None,
) -> bytes:
    """The body to send: one `Placed` for each item read, then ``backfill`` in the first list.

    Without what is hidden (`signals`, the surface's ``strip``) in any item, and without the
    leaks that ``cuts`` looks for. ``backfill`` are JSON objects in the surface's own shape;
    where the body has no list at all they have no place. Gives ``body`` itself where nothing
    changes. Raises ValueError on a plan that does not fit and on backfill or a replacement that
    is no JSON object.
    """
    check_plan(plan, len(extracted.items))
    hiding = hiding_of(surface)
    cuts = cuts or Cuts(Leaks(), surface)
    leaky = cuts.may_cut(extracted.body)
    at_once = not leaky and not backfill
    same = at_once and untouched(plan)
    out = _assembled(extracted, hiding, cuts, plan, same=same) if at_once else None
    if out is None:
        cutter = Cutter(extracted, hiding)
        out = cutter.whole() if same else None
        if out is None:
            out = Rebuilding(extracted, hiding, cutter, cuts, leaky=leaky).body(plan, backfill)
    if not same:
        out = bids(out, extracted, surface, plan)
        if surface.count_fields:
            shown = sum(placed.keep for placed in plan) + len(backfill)
            out = counted(out, surface, len(plan), shown)
    out = echoed(out, surface)
    return body if out == extracted.body else out


def _assembled(
    extracted: Extracted, hiding: Hiding, cuts: Cuts, plan: Sequence[Placed], *, same: bool
) -> bytes | None:
    """The body put together by what scanned it; None where it was not, or can't do that."""
    scan = extracted.scan
    if scan is None:
        return None
    if same and not hiding.paths:
        return extracted.body
    actions: list[Action] | None = [None] * len(plan)
    if not same:
        actions = actions_of(plan, hiding, cuts)
    return None if actions is None else scan.assembled(actions)

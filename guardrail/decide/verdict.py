"""A verdict as it is told: what happened to one item, and every number behind it."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from guardrail.decide.capped import Bound
from guardrail.decide.settle import Settled
from guardrail.model import Finding, Verdict


class Tallied(msgspec.Struct, frozen=True, eq=False):
    """What of a verdict is counted, named as in `guardrail.model.Verdict`."""

    verdict: str
    would: str | None = None
    capped_by: str | None = None
    findings: tuple[Finding, ...] = ()
    would_findings: tuple[Finding, ...] = ()
    unknown: tuple[str, ...] = ()


def tallied(
    settled: Settled | None,
    would: Settled | None,
    cap: str | None,
    *,
    observing: bool,
    drop: bool,
) -> Tallied:
    """What is counted of an item; the same that `verdict_on` and `on_unreadable` tell of it.

    ``cap``: the rule's id of the cap that is over.
    """
    if settled is None:
        return Tallied("suppress" if drop else "allow")
    before = settled.before
    differs = would is not None and would.verdict != settled.verdict
    capped = cap is not None and any(f.rule == cap for f in before.findings)
    enforced = not observing or settled.verdict == "allow"
    told = would.verdict if would is not None and differs else None
    return Tallied(
        settled.verdict if enforced else "allow",
        told if enforced else settled.verdict,
        cap if capped else None,
        before.findings,
        would.before.findings if would is not None and differs else (),
        before.judged.unknown,
    )


def on_unreadable(problems: tuple[str, ...], tolerance: float, *, drop: bool) -> Verdict:
    """The verdict on an element that is no item: nothing is known of it."""
    return Verdict(
        id=None, verdict="suppress" if drop else "allow", tolerance=tolerance, problems=problems
    )


def verdict_on(
    ident: str | None,
    problems: tuple[str, ...],
    settled: Settled,
    would: Settled | None,
    bound: Bound | None,
    *,
    tolerance: float,
    observing: bool,
) -> Verdict:
    """The verdict on one item. ``bound``: the cap that is over. ``observing``: what was settled is
    not enforced, so it is what would have been.
    """
    before = settled.before
    judged = before.judged
    differs = would is not None and would.verdict != settled.verdict
    capped = bound is not None and any(f.rule == bound.rule.id for f in before.findings)
    why = judged.why
    verdict = Verdict(
        id=ident,
        verdict=settled.verdict,
        treatment=settled.treatment,
        replacement=_replacement(settled),
        intrusiveness=before.score.intrusiveness,
        softened_intrusiveness=settled.after.score.intrusiveness if settled.after else None,
        creepy=before.score.creepy,
        annoying=before.score.annoying,
        tolerance=tolerance,
        depth=judged.depth,
        findings=before.findings,
        capped_by=bound.rule.id if bound is not None and capped else None,
        retry_after_seconds=bound.retry_after if bound and capped else settled.retry_after,
        tried=settled.tried,
        assumed=judged.assumed,
        would=would.verdict if would is not None and differs else None,
        would_treatment=would.treatment if would is not None and differs else None,
        would_findings=would.before.findings if would is not None and differs else (),
        unknown=judged.unknown,
        problems=problems,
        why=why.sentence,
        main_parameters=why.parameters,
        dsa_params=why.codes,
    )
    if not observing or settled.verdict == "allow":
        return verdict
    return replace(
        verdict,
        verdict="allow",
        treatment=None,
        replacement=None,
        softened_intrusiveness=None,
        would=settled.verdict,
        would_treatment=settled.treatment,
    )


def _replacement(settled: Settled) -> str | None:
    if settled.treated is None or settled.treated.edit.replace is None:
        return None
    return settled.treated.item.id

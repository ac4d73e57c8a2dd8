"""The report of `guardrail evidence`: every figure, as data and as a page of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from guardrail.evidence.case import DataSet
from guardrail.evidence.catalogue import Curve, curve
from guardrail.evidence.measure import (
    Agreement,
    Precision,
    Scored,
    Scorer,
    Share,
    agreement,
    precision,
)
from guardrail.evidence.sensitivity import Weighed
from guardrail.ruleset import RuleSet

LONGEST = 90


class Report(NamedTuple):
    """Everything that was measured. ``scored`` belongs to ``sets`` one to one."""

    revision: str
    presets: Mapping[str, float]
    sets: tuple[DataSet, ...]
    scored: tuple[tuple[Scored, ...], ...]
    agreements: tuple[Agreement, ...]
    precision: Precision
    ordinary: Curve | None
    weights: Sequence[Weighed] = ()


def report_on(rules: RuleSet, sets: Sequence[DataSet]) -> Report:
    """Score all cases and compare them with what people said."""
    scorer = Scorer(rules)
    scored = tuple(tuple(scorer.score_all(one.cases)) for one in sets)
    everything = [s for group in scored for s in group]
    harmless = [s.case for s in everything if s.case.sensitive is False]
    return Report(
        revision=rules.revision,
        presets=rules.presets,
        sets=tuple(sets),
        scored=scored,
        agreements=tuple(agreement(*pair) for pair in zip(sets, scored, strict=True)),
        precision=precision(everything),
        ordinary=curve(scorer, harmless, rules.presets),
    )


def to_dict(report: Report) -> dict[str, Any]:
    """The report as JSON-ready data."""
    return {
        "revision": report.revision,
        "sets": [_set(one) for one in report.agreements],
        "precision": _share(report.precision.core),
        "precision_with_hints": _share(report.precision.with_hints),
        "ordinary": report.ordinary
        and {"items": report.ordinary.items, "touched": dict(report.ordinary.touched)},
        "weights": [one._asdict() for one in report.weights],
    }


def _set(one: Agreement) -> dict[str, Any]:
    out: dict[str, Any] = {"name": one.name, "kind": one.kind, "cases": one.cases}
    if one.spearman:
        out["spearman"] = one.spearman._asdict()
    if one.rmse is not None:
        out["rmse"] = one.rmse
    for key in ("pairs", "signs", "recall", "recall_with_hints", "false_alarms"):
        share = getattr(one, key)
        if share is not None:
            out[key] = _share(share)
    if one.struck:
        out["struck"] = dict(one.struck)
    out["worst"] = [
        {"case": s.case.label, "score": s.score, "rating": s.case.rating, "ranks_off": off}
        for s, off in one.worst
    ]
    return out


def _share(share: Share | None) -> dict[str, float] | None:
    return share and {"value": share.value, "right": share.right, "of": share.of}


def page(report: Report) -> Iterator[str]:
    """The report as lines of text."""
    yield f"rule set {report.revision}"
    for one in report.agreements:
        yield ""
        yield f"{one.name}: {one.cases} cases ({one.kind})"
        yield from _figures(one)
        if one.worst:
            yield "  worst misses:"
            yield from (f"    {_miss(one, scored, off)}" for scored, off in one.worst)
    if report.precision.core is not None:
        yield ""
        yield f"precision of recognition over all texts: {_told(report.precision.core)}"
        if report.precision.with_hints is not None:
            yield f"  hints counted too: {_told(report.precision.with_hints)}"
    if report.ordinary is not None:
        yield ""
        yield f"an ordinary catalogue, first-party sources, {report.ordinary.items} items:"
        for name, tolerance in report.presets.items():
            touched = 100 * report.ordinary.at(tolerance)
            yield f"  {name} ({tolerance:g}) touches {touched:.1f} %"
        steps = (f"{t:g}: {100 * share:.0f}" for t, share in report.ordinary.touched)
        yield f"  percent touched at each tolerance: {', '.join(steps)}"
    if report.weights:
        yield ""
        yield from _weights(report.weights)


def _figures(one: Agreement) -> Iterator[str]:
    if one.spearman:
        value, low, high = one.spearman
        yield f"  Spearman {value:.3f} (95 % interval {low:.3f} to {high:.3f})"
    if one.rmse is not None:
        yield f"  RMSE {one.rmse:.1f} points"
    if one.pairs:
        yield f"  pairs in the right order: {_told(one.pairs)}"
    if one.signs:
        yield f"  passing on scored higher where people like it less: {_told(one.signs)}"
    if one.recall:
        yield f"  recall by terms: {_told(one.recall)}"
    if one.recall_with_hints:
        yield f"  recall by terms and hints: {_told(one.recall_with_hints)}"
    if one.false_alarms:
        yield f"  harmless texts taken for sensitive: {_told(one.false_alarms)}"
    if one.struck:
        struck = ", ".join(f"{n} {reason}" for reason, n in one.struck)
        yield f"  struck by hand before: {struck}"


def _told(share: Share) -> str:
    return f"{100 * share.value:.1f} % ({share.right:g} of {share.of})"


def _miss(one: Agreement, scored: Scored, off: float) -> str:
    label = scored.case.label
    label = label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"
    if one.kind == "texts":
        taken = ", ".join(scored.says)
        return f"{label} (taken for {taken})" if taken else f"{label} (not recognised by a term)"
    too = "high" if off > 0 else "low"
    return (
        f"{label}: score {scored.score:.1f}, published {scored.case.rating:.1f} "
        f"({100 * abs(off):.0f} % of the ranks too {too})"
    )


def _weights(weights: Sequence[Weighed]) -> Iterator[str]:
    yield "verdicts that change when one weight is a fifth lighter or heavier:"
    width = max(len(one.name) for one in weights)
    yield f"  {'weight'.ljust(width)}  value   flips  points moved"
    for one in weights:
        share = 100 * one.flips / one.verdicts
        mark = "  judgement" if one.judgement else ""
        yield (
            f"  {one.name.ljust(width)}  {one.weight:5.1f}  {share:4.1f} %  {one.moved:6.2f}{mark}"
        )

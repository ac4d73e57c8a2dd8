"""Everything that led to the verdict on one item, put together for a person who asks why."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from guardrail.decide.attempts import Attempt, attempts
from guardrail.decide.nearest import Change, nearest
from guardrail.decide.settle import Settled
from guardrail.facts.lacking import Lacking, lacking
from guardrail.model import Customer, Finding, Item, Signal, Verdict
from guardrail.pipeline import Draft, Entry, Request
from guardrail.ruleset import Category, Rule, RuleSet, Surface
from guardrail.score.assumed import Assumptions
from guardrail.score.depth import signal_depth
from guardrail.score.reckoning import Line, reckoning
from guardrail.score.vocabulary import slug_ancestors
from guardrail.treat import Shelf


class NoSuchItemError(LookupError):
    """None of the items is the one that was asked for, or nobody said which one.

    ``ids``: of the items that there are; None for one that has no id.
    """

    def __init__(self, ids: Sequence[str | None]) -> None:
        super().__init__("no such item")
        self.ids = tuple(ids)


class Ground(NamedTuple):
    """A finding with what the rule files say of it: ``kind`` and ``title`` of its rule, and the
    ``source`` of its weight; empty where it comes from no rule file.
    """

    finding: Finding
    kind: str = ""
    title: str = ""
    source: str = ""


class Explained(NamedTuple):
    """The verdict on one item with all that led to it.

    ``item`` is completed with what is assumed of it (``verdict.assumed`` names that). ``came_to``:
    the verdict that the rules gave, also where the mode is observe and it is not enforced;
    ``treatment`` goes with it. ``shown``: the item as it is, or another one, that comes instead
    (in observe: would come); None where nothing does. ``backfill``: ids of what was filled in.
    ``softened``: the score after the treatment. ``tolerance_of``: whose tolerance it is, in words.
    """

    item: Item
    surface: Surface
    mode: str
    verdict: Verdict
    came_to: str
    treatment: str | None
    softened: float | None
    tolerance_of: str
    grounds: tuple[Ground, ...]
    lines: tuple[Line, ...]
    attempts: tuple[Attempt, ...]
    shown: Item | None
    nearest: Change | None
    lacking: tuple[Lacking, ...]
    backfill: tuple[str, ...] = ()

    @property
    def acting(self) -> tuple[str, ...]:
        """The rules that act whatever the score is."""
        return tuple(one.rule for one in self.verdict.findings if one.blocks)

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON-ready data. Nothing of the customer but their tolerance is in it."""
        verdict = self.verdict
        return {
            "item": _given(replace(self.item, signals=None)),
            "surface": self.surface.name,
            "mode": self.mode,
            "verdict": self.came_to,
            "treatment": self.treatment,
            "enforced": verdict.verdict == self.came_to,
            "intrusiveness": verdict.intrusiveness,
            "softened_intrusiveness": self.softened,
            "tolerance": verdict.tolerance,
            "tolerance_of": self.tolerance_of,
            "depth": verdict.depth,
            "signals": [
                {**_given(one), "depth": signal_depth(one)} for one in self.item.signals or ()
            ],
            "assumed": list(verdict.assumed),
            "findings": [
                {**one.finding.to_dict(), "title": one.title, "source": one.source}
                for one in self.grounds
            ],
            "reckoning": [
                {
                    "concern": line.finding.concern,
                    "rule": line.finding.rule,
                    "weight": line.finding.weight,
                    "share": line.share,
                    "accepting": round(line.left, 3),
                }
                for line in self.lines
            ],
            "tried": [{**one._asdict(), "acting": list(one.acting)} for one in self.attempts],
            "shown": None if self.shown is None else _given(self.shown),
            "backfill": list(self.backfill),
            "capped_by": verdict.capped_by,
            "retry_after_seconds": verdict.retry_after_seconds,
            "why": verdict.why,
            "say": verdict.say,
            "unknown": [{**one._asdict(), "facts": list(one.facts)} for one in self.lacking],
            "nearest": None if self.nearest is None else self.nearest._asdict(),
            "problems": list(verdict.problems),
        }


def _given(one: Item | Signal) -> dict[str, Any]:
    """What is known of it, without what is not."""
    found: dict[str, Any] = msgspec.to_builtins(one)
    return {key: value for key, value in found.items() if value not in (None, [], ())}


def explained(
    draft: Draft,
    verdict: Verdict,
    index: int,
    rules: RuleSet,
    backfill: Sequence[str | None] = (),
) -> Explained:
    """Why the item at ``index`` of a draft got its ``verdict``, caps included."""
    request, entry = draft.request, draft.entries[index]
    observing = request.mode == "observe"
    came_to = verdict.would if observing and verdict.would else verdict.verdict
    treatment = verdict.would_treatment if observing else verdict.treatment
    item = _completed(draft.reads[index].item, request.surface)
    by_id = {rule.id: rule for rule in rules.rules}
    kinds = {by_id[f.rule].kind for f in verdict.findings if f.rule in by_id}
    # What several items tell together does not hang on the weights of one.
    by_set = "combination" in kinds
    return Explained(
        item=item,
        surface=request.surface,
        mode=request.mode,
        verdict=verdict,
        came_to=came_to,
        treatment=treatment,
        softened=_softened(entry.settled, treatment),
        tolerance_of=tolerance_of(request.customer, rules),
        grounds=tuple(_ground(f, by_id.get(f.rule), rules) for f in verdict.findings),
        lines=reckoning(verdict.findings, verdict.depth),
        attempts=_attempts(draft, index, verdict.tried),
        shown=_shown(draft.reads[index].item, entry.settled, came_to, treatment),
        nearest=None if by_set else nearest(verdict.findings, verdict.depth, verdict.tolerance),
        lacking=tuple(lacking(by_id[name], item, request.customer) for name in verdict.unknown),
        backfill=tuple(one for one in backfill if one is not None),
    )


def tolerance_of(customer: Customer, rules: RuleSet) -> str:
    """Whose the tolerance is that `guardrail.customer.resolve_tolerance` finds."""
    asked = customer.tolerance
    if asked is None:
        where = customer.jurisdiction or ""
        for region in (where, where.split("-", 1)[0]):
            if region in rules.regions:
                return f"of customers in {region} who chose none"
        return f"the preset {rules.default_preset!r}, of customers who chose none"
    if not isinstance(asked, str):
        return "the customer's own number"
    if asked in rules.presets:
        return f"the preset {asked!r}, the customer's own choice"
    return "the strictest preset, as the customer's own can't be read"


def _completed(item: Item, surface: Surface) -> Item:
    """The item with what the surface assumes of it, as rules see it."""
    assumed, _ = Assumptions(surface.assume).of(item)
    known = {
        name: getattr(assumed, name) if getattr(item, name) is None else getattr(item, name)
        for name in Item.__struct_fields__
    }
    kind = known["kind"] or surface.kind
    usual = "commercial_ad" if kind == "ad" else "product"
    known |= {"kind": kind, "purpose": known["purpose"] or surface.purpose or usual}
    if known["sponsored"] is None and kind == "ad":
        known["sponsored"] = True
    return Item(**known)


def _ground(finding: Finding, rule: Rule | None, rules: RuleSet) -> Ground:
    if rule is None:
        return Ground(finding)
    if rule.kind == "sensitive_category":
        category = _category(finding.because, rules)
        if category is not None:
            source = rule.source if rule.weight is not None else category.evidence
            return Ground(finding, rule.kind, category.title or rule.title, source or "")
    return Ground(finding, rule.kind, rule.title, rule.source or "")


def _category(because: str, rules: RuleSet) -> Category | None:
    """The category that a finding names, or the nearest above it that the rule files define."""
    for word, slug in pairwise(because.split()):
        if word != "category":
            continue
        for one in slug_ancestors(slug):
            if one in rules.categories:
                return rules.categories[one]
    return None


def _attempts(draft: Draft, index: int, names: tuple[str, ...]) -> tuple[Attempt, ...]:
    request = draft.request
    watched = request.mode == "observe"
    item = draft.reads[index].item
    return attempts(
        item,
        draft.appraise(item, watched=watched),
        draft.appraise,
        _shelf_before(request, draft, index),
        names,
        tolerance=request.tolerance,
        watched=watched,
    )


def _shelf_before(request: Request, draft: Draft, index: int) -> Shelf:
    """What there was to draw on when it was this item's turn."""
    shelf = Shelf(request.pool, (read.item.id for read in draft.reads), request.creatives)
    for entry in draft.entries[:index]:
        taken = _replacement(entry)
        if taken is not None:
            shelf.take(taken)
    return shelf


def _replacement(entry: Entry) -> Item | None:
    treated = entry.settled.treated if entry.settled else None
    return None if treated is None or treated.edit.replace is None else treated.item


def _softened(settled: Settled | None, treatment: str | None) -> float | None:
    if settled is None or settled.after is None or settled.treatment != treatment:
        return None
    return settled.after.score.intrusiveness


def _shown(item: Item, settled: Settled | None, came_to: str, treatment: str | None) -> Item | None:
    if came_to == "suppress" or treatment == "delay":
        return None
    treated = settled.treated if settled and settled.treatment == treatment else None
    return replace(item if treated is None else treated.item, signals=None)

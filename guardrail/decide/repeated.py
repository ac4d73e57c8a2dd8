"""Once more the same: what repetition adds to an appraisal, by how often it was shown."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from msgspec.structs import replace

from guardrail.decide.appraise import Appraisal, Appraiser
from guardrail.decide.capped import duration
from guardrail.decide.history import History
from guardrail.model import Customer, Finding, Item, Signal
from guardrail.ruleset import Rule, Surface
from guardrail.score.finding import finding_of
from guardrail.score.judged import Judged, score
from guardrail.score.kinds.ground import UNKNOWN, Answer, Objection, Unknown
from guardrail.score.kinds.repetition import (
    INTEREST_SHARE,
    counted,
    stated_interest,
    weight_after,
)
from guardrail.score.plan import Plan

STOP = 100.0
"""What is bought is offered no more: a rule of the product, so only 'anything goes' accepts it."""


def appraiser(
    plan: Plan, surface: Surface, customer: Customer, now_ms: int, history: History | None
) -> Appraiser:
    """The appraiser for a plan; where no rule weighs repetition it costs nothing."""
    kind = Remembering if plan.repeats else Appraiser
    return kind(plan, surface, customer, now_ms, history)


class Remembering(Appraiser):
    """Appraises items knowing how often each was shown to this customer."""

    @cached_property
    def forgetting(self) -> Appraiser:
        """One that knows nothing of that."""
        return Appraiser(self._plan, self._surface, self._customer, self._now_ms)

    def weighs(self, judged: Judged) -> bool:
        """Whether it counts here how often such an item was shown."""
        return bool(judged.repeats)

    def seldom(self, judged: Judged, item: Item) -> bool:
        """Whether an item was shown so seldom that it comes to what it would if nobody counted.

        ``item``: what it is counted by; nothing else of it is looked at.
        """
        if judged.bought or self.history is None:
            return False
        for rule in judged.repeats:
            told = counted(rule, item)
            if told is None or self.history.seen(rule, *told) >= rule.curve[0][0]:
                return False
        return True

    def __call__(self, item: Item, *, watched: bool) -> Appraisal:
        """The appraisal with a finding for each rule that finds an item repeated too often.

        Where nothing is known of what was shown, a rule is *unknown*.
        """
        appraisal = super().__call__(item, watched=watched)
        judged = appraisal.judged
        if not judged.repeats:
            return appraisal
        findings: list[Finding] = []
        only_watched: list[Finding] = []
        unknown: list[str] = []
        for rule in judged.repeats:
            answer = answered(rule, item, judged.signals or (), self.history)
            if isinstance(answer, Unknown):
                unknown.append(rule.id)
                if rule.unknown == "skip":
                    continue
                answer = Objection(rule.curve[-1][1], "how often it was shown is unknown")
            if answer is not None:
                enforced = watched or rule.mode != "observe"
                (findings if enforced else only_watched).append(
                    finding_of(rule, answer.weight, answer.because)
                )
        if unknown or only_watched:
            judged = replace(
                judged,
                unknown=(*judged.unknown, *unknown),
                watched=(*judged.watched, *only_watched),
            )
        found = (*appraisal.findings, *findings)
        whole = score(found, judged.depth) if findings else appraisal.score
        return Appraisal(judged, found, whole)


def answered(
    rule: Rule, item: Item, signals: tuple[Signal, ...], history: History | None
) -> Answer:
    """What a `repetition` rule says of an item that its conditions hold of."""
    if item.purchased:
        return Objection(STOP, "already bought")
    told = counted(rule, item)
    if history is None or told is None:
        return UNKNOWN
    times = history.seen(rule, *told)
    half = rule.stated_interest == "half" and stated_interest(signals)
    weight = weight_after(rule.curve, times * INTEREST_SHARE if half else times)
    if not weight:
        return None
    because = " ".join(_in_words(rule, told[0], times))
    if half:
        because += ", each counts half for a stated interest"
    return Objection(weight, because)


def _in_words(rule: Rule, scope: str, times: int) -> Iterator[str]:
    yield f"{scope} shown"
    yield "once" if times == 1 else f"{times} times"
    yield f"in {duration(rule.window)}"

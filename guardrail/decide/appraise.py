"""An item in the eyes of one customer: what the rules, the surface and their own refusals say."""

from __future__ import annotations

from typing import Any, NamedTuple

from guardrail.decide.choice import refusals, refused
from guardrail.decide.cool_off import seconds_left
from guardrail.decide.floor import too_deep
from guardrail.decide.history import History
from guardrail.model import Customer, Finding, Item
from guardrail.ruleset import Surface
from guardrail.score.compose import Score
from guardrail.score.judged import Judged, score
from guardrail.score.plan import Plan
from guardrail.treat import Means, Shelf


class Appraisal(NamedTuple):
    """The findings on an item and its score."""

    judged: Judged
    findings: tuple[Finding, ...]
    score: Score

    def acceptable(self, tolerance: float, met: frozenset[str] = frozenset()) -> bool:
        """Whether its score fits and nothing acts on it by itself but the rules in ``met``."""
        if self.score.intrusiveness > tolerance:
            return False
        return not any(f.blocks and f.rule not in met for f in self.findings)

    def less(self, points: float) -> Appraisal:
        """The same with that many points less on the score; no finding goes."""
        if not points:
            return self
        lower = Score(
            max(0.0, round(self.score.intrusiveness - points, 1)),
            max(0.0, round(self.score.creepy - points, 1)),
            self.score.annoying,
        )
        return self._replace(score=lower)


class Appraiser:
    """Appraises items for one customer on one surface at one moment.

    ``history``: what they were shown before, None where nothing is known of it.
    """

    def __init__(
        self,
        plan: Plan,
        surface: Surface,
        customer: Customer,
        now_ms: int,
        history: History | None = None,
    ) -> None:
        self._plan = plan
        self._surface = surface
        self._customer = customer
        self._now_ms = now_ms
        self.history = history
        self.refused = refused(customer, now_ms)
        """What this customer refuses (`guardrail.decide.choice.refused`), None for nothing."""
        self._known: dict[tuple[Judged, bool], Appraisal] = {}

    def __call__(self, item: Item, *, watched: bool) -> Appraisal:
        """The appraisal; ``watched``: as if the rules in observe were enforced."""
        return self.of(self._plan.judge(item, self._customer), watched=watched)

    def of(self, judged: Judged, *, watched: bool) -> Appraisal:
        """The appraisal of every item of that sort."""
        known = self._known.get((judged, watched))
        if known is None:
            known = self._known[judged, watched] = self._appraised(judged, watched=watched)
        return known

    def _appraised(self, judged: Judged, *, watched: bool) -> Appraisal:
        findings = judged.findings
        whole = judged.score
        if watched and judged.watched:
            findings += judged.watched
            whole = score(findings, judged.depth)
        floors = too_deep(self._surface, judged)
        refusing = self.refused is not None
        chosen = refusals(self._customer, judged, self._now_ms) if refusing else ()
        if floors or chosen:
            findings = (*floors, *chosen, *findings)
        return Appraisal(judged, findings, whole)

    def weighs(self, judged: Judged) -> bool:  # noqa: ARG002 - another kind of appraiser does
        """Whether it counts here how often such an item was shown."""
        return False

    def notes(self, about: str) -> dict[Any, Any]:
        """What was worked out for other customers and holds for this one as well."""
        customer = self._customer
        if self.refused is not None or customer.names or customer.places:
            return {}
        return self._plan.notes(about)

    def may_excuse(self, before: Appraisal) -> bool:
        """Whether words can be an excuse: a rule holds only where a phrase is absent, and the item
        says a phrase that rules ask for, or may come to say one.
        """
        said = before.judged.says_condition or self._surface.neutral_reason is not None
        return self._plan.copy_excuses and said

    def cool_off(self, item: Item, before: Appraisal, treatment: str) -> int | None:
        """Seconds until the rules that named a treatment for an item apply no longer."""
        ids = frozenset(f.rule for f in before.findings if f.treatment == treatment)
        signals = before.judged.signals if item.signals is None else item.signals
        return seconds_left(self._plan.rules_named(ids), signals)

    def means(self, before: Appraisal, shelf: Shelf) -> Means:
        """What treatments of an appraised item may draw on."""
        judged = before.judged
        return Means(
            shelf=shelf,
            customer=self._customer,
            surface=self._surface,
            signals=judged.signals,
            labels=judged.labels,
            own=judged.own,
            phrases=judged.phrases,
            categories=self._plan.categories,
            tongues=self._plan.tongues,
        )

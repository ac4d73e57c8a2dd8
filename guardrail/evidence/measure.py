"""Published cases scored with a rule set, and how well the scores agree with what people said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from guardrail.evidence.case import Case, DataSet
from guardrail.evidence.stats import (
    Interval,
    pairs_in_order,
    ranks,
    rmse,
    spearman_interval,
)
from guardrail.model import Customer
from guardrail.ruleset import RuleSet
from guardrail.score.engine import Engine

DROP_THAT_COUNTS = 5.0
"""Passing on counts as disliked where the mean rating drops by more, on its own scale of 200."""
WORST = 10
_ADULT = Customer(age_band="adult")


class Scored(NamedTuple):
    """A case and its score, 0-100. ``says``: categories recognised, ``hints``: hinted at."""

    case: Case
    score: float
    says: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()


class Share(NamedTuple):
    """``right`` of ``of``; None in a report where nothing was asked."""

    right: float
    of: int

    @property
    def value(self) -> float:
        """The share, 0-1."""
        return self.right / self.of


class Agreement(NamedTuple):
    """How well a data set is met. Figures that it does not allow are None."""

    name: str
    kind: str
    cases: int
    spearman: Interval | None = None
    rmse: float | None = None
    pairs: Share | None = None
    signs: Share | None = None
    recall: Share | None = None
    recall_with_hints: Share | None = None
    false_alarms: Share | None = None
    struck: tuple[tuple[str, int], ...] = ()
    worst: tuple[tuple[Scored, float], ...] = ()


class Precision(NamedTuple):
    """Of all texts that were taken for sensitive, those that are; over all data sets of texts."""

    core: Share | None
    with_hints: Share | None


class Scorer:
    """A rule set as a scorer of cases, for an adult of whom nothing else is known."""

    def __init__(self, rules: RuleSet) -> None:
        self._engine = Engine(rules)

    def score(self, one: Case) -> Scored:
        """The case with its score, and what was recognised in its words."""
        judged = self._engine.plan(one.surface, _ADULT).judge(one.item, _ADULT)
        if one.sensitive is None:
            return Scored(one, judged.score.intrusiveness)
        hits = self._engine.recognise.find(one.label)
        says = tuple(dict.fromkeys(h.target for h in hits if not h.hint))
        hints = tuple(dict.fromkeys(h.target for h in hits if h.hint))
        return Scored(one, judged.score.intrusiveness, says, hints)

    def score_all(self, cases: Iterable[Case]) -> list[Scored]:
        """Each case with its score."""
        return [self.score(one) for one in cases]


def agreement(found: DataSet, scored: Sequence[Scored]) -> Agreement:
    """The figures of one data set."""
    if found.kind == "texts":
        return _texts(found, scored)
    scores = [s.score for s in scored]
    ratings = [s.case.rating for s in scored]
    grouped = found.kind == "practices"
    return Agreement(
        name=found.name,
        kind=found.kind,
        cases=len(scored),
        spearman=None if grouped else spearman_interval(scores, ratings),
        rmse=rmse(scores, ratings) if found.kind == "shares" else None,
        pairs=_pairs(scored),
        signs=_signs(scored),
        worst=_worst_ranked(scored) if not grouped else _worst_in_groups(scored),
    )


def _pairs(scored: Sequence[Scored]) -> Share | None:
    right, asked = 0.0, 0
    for group in _groups(scored):
        r, n = pairs_in_order([s.score for s in group], [s.case.rating for s in group])
        right, asked = right + r, asked + n
    return Share(right, asked) if asked else None


def _groups(scored: Sequence[Scored]) -> list[list[Scored]]:
    groups: dict[str, list[Scored]] = {}
    for one in scored:
        groups.setdefault(one.case.group, []).append(one)
    return list(groups.values())


def _signs(scored: Sequence[Scored]) -> Share | None:
    """Passing on is scored higher where people like it less by more than `DROP_THAT_COUNTS`."""
    by_id = {s.case.id: s for s in scored}
    right = asked = 0
    for one in scored:
        own = by_id.get(one.case.own or "")
        # Ratings are on 0-100 here, half of the published scale.
        if own is not None and 2 * (one.case.rating - own.case.rating) > DROP_THAT_COUNTS:
            asked += 1
            right += one.score > own.score
    return Share(right, asked) if asked else None


def _worst_ranked(scored: Sequence[Scored]) -> tuple[tuple[Scored, float], ...]:
    """The cases furthest from their rank, in shares of all ranks; above 0: scored too high."""
    if len(scored) < 2:
        return ()
    ours = ranks([s.score for s in scored])
    theirs = ranks([s.case.rating for s in scored])
    off = [
        (s, (a - b) / (len(scored) - 1))
        for s, a, b in zip(scored, ours, theirs, strict=True)
        if a != b
    ]
    return tuple(sorted(off, key=lambda pair: -abs(pair[1]))[:WORST])


def _worst_in_groups(scored: Sequence[Scored]) -> tuple[tuple[Scored, float], ...]:
    off = [pair for group in _groups(scored) for pair in _worst_ranked(group)]
    return tuple(sorted(off, key=lambda pair: -abs(pair[1]))[:WORST])


def _texts(found: DataSet, scored: Sequence[Scored]) -> Agreement:
    wanted = [s for s in scored if s.case.sensitive]
    harmless = [s for s in scored if not s.case.sensitive]
    missed = [s for s in wanted if not s.says] + [s for s in harmless if s.says]
    return Agreement(
        name=found.name,
        kind=found.kind,
        cases=len(scored),
        recall=_share(wanted, hints=False),
        recall_with_hints=_share(wanted, hints=True),
        false_alarms=_share(harmless, hints=True),
        struck=found.struck,
        worst=tuple((s, 0.0) for s in missed[:WORST]),
    )


def _share(scored: Sequence[Scored], *, hints: bool) -> Share | None:
    found = sum(1 for s in scored if s.says or (hints and s.hints))
    return Share(found, len(scored)) if scored else None


def precision(scored: Iterable[Scored]) -> Precision:
    """Over all texts whose nature is known; None without both sensitive and harmless ones."""
    listed = [s for s in scored if s.case.sensitive is not None]
    core = [s for s in listed if s.says]
    hinted = [s for s in listed if s.says or s.hints]
    if len({s.case.sensitive for s in listed}) < 2:
        return Precision(None, None)
    return Precision(_true_share(core), _true_share(hinted))


def _true_share(taken: Sequence[Scored]) -> Share | None:
    return Share(sum(1 for s in taken if s.case.sensitive), len(taken)) if taken else None

"""How much hangs on each weight: each alone is made a fifth lighter and a fifth heavier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from guardrail.evidence.case import Case, DataSet
from guardrail.evidence.measure import Scorer
from guardrail.model import Item
from guardrail.ruleset import Category, RuleSet

LIGHTER, HEAVIER = 0.8, 1.2


class Weighed(NamedTuple):
    """One weight. ``flips``: verdicts (a case at a preset) that change when it is lighter or
    heavier, of ``verdicts``. ``moved``: mean change of the scores of cases, in points.
    ``judgement``: nobody has published a figure for it.
    """

    name: str
    weight: float
    flips: int
    verdicts: int
    moved: float
    judgement: bool


def weigh_each(rules: RuleSet, sets: Iterable[DataSet]) -> list[Weighed]:
    """Every weight on which a score hangs, the one on which most verdicts hang first."""
    cases = _distinct(sets)
    tolerances = sorted(rules.presets.values())
    before = _scores(rules, cases)
    found = []
    for name, weight, judgement, changed in _variants(rules):
        flips, moved = 0, 0.0
        for other in changed:
            after = _scores(other, cases)
            moved += sum(abs(a - b) for a, b in zip(before, after, strict=True))
            flips += sum(
                (a > t) != (b > t) for a, b in zip(before, after, strict=True) for t in tolerances
            )
        if moved:
            of = 2 * len(cases)
            found.append(Weighed(name, weight, flips, of * len(tolerances), moved / of, judgement))
    return sorted(found, key=lambda w: (-w.flips, -w.moved, w.name))


def _distinct(sets: Iterable[DataSet]) -> list[Case]:
    """Each item once, however many countries rated it; texts are left out."""
    seen: dict[tuple[Item, str], Case] = {}
    for one in sets:
        if one.kind != "texts":
            for found in one.cases:
                seen.setdefault((found.item, found.surface.name), found)
    return list(seen.values())


def _scores(rules: RuleSet, cases: Sequence[Case]) -> list[float]:
    return [scored.score for scored in Scorer(rules).score_all(cases)]


def _variants(rules: RuleSet) -> Iterator[tuple[str, float, bool, tuple[RuleSet, RuleSet]]]:
    """Name, weight, whether it is a judgement, and the rule set with it lighter and heavier."""
    for index, rule in enumerate(rules.rules):
        if not rule.weight:
            continue
        changed = []
        for by in (LIGHTER, HEAVIER):
            expected = {v: min(w * by, 100.0) for v, w in rule.expected.items()}
            other = replace(rule, weight=min(rule.weight * by, 100.0), expected=expected)
            listed = (*rules.rules[:index], other, *rules.rules[index + 1 :])
            changed.append(replace(rules, rules=listed))
        judged = (rule.source or "").startswith("judgement")
        yield rule.id, rule.weight, judged, (changed[0], changed[1])
    for slug, category in rules.categories.items():
        if not category.weight:
            continue
        lighter, heavier = (
            replace(rules, categories=_with_weight(rules, slug, category.weight * by))
            for by in (LIGHTER, HEAVIER)
        )
        judged = category.evidence.startswith("judgement")
        yield f"category {slug}", category.weight, judged, (lighter, heavier)


def _with_weight(rules: RuleSet, slug: str, weight: float) -> Mapping[str, Category]:
    other = replace(rules.categories[slug], weight=min(weight, 100.0))
    return {**rules.categories, slug: other}

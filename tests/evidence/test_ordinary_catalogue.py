"""A few thousand ordinary goods, chosen from purchases: nearly all of them stay on the shelf."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from guardrail import Guardrail
from guardrail.model import Verdict
from tests.evidence.ordinary import VARIANTS, catalogue
from tests.evidence.published import ROOT, published

CUSTOMER = {"id": "c-1", "age_band": "adult", "jurisdiction": "US-TX"}
SENSITIVE = ("Maternity Clothing", "Over the Counter Medication", "Religious Items")
"""What is touched at balanced, and should be: it tells of a pregnancy, an illness, a faith."""


class Judged(NamedTuple):
    item: dict[str, Any]
    verdict: Verdict


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    guard = Guardrail(rules=str(ROOT / "rules")).guard
    return [
        Judged(item, guard.score_item(json.dumps(item).encode(), "home", CUSTOMER))
        for item in catalogue(published())
    ]


def touched(judged: list[Judged], preset: str) -> list[Judged]:
    tolerance = Guardrail(rules=str(ROOT / "rules")).guard.rules.presets[preset]
    return [one for one in judged if one.verdict.intrusiveness > tolerance]


def test_there_are_a_few_thousand_goods(judged: list[Judged]) -> None:
    """Of more than four hundred kinds, each under a title of its own."""
    assert len(judged) >= 4000
    assert len({one.item["id"] for one in judged}) == len(judged)


def test_at_balanced_one_in_a_hundred_is_touched_at_most(judged: list[Judged]) -> None:
    """And each of these for a reason that a person would give."""
    found = touched(judged, "balanced")
    assert 0 < len(found) <= len(judged) / 100
    for one in found:
        assert any(name in one.item["title"] for name in SENSITIVE), one.item["title"]
        assert any(finding.concern == "subject" for finding in one.verdict.findings)


def test_words_beside_the_product_touch_nothing(judged: list[Judged]) -> None:
    """A colour, a size or a gift set is no subject: every title of a kind scores the same."""
    kinds: dict[str, set[float]] = {}
    for one in judged:
        number = one.item["id"].partition("-")[0]
        kinds.setdefault(number, set()).add(one.verdict.intrusiveness)
    assert len(kinds) * len(VARIANTS) == len(judged)
    assert {number: scores for number, scores in kinds.items() if len(scores) > 1} == {}


def test_at_every_preset_only_what_tells_something_private_is_touched(
    judged: list[Judged],
) -> None:
    """At relaxed less than at balanced; at strict, one kind in fifty."""
    found = [touched(judged, preset) for preset in ("relaxed", "balanced", "strict")]
    assert 0 < len(found[0]) < len(found[1]) < len(found[2]) <= len(judged) / 50
    for one in found[2]:
        assert any(finding.concern == "subject" for finding in one.verdict.findings)


def test_who_wants_no_purchase_used_can_say_so(judged: list[Judged]) -> None:
    """54.6 of 100 object to past purchases: below that nothing of them is shown."""
    assert all(one.verdict.intrusiveness > 54 for one in judged)

"""The page about the evidence says what the command says."""

from __future__ import annotations

import re

import pytest

from guardrail.evidence import Report, read_folders, report_on
from guardrail.rulefile import load
from tests.evidence.published import ROOT, STRUCK, published

PAGE = (ROOT / "docs" / "reference" / "evidence.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def report() -> Report:
    return report_on(load(ROOT / "rules"), read_folders([published(), STRUCK]).sets)


def test_correlations_stand_there_as_measured(report):
    """With their intervals where the page has them."""
    for one in report.agreements:
        if one.spearman and one.name in ("acceptability_de_gb DE", "joint_de_gb mean", "flows"):
            told = " ".join(f"{value:.3f}".lstrip("0") for value in one.spearman)
            value, low, high = told.split()
            assert f"{value} ({low} to {high})" in PAGE, one.name


def test_recall_and_precision_stand_there_as_measured(report):
    """Terms, hints, and the rows that were struck."""
    found = next(one for one in report.agreements if one.name == "removed_interests")
    recall, hinted = 100 * found.recall.value, 100 * found.recall_with_hints.value
    assert f"{recall:.1f} % by terms, {hinted:.1f} % with hints" in PAGE
    for reason, count in found.struck:
        assert re.search(rf"\| `{reason}` \| {count} \|", PAGE), reason


def test_the_curve_of_the_ordinary_catalogue_stands_there_as_measured(report):
    """At the three presets."""
    told = {name: 100 * report.ordinary.at(t) for name, t in report.presets.items()}
    assert told["balanced"] == told["relaxed"] == 0
    assert f"strict {told['strict']:.1f} %, balanced 0 %, relaxed 0 %" in PAGE


def test_the_date_and_the_rule_set_are_named():
    """Figures without them could be of anything."""
    assert re.search(r"On 20\d\d-\d\d-\d\d, rule set `sha256:[0-9a-f]{12,64}`", PAGE)

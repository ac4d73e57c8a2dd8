"""How well the shipped rules agree with published ratings: the figures that must not be lost."""

from __future__ import annotations

import pytest

from guardrail.evidence import Report, read_folders, report_on
from guardrail.rulefile import load
from tests.evidence.published import ROOT, STRUCK, published


@pytest.fixture(scope="module")
def report() -> Report:
    folder = read_folders([published(), STRUCK])
    return report_on(load(ROOT / "rules"), folder.sets)


def of(report: Report, name: str):
    return next(one for one in report.agreements if one.name == name)


@pytest.mark.parametrize("country", ["DE", "GB"])
def test_the_order_of_sources_and_purposes_is_that_of_people(report, country):
    """Rank correlation over 28 ratings, in both countries, and the lower end of its interval."""
    found = of(report, f"acceptability_de_gb {country}").spearman
    assert found.value >= 0.95
    assert found.low >= 0.85


def test_composites_meet_the_share_that_rejects_either(report):
    """171 pairs of source and purpose: order and level."""
    found = of(report, "joint_de_gb mean")
    assert found.cases == 171
    assert found.spearman.value >= 0.95
    assert found.rmse <= 3


def test_flows_keep_their_order_when_the_place_is_known(report):
    """70 flows with the actor as vertical; without it the ceiling is about .78."""
    found = of(report, "flows")
    assert found.spearman.value >= 0.85
    assert found.spearman.low >= 0.70


def test_passing_on_is_always_scored_higher(report):
    """In every pair in which people like it less by more than five points."""
    signs = of(report, "flows").signs
    assert signs.of >= 30
    assert signs.value >= 0.95


def test_practices_keep_their_order_within_a_survey(report):
    """By percent who find them creepy."""
    pairs = of(report, "practice_ratings").pairs
    assert pairs.of >= 25
    assert pairs.value >= 0.85


def test_sensitive_interests_are_recognised(report):
    """Terms alone reach three quarters, with hints almost nine of ten."""
    found = of(report, "removed_interests")
    assert found.recall.of > 550
    assert found.recall.value >= 0.75
    assert found.recall_with_hints.value >= 0.85


def test_harmless_topics_are_left_alone(report):
    """Of all that is taken for sensitive, hints included."""
    assert of(report, "topics_nonsensitive").false_alarms.of > 200
    assert report.precision.with_hints.value >= 0.98


def test_an_ordinary_catalogue_passes_balanced(report):
    """First-party sources, said, done or guessed."""
    assert report.ordinary.items > 1500
    assert report.ordinary.at(report.presets["balanced"]) <= 0.01
    assert report.ordinary.at(report.presets["relaxed"]) == 0


def test_every_struck_interest_is_in_the_list(report):
    """No reason for striking out something that is not there."""
    struck = dict(of(report, "removed_interests").struck)
    listed = [line for line in STRUCK.read_text().splitlines() if line[:1] not in ("#", "t")]
    assert sum(struck.values()) == len(listed)
    assert set(struck) == {
        "anatomy",
        "armed_forces",
        "everyday",
        "media_or_company",
        "person_without_office",
        "unclear",
    }

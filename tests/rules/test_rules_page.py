"""The page about the shipped rules says what the rules say."""

from __future__ import annotations

import pytest
from shipped import ROOT, joined, ruleset, subject, weight

PAGE = (ROOT / "docs" / "reference" / "rules.md").read_text(encoding="utf-8")
ROWS = {
    cells[1].strip(" `"): [cell.strip() for cell in cells]
    for line in PAGE.splitlines()
    if line.startswith("| `") and len(cells := line.split("|")) == 7
}


@pytest.mark.parametrize("rule", ruleset().rules, ids=lambda rule: rule.id)
def test_every_rule_has_its_row(rule):
    """Id, title, concern, weight and source stand there as in the file."""
    _, _, title, concern, weighs, source, _ = ROWS[rule.id]
    assert (title, concern, source) == (rule.title, rule.concern, rule.source)
    if rule.weight is not None:
        assert float(weighs) == rule.weight


@pytest.mark.parametrize("slug", ruleset().categories)
def test_every_category_has_its_row(slug):
    """Slug, title, weight and evidence stand there as in the file."""
    category = ruleset().categories[slug]
    _, _, title, weighs, evidence, _, _ = ROWS[slug]
    assert (title, float(weighs), evidence) == (category.title, category.weight, category.evidence)


def test_the_page_tells_of_nothing_that_is_gone():
    """No row without a rule, a category or a file."""
    known = {rule.id for rule in ruleset().rules} | set(ruleset().categories)
    assert set(ROWS) <= known


def test_the_scores_of_the_practices_are_right():
    """Every number of the table of presets, by the formula."""
    search, browsing = weight("source-search"), weight("source-browsing")
    ad, location = weight("purpose-ad"), weight("source-location")
    inferred, third = weight("depth-inferred"), weight("flow-third")
    scores = {
        "birthday offer": joined(weight("source-age")),
        "recommendation from past purchases": joined(weight("source-purchases")),
        "reminder of the cart": joined(weight("source-cart")),
        "product from what was looked at": joined(browsing),
        "ad from past purchases": joined(ad, weight("source-purchases")),
        "ad from what was looked at on this site": joined(ad, browsing),
        "ad from a guess": joined(ad, browsing, inferred),
        "e-mail that names": joined(location, weight("manner-place")),
        "pregnancy, guessed": joined(subject("health.pregnancy"), search, inferred),
        "ad from tracking": joined(ad, browsing, third),
        "ad of an unknown brand": joined(ad, location, third),
        "anything from read messages": joined(weight("source-messages")),
    }
    for practice, score in scores.items():
        line = next(row for row in PAGE.splitlines() if row.startswith(f"| {practice}"))
        assert f"| {score:.1f} |" in line, (practice, score)

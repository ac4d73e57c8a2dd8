"""The shipped rule set as a whole: complete, explained, and silent about what it guesses."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from shipped import RULES, rules, ruleset

from guardrail.model import CONCERNS, DATA_KINDS, PURPOSES
from guardrail.rulefile import check
from guardrail.ruleset import DEFAULT_TREATMENTS, RULE_KINDS

NOT_A_SOURCE = {"current_item"}
HARMLESS_WORDS = {"with", "from", "other", "medical", "everyday", "being", "living", "life"}


def test_it_loads_without_a_problem():
    """Rule files and test files alike."""
    assert check([RULES]) == []


def test_it_has_every_kind_of_rule_and_every_concern():
    """A newcomer finds an example of everything."""
    assert {rule.kind for rule in rules().values()} == set(RULE_KINDS)
    assert {rule.concern for rule in rules().values()} == set(CONCERNS)


def weighs_a_source(rule):
    return rule.layer == "rule" and rule.kind == "signal" and rule.when.data is not None


def test_it_stays_small_enough_to_be_read():
    """Next to one rule a source of data there are at most fifty others, a dozen of them floors."""
    kinds = Counter("source" if weighs_a_source(rule) else rule.layer for rule in rules().values())
    assert kinds["source"] <= 25
    assert 25 <= kinds["rule"] <= 38
    assert kinds["floor"] <= 12


@pytest.mark.parametrize("rule_id", sorted(rules()))
def test_every_rule_explains_itself(rule_id):
    """A title, a sentence for the customer, and where it comes from."""
    rule = rules()[rule_id]
    assert rule.title
    assert rule.say is not None
    assert rule.say.endswith(".")
    assert rule.source is not None


def private_words() -> set[str]:
    """Every word of a category's title, slug or terms that would give a guess away."""
    words: set[str] = set()
    for slug, category in ruleset().categories.items():
        words.update(re.findall(r"[a-z]{4,}", f"{category.title} {slug}".lower()))
        words.update(term.lower() for term in category.terms)
    return words - HARMLESS_WORDS


@pytest.mark.parametrize("rule_id", sorted(rules()))
def test_what_is_said_to_a_customer_never_tells_the_guess(rule_id):
    """No word of a sensitive category's title, slug or terms stands in a sentence."""
    said = f" {' '.join(re.findall(r'[a-z]+', (rules()[rule_id].say or '').lower()))} "
    told = {word for word in private_words() if f" {word} " in said}
    assert not told


def test_every_kind_of_data_has_a_source_rule():
    """No source slips through for want of a weight; what is on the page now is no source."""
    covered = {
        kind for rule in rules().values() if weighs_a_source(rule) for kind in rule.when.data
    }
    assert covered == DATA_KINDS - NOT_A_SOURCE


def test_a_fact_that_is_its_own_subject_counts_once():
    """Chosen by faith and about faith is one objection: both have the concern `subject`."""
    for name in ("religion", "politics", "orientation", "ethnicity", "body", "means", "tragedy"):
        assert rules()[f"source-{name}"].concern == "subject", name
    for name in ("browsing", "search", "purchases", "location", "messages", "contacts"):
        assert rules()[f"source-{name}"].concern == "source", name


def test_rated_purposes_have_a_weight_and_recommending_a_product_has_none():
    """A shop's own shelf is judged by what it uses, not for being a shelf."""
    weighed = {
        purpose
        for rule in rules().values()
        if rule.layer == "rule"
        for purpose in rule.when.purpose or ()
    }
    assert weighed <= PURPOSES
    assert "product" not in weighed
    assert {"commercial_ad", "political_message", "feed", "news", "entertainment"} <= weighed


def test_every_subject_has_a_rule():
    """Each branch of the categories is named by a rule that scores, or by a floor."""
    named = {
        slug.split(".")[0]
        for rule in rules().values()
        if rule.kind != "frequency_cap"
        for slug in rule.when.category or ()
    }
    assert {slug.split(".")[0] for slug in ruleset().categories} == named


def test_floors_say_what_a_missing_fact_means():
    """A floor acts whatever the score, so nothing about it is left to a default."""
    floors = [rule for rule in rules().values() if rule.layer == "floor"]
    assert floors
    for rule in floors:
        assert rule.unknown == "skip", rule.id
        assert rule.action in ("soften", "suppress"), rule.id
        assert rule.source
        assert "judgement" not in rule.source, rule.id


def test_floors_that_are_not_about_refusals_leave_best_sellers_alone():
    """Each floor but the one on prices asks for a signal, or for depth 1 and more."""
    for rule in rules().values():
        if rule.layer == "floor" and rule.id != "floor-price-disclosure":
            when = rule.when
            assert when.depth or when.data or when.party, rule.id
            assert not any(c.op in ("<", "<=", "==") for c in when.depth or ()), rule.id


def test_caps_bind_ads_alone():
    """What a shop recommends may come back."""
    caps = [rule for rule in rules().values() if rule.kind == "frequency_cap"]
    assert caps
    assert all(rule.when.kind == ("ad",) for rule in caps)
    assert all(rule.max_impressions < 10 for rule in caps)


def test_surfaces_guard_the_two_endpoints_and_keep_something_in_reserve():
    """Home and ads have paths, treatments and a pool; the rest is reviewed in code."""
    surfaces = ruleset().surfaces
    assert surfaces["home"].path == "/api/recommendations"
    assert surfaces["ads"].path == "/api/ads"
    assert surfaces["ads"].max_depth == 4
    assert surfaces["newsletter"].path is None
    assert surfaces["default"].treatments == ()
    for name in ("home", "ads", "newsletter"):
        assert len(surfaces[name].fallback) >= 4, name
        assert surfaces[name].treatments == DEFAULT_TREATMENTS, name
    assert surfaces["home"].minimum_items == 4


def test_every_rule_file_has_its_tests_beside_it():
    """x.yaml and x.test.yaml."""
    files = [path for path in RULES.glob("*.yaml") if not path.name.endswith(".test.yaml")]
    assert files
    for path in files:
        assert path.with_suffix(".test.yaml").exists(), path.name


def test_every_rule_is_met_in_a_test_file():
    """Each rule id is expected somewhere, so a rule that finds nothing is noticed."""
    told = " ".join(path.read_text(encoding="utf-8") for path in RULES.glob("*.test.yaml"))
    untold = [rule_id for rule_id in rules() if not re.search(rf"\b{rule_id}\b", told)]
    assert untold == []

"""The bodies of the benchmark are what the figures say that they are."""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice

import pytest

from benchmarks import bodies, rulesets
from benchmarks.path import PurePath


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> PurePath:
    return PurePath(rulesets.twenty(tmp_path_factory.mktemp("rules")), "kept")


@pytest.mark.parametrize("mixed", [False, True])
def test_ordinary_items_are_all_allowed(kept, mixed):
    """A body without a share has nothing to act on, however its signals are combined."""
    for body in islice(bodies.bodies(50, mixed=mixed), 20):
        _, result = kept.decide(body)
        assert {verdict.verdict for verdict in result.verdicts} == {"allow"}
        assert kept.answer(body) is body


def test_a_share_is_acted_on_in_three_ways(kept):
    """Of those acted on a third each loses its reason, is replaced, is suppressed."""
    for body in islice(bodies.bodies(200, share=0.23), 5):
        _, result = kept.decide(body)
        found = Counter((one.verdict, one.treatment) for one in result.verdicts)
        assert found == {
            ("allow", None): 154,
            ("soften", "drop_reason"): 16,
            ("soften", "replace"): 15,
            ("suppress", None): 15,
        }


def test_every_body_is_new():
    """Ids never come again, titles and reasons do."""
    listed = [json.loads(body)["items"] for body in islice(bodies.bodies(50), 40)]
    items = [item for one in listed for item in one]
    assert len({item["id"] for item in items}) > 1990
    assert {item["title"] for item in items} <= set(bodies.TITLES)
    assert {item["reason"] for item in items} == set(bodies.REASONS)


def test_mixed_bodies_hold_combinations_that_were_never_seen():
    """Half of their items at least have signals that no item before had."""

    def sorts(*, mixed: bool) -> list[str]:
        made = islice(bodies.bodies(50, mixed=mixed), 40)
        return [
            json.dumps([s | {"age_seconds": 0} for s in item["signals"]])
            for body in made
            for item in json.loads(body)["items"]
        ]

    assert len(set(sorts(mixed=True))) > 1000
    assert len(set(sorts(mixed=False))) <= len(bodies.WAYS) * len(bodies.ORDINARY)


def test_the_same_seed_gives_the_same_body():
    """So that two programs can be measured on the same bytes."""
    assert bodies.body(50) == bodies.body(50) != bodies.body(50, seed=8)


@pytest.mark.parametrize("ids_only", [False, True])
def test_bare_items_are_judged_by_what_is_assumed(tmp_path, ids_only):
    """They say no facts, and their surface does."""
    path = PurePath(rulesets.twenty(tmp_path), "bare")
    extracted, result = path.decide(next(bodies.bare(50, ids_only=ids_only)))
    assert extracted.briefs is not None
    assert {verdict.intrusiveness for verdict in result.verdicts} == {45.0}


def test_rule_sets_have_as_many_rules_as_they_are_called(tmp_path):
    """Twenty, five more with caps, two hundred; the shipped ones have no cap left."""
    twenty = PurePath(rulesets.twenty(tmp_path / "a"), "kept").rules.rules
    capped = PurePath(rulesets.twenty(tmp_path / "b", caps=True), "kept").rules.rules
    assert (len(twenty), len(capped)) == (20, 25)
    assert len(PurePath(rulesets.many(tmp_path / "c"), "kept").rules.rules) == 200
    shipped = PurePath(rulesets.shipped(tmp_path / "d"), "kept").rules.rules
    assert len(shipped) > 40
    assert all(rule.kind != "frequency_cap" for rule in shipped)


def test_two_hundred_rules_decide_as_the_first_twenty(tmp_path):
    """The others are on facts that these bodies do not have."""
    few = PurePath(rulesets.twenty(tmp_path / "20"), "kept")
    many = PurePath(rulesets.many(tmp_path / "200"), "kept")
    for body in islice(bodies.bodies(50, share=0.23), 10):
        assert few.answer(body) == many.answer(body)

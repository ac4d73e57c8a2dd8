"""Leaving out what repetition is counted by: no log says what was shown before it."""

from __future__ import annotations

import pytest

from guardrail.facts import minimise
from guardrail.facts.minimise import Response
from guardrail.facts.names import ITEM_FACTS
from guardrail.facts.tally import tally
from guardrail.facts.without import pieces_in
from guardrail.model import Customer
from guardrail.ruleset import Rule, RuleSet, Surface
from guardrail.score.engine import Engine
from guardrail.service.armed import arm
from guardrail.service.minimise import judge_by
from tests.facts.traffic import reads_of

SHELF = Surface("home", treatments=())
NOBODY = Customer()


def repeated(per: str, **keys: object) -> Rule:
    return Rule(
        *("again", "repetition"),
        concern="repetition",
        per=per,
        window=3600,
        curve=((3, 45.0),),
        **keys,  # type: ignore[arg-type]
    )


def looked_at(item: dict[str, object], *rules: Rule):
    """What a log of this one item says of each of its facts, by name."""
    armed = arm(RuleSet(rules=rules, surfaces={"home": SHELF}))
    judge = judge_by(armed, SHELF, lambda reads: reads, 0)
    report = minimise([Response(reads_of(item), NOBODY, (50.0,))], judge)
    return {effect.piece.name: effect for effect in report.effects}, report


@pytest.mark.parametrize(("per", "needed"), [("creative", True), ("item", False)])
def test_a_creative_is_needed_where_it_is_what_is_counted(per: str, needed: bool) -> None:
    """No verdict changes, and something else would be counted."""
    effects, report = looked_at({"id": "a", "creative": "cr-7"}, repeated(per))
    assert (effects["creative"].verdicts, effects["creative"].needed) == (0, needed)
    assert [piece.name for piece in report.together] == ([] if needed else ["creative"])


def test_that_something_was_bought_is_needed_where_repetition_is_weighed() -> None:
    """It is offered no more; without such a rule nobody reads it."""
    bought = {"id": "a", "purchased": True}
    effects, _ = looked_at(bought, repeated("item"))
    assert effects["purchased"].verdicts == 1
    effects, report = looked_at(bought)
    assert not effects["purchased"].needed
    assert [piece.name for piece in report.together] == ["purchased"]


def test_facts_are_counted_of_creatives_and_of_what_was_bought() -> None:
    """Every field of an item is a fact, and every one but the id and kind may be left out."""
    reads = reads_of({"id": "a", "creative": "cr-7", "purchased": False}, {"id": "b"})
    counted = tally(reads, reads, SHELF, Engine(RuleSet()))
    for fact in ("creative", "purchased"):
        assert fact in ITEM_FACTS
        assert (counted[fact, "present"], counted[fact, "missing"]) == (1, 1)
    assert {piece.key for piece in pieces_in(reads, NOBODY)} == {"creative", "purchased"}

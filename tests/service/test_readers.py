"""Which reader a body gets hangs on what the customer refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from guardrail.extract import extract
from guardrail.extract.scan import Scanned, compiled
from guardrail.model import Customer
from guardrail.ruleset import Rule, RuleSet, Surface, When
from guardrail.score.engine import Engine
from guardrail.service.readers import MOST_SUBJECTS, Readers
from tests import brief_bodies as some

pytestmark = pytest.mark.skipif(
    compiled is None, reason="the scanner is compiled where there is a C compiler"
)
HOME = Surface("home", items="items")
RULE = Rule("s", "signal", concern="source", weight=60.0, when=When(data=("cart",)))


@pytest.fixture
def readers() -> Readers:
    """Of a surface with one rule, and some categories that it does not name."""
    return Readers(Engine(RuleSet(rules=(RULE,), categories=some.CATEGORIES)), HOME)


def many_sorts(readers: Readers, customer: Customer, *items: dict[str, Any]) -> int:
    """How many sorts of items there are to a customer."""
    body = json.dumps({"items": items}).encode()
    briefs = extract(body, HOME, reader=readers.of(customer)).briefs
    assert isinstance(briefs, Scanned)
    return len({id(sort) for sort in briefs.sorts})


def searched(**keys: Any) -> dict[str, Any]:
    """An item that a search led to."""
    return {"signals": [{"data": "search_history", "method": "inferred", **keys}]}


def test_who_refuses_nothing_shares_sorts_that_tell_no_more_than_rules_ask(
    readers: Readers,
) -> None:
    """Where a thing comes from and what it is about is one to them, if no rule asks for it."""
    items = (
        searched(via=[{"data": "health"}]),
        searched(via=[{"data": "chat", "party": "third"}]),
        searched(party="first"),
        {**searched(), "categories": ["toys"]},
        {**searched(), "categories": ["shoes"]},
    )
    assert many_sorts(readers, Customer(), *items[:3]) == 1
    assert many_sorts(readers, Customer(consent=(("health", True),)), *items[3:]) == 1
    assert many_sorts(readers, Customer(gpc=True), *items[:3]) == 3


def test_a_subject_is_told_apart_once_somebody_refuses_it(readers: Readers) -> None:
    """Those that the rule set knows are from the beginning, and none is forgotten again."""
    items = [{**searched(), "categories": [name]} for name in ("toys", "shoes", "hats")]
    toys = Customer(topics_off=("toys",))
    assert many_sorts(readers, Customer(gpc=True), *items) == 1
    assert many_sorts(readers, toys, *items) == 2
    assert readers.of(toys) is readers.of(Customer(topics_off=("health",)))
    assert many_sorts(readers, Customer(topics_off=("shoes",)), *items) == 3
    assert many_sorts(readers, toys, *items) == 3


def test_what_sorts_do_not_tell_is_said(readers: Readers) -> None:
    """So that nobody judges a customer by them who refuses more."""
    body = b'{"items": [{}]}'
    usual = extract(body, HOME, reader=readers.of(Customer())).briefs
    refusing = extract(body, HOME, reader=readers.of(Customer(topics_off=("toys",)))).briefs
    assert isinstance(usual, Scanned)
    assert isinstance(refusing, Scanned)
    assert not usual.tells(frozenset())
    assert refusing.tells(frozenset({"toys", "health"}))
    assert not refusing.tells(frozenset({"shoes"}))


def test_so_many_subjects_are_told_apart_and_no_more(readers: Readers) -> None:
    """Whoever refuses one beyond is judged by the careful way; the others go on as before."""
    for number in range(MOST_SUBJECTS):
        readers.of(Customer(topics_off=(f"topic-{number}",)))
    known = readers.of(Customer(topics_off=("topic-0", "health")))
    beyond = readers.of(Customer(topics_off=("one-more",)))
    assert known.subjects is not None
    assert {"topic-0", f"topic-{MOST_SUBJECTS - 1}"} <= known.subjects
    assert beyond is readers.of(Customer())
    assert readers.of(Customer(topics_off=("topic-1",))) is known

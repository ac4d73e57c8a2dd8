"""What is remembered has bounds, however various the traffic; what is forgotten is found anew."""

import pytest
from msgspec.structs import asdict

from guardrail.extract import extract, reader_for
from guardrail.model import Customer, Item, Signal
from guardrail.ruleset import Comparison, RuleSet, Surface, When
from guardrail.score import engine as engines
from guardrail.score import plan as plans
from guardrail.score.engine import Engine
from guardrail.score.remembered import Remembered
from tests.score.judging import CATEGORIES, rule

HOME = Surface("home")
RULES = (
    rule(id="old", when=When(context=("work",), age_seconds=(Comparison(">=", 60),))),
    rule("manner", id="said", terms=tuple(f"word {n}" for n in range(60))),
)


@pytest.fixture
def small(monkeypatch):
    """An engine that remembers little."""
    for name, most in (("_PLANS", 3), ("_TEXTS", 10), ("_SAID", 5), ("_SHARED", 8)):
        monkeypatch.setattr(engines, name, most)
    monkeypatch.setattr(plans, "_REMEMBERED", 10)
    monkeypatch.setattr(plans, "_NOTES", 4)
    return Engine(RuleSet(rules=RULES, categories=CATEGORIES))


def various(n):
    signal = Signal(data="cart", method="observed", context=f"place {n}", age_seconds=float(n))
    return Item(id=f"{n}", title=f"word {n % 60} of {n}", signals=(signal,))


def test_items_of_any_sort_and_texts_are_remembered_so_far_and_no_further(small):
    """And what was forgotten is judged as before."""
    plan = small.plan(HOME, Customer())
    before = [asdict(plan.judge(various(n), Customer())) for n in range(60)]
    for n in range(60):
        assert asdict(plan.judge(various(n), Customer())) == before[n]
        assert len(plan._sorts) <= 10
        assert len(small.texts) <= 10
        assert len(small._said) <= 5
        assert len(small._shared) <= 8


def test_sorts_of_bodies_read_in_brief_are_bounded_too(small):
    """One body after the other."""
    plan, reader = small.plan(HOME, Customer()), reader_for(HOME, small.needs(HOME))
    for n in range(40):
        body = f'{{"items":[{{"id":"{n}","signals":[{{"context":"place {n}"}}]}}]}}'.encode()
        briefs = extract(body, HOME, reader=reader).briefs
        assert briefs is not None
        (judged,) = plan.judge_briefly(briefs)
        assert judged.depth is None
        assert len(plan._sorts) <= 10


def test_plans_are_bounded(small):
    """Whatever customers say of themselves."""
    for n in range(20):
        small.plan(HOME, Customer(jurisdiction=f"X{n}"))
        assert len(small._plans) <= 3


def test_notes_are_bounded_in_number_and_length(small):
    """A tolerance may be any number."""
    plan = small.plan(HOME, Customer())
    for n in range(20):
        plan.notes(("simple", float(n)))
        assert len(plan._notes) <= 4
    for n in range(50):
        plan.notes("sorts")[n] = n
        assert len(plan.notes("sorts")) <= 11


def test_notes_that_somebody_still_reads_are_not_emptied(small):
    """They are exchanged, so that no thread misses what it has just written down."""
    plan = small.plan(HOME, Customer())
    mine = plan.notes("sorts")
    mine.update(dict.fromkeys(range(11), "kept"))
    assert plan.notes("sorts") == {}
    assert mine[10] == "kept"


def test_an_answer_is_found_once_until_all_are_forgotten():
    """The bound holds at every moment."""
    asked = []
    known = Remembered(lambda key: asked.append(key) or key * 2, 3)
    assert [known[n] for n in (1, 2, 1, 3)] == [2, 4, 2, 6]
    assert asked == [1, 2, 3]
    assert (known[4], len(known)) == (8, 1)
    assert (known[1], asked) == (2, [1, 2, 3, 4, 1])

"""The parent's name in place of a category's: a label is changed, never a product."""

from __future__ import annotations

import pytest

from guardrail.extract import Read
from guardrail.model import Customer, Item
from guardrail.pipeline import Request, first_pass, second_pass
from guardrail.ruleset import Category, RuleSet, Surface
from guardrail.score.engine import Engine
from guardrail.treat import TREATMENTS, Means, Shelf
from tests.score.judging import SEARCHED, rule

CATEGORIES = {
    "health": Category("health", "Health and care", 20.0),
    "health.woman": Category("health.woman", ""),
    "health.woman.pregnancy": Category(
        "health.woman.pregnancy", "Pregnancy & birth", 57.0, terms=("pregnancy",)
    ),
    "odd": Category("odd", "Odd"),
    "odd.thing": Category("odd.thing", "&"),
    "life.birth": Category("life.birth", "", 40.0),
}
OWN = ("health.woman.pregnancy",)


def relabelled(title=None, reason=None, own=OWN):
    means = Means(Shelf((), ()), own=own, categories=CATEGORIES)
    found = TREATMENTS["generalise"].apply(Item(title=title, reason=reason), means)
    return [(treated.item.title, treated.item.reason) for treated in found]


@pytest.mark.parametrize(
    ("title", "reason", "expected"),
    [
        ("Pregnancy & birth", None, ("Health and care", None)),
        ("PREGNANCY & BIRTH: our picks", None, ("Health and care: our picks", None)),
        ("Lamp", "Popular in pregnancy &  birth", ("Lamp", "Popular in Health and care")),
        ("Pregnancy & birth - a guide", "New", ("Health and care - a guide", "New")),
    ],
)
def test_the_name_of_the_category_becomes_the_nearest_that_has_one(title, reason, expected):
    """A part of a title that is nothing else, and wherever a reason names it."""
    assert relabelled(title, reason) == [expected]


@pytest.mark.parametrize(
    ("title", "reason", "own"),
    [
        ("A history of pregnancy & birth", None, OWN),
        ("Pregnancy test", "Because you searched for pregnancy tests", OWN),
        ("Pregnancy & birth", None, ()),
        ("Health and care", None, ("health",)),
        ("Birth", "Birth", ("life.birth", "unknown.slug")),
        (None, None, OWN),
        (None, "&", ("odd.thing",)),
    ],
)
def test_what_names_a_product_or_has_no_parent_stays(title, reason, own):
    """What is called so is a thing, and what was searched for was not its category."""
    assert relabelled(title, reason, own) == []


def verdict(item):
    engine = Engine(
        RuleSet(
            rules=(
                rule("sensitive_category", None, id="private"),
                rule(id="searched", weight=60.0),
            ),
            categories=CATEGORIES,
        )
    )
    surface = Surface("home", treatments=("generalise",))
    plan = engine.plan(surface, Customer())
    draft = first_pass(Request(plan, surface, Customer(), 70.0, "enforce", 0), [Read(item)])
    return second_pass(draft, [None] * len(draft.asks)).verdicts[0]


def test_a_label_that_gave_it_away_is_enough():
    """Where the item itself is about no more than the parent."""
    item = Item(
        "i", title="Guide", reason="Pregnancy & birth", categories=("health",), signals=(SEARCHED,)
    )
    found = verdict(item)
    assert (found.verdict, found.treatment, found.replacement) == ("soften", "generalise", None)
    assert found.softened_intrusiveness < found.intrusiveness


def test_another_label_on_the_same_product_is_not():
    """It is about pregnancy whatever it is called."""
    item = Item("i", title="Pregnancy & birth", categories=OWN, signals=(SEARCHED,))
    assert (verdict(item).verdict, verdict(item).tried) == ("suppress", ("generalise",))

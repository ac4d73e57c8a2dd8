"""Findings become a verdict: allowed, the gentlest treatment that fits, or taken out."""

import pytest

from guardrail.decide.appraise import Appraiser
from guardrail.decide.settle import settle
from guardrail.model import Customer, Item
from guardrail.ruleset import TREATMENTS as NAMES
from guardrail.ruleset import Comparison, RuleSet, Surface, When
from guardrail.score.engine import Engine
from guardrail.treat import TREATMENTS, Offer, Shelf
from tests.score.judging import BOUGHT, CATEGORIES, SEARCHED, rule

NOTICED = rule("manner", 30.0, id="noticed", terms=("we noticed",))
SEARCH = rule(id="searched", weight=60.0, when=When(data=("search_history",)))
BEST = Offer(Item(id="best", signals=()), b'{"id":"best"}')
LADDER = ("drop_reason", "replace")


def settled(
    item,
    *rules,
    tolerance=68.0,
    allowed=LADDER,
    pool=(BEST,),
    customer=None,
    watched=False,
    max_depth=None,
):
    surface = Surface("home", max_depth=max_depth)
    customer = customer or Customer()
    plan = Engine(RuleSet(rules=rules, categories=CATEGORIES)).plan(surface, customer)
    appraise = Appraiser(plan, surface, customer, 0)
    return settle(item, appraise, tolerance, allowed, Shelf(pool, iter(())), watched=watched)


def test_the_table_has_a_row_for_every_treatment_that_rule_files_know():
    """No name without a treatment, no treatment without a name."""
    assert set(TREATMENTS) == set(NAMES)


@pytest.mark.parametrize(("tolerance", "verdict"), [(60.0, "allow"), (59.9, "suppress")])
def test_an_item_is_allowed_up_to_the_tolerance_itself(tolerance, verdict):
    """At most, not less than."""
    assert (
        settled(Item(signals=(SEARCHED,)), SEARCH, tolerance=tolerance, pool=()).verdict == verdict
    )


def test_the_gentlest_treatment_that_fits_wins():
    """The sentence goes, the item stays."""
    item = Item(id="i", reason="We noticed you", signals=(SEARCHED,))
    result = settled(item, SEARCH, NOTICED, tolerance=62.0)
    assert (result.verdict, result.treatment, result.tried) == ("soften", "drop_reason", ())
    assert result.before.score.intrusiveness == 66.0
    assert result.after.score.intrusiveness == 60.0
    assert result.treated.item.reason is None


def test_a_treatment_that_does_not_fit_is_named_as_tried():
    """Dropping a sentence does not undo the search."""
    item = Item(id="i", reason="We noticed you", signals=(SEARCHED,))
    result = settled(item, SEARCH, NOTICED, tolerance=50.0)
    assert (result.verdict, result.treatment, result.tried) == (
        "soften",
        "replace",
        ("drop_reason",),
    )
    assert result.treated.edit.replace == BEST.json


def test_where_nothing_fits_the_item_is_taken_out():
    """With all that was tried."""
    result = settled(Item(reason="x", signals=(SEARCHED,)), SEARCH, tolerance=50.0, pool=())
    assert (result.verdict, result.tried) == ("suppress", LADDER)


def test_without_treatments_only_suppression_is_left():
    """An empty list on the surface."""
    result = settled(Item(signals=(SEARCHED,)), SEARCH, tolerance=50.0, allowed=())
    assert (result.verdict, result.tried) == ("suppress", ())


def test_a_rule_that_suppresses_is_not_bargained_with():
    """Not even by a substitute."""
    hard = rule(id="hard", weight=None, action="suppress")
    assert settled(Item(signals=(BOUGHT,)), hard).verdict == "suppress"


def test_a_floor_acts_whatever_the_score_is():
    """It gives way only to a treatment that removes its ground."""
    floor = rule(id="floor", weight=None, layer="floor", when=When(data=("search_history",)))
    assert settled(Item(signals=(SEARCHED,)), floor, tolerance=100.0, pool=()).verdict == "suppress"
    replaced = settled(Item(signals=(SEARCHED,)), floor, tolerance=100.0)
    assert (replaced.verdict, replaced.treatment) == ("soften", "replace")


def test_a_substitute_is_guarded_too():
    """An offer that the customer refuses is passed over."""
    wine = Offer(Item(id="w", categories=("vice.gambling",), signals=()), b"{}")
    refuses = Customer(topics_off=("vice",))
    item = Item(id="i", signals=(SEARCHED,))
    result = settled(item, SEARCH, tolerance=50.0, pool=(wine, BEST), customer=refuses)
    assert result.treated.item.id == "best"
    assert (
        settled(item, SEARCH, tolerance=50.0, pool=(wine,), customer=refuses).verdict == "suppress"
    )


def test_a_named_treatment_is_the_one_that_is_done():
    """`demote` removes no finding, but the rule asked for it."""
    down = rule(id="down", weight=None, action="soften", treatment="demote")
    result = settled(Item(signals=(BOUGHT,)), down)
    assert (result.verdict, result.treatment) == ("soften", "demote")
    assert result.treated.edit.last


def test_a_named_treatment_that_cannot_be_done_suppresses():
    """No reason to drop, and another treatment was not asked for."""
    quiet = rule(id="quiet", weight=None, action="soften", treatment="drop_reason")
    result = settled(Item(signals=(BOUGHT,)), quiet)
    assert (result.verdict, result.tried) == ("suppress", ("drop_reason",))


def test_demote_alone_does_not_make_an_item_tolerable():
    """Where the score is over the tolerance too, the ladder goes on."""
    when = When(data=("search_history",))
    down = rule(id="down", weight=None, action="soften", treatment="demote", when=when)
    result = settled(Item(id="i", signals=(SEARCHED,)), down, SEARCH, tolerance=50.0)
    assert (result.verdict, result.treatment) == ("soften", "replace")
    assert result.tried == ("demote", "drop_reason")


def test_demote_is_never_tried_by_itself():
    """Only where a rule names it."""
    result = settled(
        Item(signals=(SEARCHED,)), SEARCH, tolerance=50.0, pool=(), allowed=("demote",)
    )
    assert (result.verdict, result.tried) == ("suppress", ())


def test_soften_without_a_name_takes_the_first_that_removes_the_ground():
    """The rule asks for softening, the surface for its order."""
    soft = rule("manner", None, id="soft", action="soften", terms=("we noticed",))
    item = Item(id="i", reason="We noticed you", signals=(BOUGHT,))
    assert settled(item, soft).treatment == "drop_reason"


def test_a_surface_allows_no_deeper_than_it_says():
    """`max_depth` is a floor; unknown depth has a rule of its own."""
    deep = settled(Item(signals=(SEARCHED,)), max_depth=2, pool=())
    assert deep.verdict == "suppress"
    assert deep.before.findings[0].because == "inference depth 3, the surface allows 2"
    assert settled(Item(signals=(SEARCHED,)), max_depth=3).verdict == "allow"
    assert settled(Item(signals=None), max_depth=2).verdict == "allow"


def test_rules_in_observe_count_only_when_they_are_asked_for():
    """`watched`: as if they were enforced."""
    trial = rule(id="trial", weight=90.0, mode="observe")
    item = Item(signals=(BOUGHT,))
    assert settled(item, trial, pool=()).verdict == "allow"
    assert settled(item, trial, pool=(), watched=True).verdict == "suppress"


def test_an_unknown_depth_is_not_waved_through():
    """A rule for unknown depth scores it."""
    unsure = rule("inference_depth", 70.0, when=When(depth=(Comparison("unknown"),)))
    assert settled(Item(id="i"), unsure, pool=()).verdict == "suppress"


def test_an_offer_that_is_taken_or_on_the_shelf_is_not_offered_again():
    """Never duplicates."""
    other = Offer(Item(id="other"), b"{}")
    nameless = Offer(Item(), b"{}")
    shelf = Shelf((BEST, other, nameless), iter(["best", None]))
    assert [o.item.id for o in shelf.offers()] == ["other", None]
    shelf.take(other.item)
    shelf.take(nameless.item)
    assert [o.item.id for o in shelf.offers()] == [None]

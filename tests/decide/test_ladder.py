"""The order in which treatments are tried, and what bounds the search."""

from __future__ import annotations

from guardrail.decide.appraise import Appraiser
from guardrail.decide.ladder import MOST_SCORED, candidates, ladder
from guardrail.decide.settle import settle
from guardrail.model import Customer, Item
from guardrail.ruleset import DEFAULT_TREATMENTS, TREATMENTS, RuleSet, Surface, When
from guardrail.score.engine import Engine
from guardrail.treat import Means, Offer, Shelf
from tests.score.judging import BOUGHT, CATEGORIES, SEARCHED, rule

HEAVY = rule(id="heavy", weight=90.0, when=When(data=("purchase_history",)))
ANNA = Customer(names=("Anna",), places=("Elm Street",))


def appraiser(*rules, surface=None, customer=ANNA):
    surface = surface or Surface("home")
    plan = Engine(RuleSet(rules=rules, categories=CATEGORIES)).plan(surface, customer)
    return Appraiser(plan, surface, customer, 0)


def steps(*rules, allowed=DEFAULT_TREATMENTS, tolerance=50.0):
    before = appraiser(*rules)(Item(signals=(BOUGHT,)), watched=False)
    return ["+".join(step) for step in ladder(before, tolerance, allowed)]


def test_two_gentle_ones_come_before_another_item():
    """Alone first, then two at once, then swaps."""
    assert steps(HEAVY) == [
        "drop_reason",
        "depersonalise_copy",
        "coarsen",
        "drop_reason+depersonalise_copy",
        "drop_reason+coarsen",
        "depersonalise_copy+coarsen",
        "generalise",
        "replace",
    ]


def test_the_surface_says_the_order():
    """Even another item first."""
    assert steps(HEAVY, allowed=("replace", "coarsen", "drop_reason")) == [
        "replace",
        "coarsen",
        "drop_reason",
        "coarsen+drop_reason",
    ]


def test_what_removes_nothing_is_tried_by_name_alone():
    """First where a rule names it; a named one that keeps the item may be joined."""
    named = rule("manner", None, id="n", action="soften", treatment="coarsen")
    found = steps(HEAVY, named, allowed=("demote", "delay", "dilute", "drop_reason"))
    assert found == ["coarsen", "drop_reason", "coarsen+drop_reason"]
    down = rule(id="d", weight=None, action="soften", treatment="demote")
    assert steps(HEAVY, down, allowed=("drop_reason",)) == ["demote", "drop_reason"]
    assert steps(down, allowed=("drop_reason",)) == ["demote"]


def test_two_together_are_named_and_those_before_are_told():
    """The place and the phrase are two objections of one concern; either alone still counts."""
    rules = (
        rule(id="bought", weight=60.0, when=When(data=("purchase_history",))),
        rule("manner", 50.0, id="placed", mentions=("place",)),
        rule("manner", 50.0, id="said", terms=("spotted",)),
    )
    surface = Surface("home", treatments=("drop_reason", "coarsen", "replace"))
    item = Item(id="i", title="Boots from Elm Street", reason="Spotted", signals=(BOUGHT,))
    appraise = appraiser(*rules, surface=surface)
    result = settle(item, appraise, 68.0, surface.treatments, Shelf((), ()))
    assert (result.treatment, result.tried) == ("drop_reason+coarsen", ("drop_reason", "coarsen"))
    assert result.treated.item.reason is None
    assert result.treated.item.title == "Boots in your region"
    assert (result.before.score.intrusiveness, result.after.score.intrusiveness) == (70.0, 60.0)


def test_a_vain_search_is_bounded():
    """No more changed items are scored than the bound, whatever the pools hold."""
    offers = tuple(
        Offer(Item(id=f"o{n}", title="Prenatal", signals=(SEARCHED,)), b"{}") for n in range(50)
    )
    refused = rule("sensitive_category", 95.0, id="never")
    surface = Surface("home", treatments=TREATMENTS, wider_places={"Elm Street": "Springfield"})
    appraise = appraiser(refused, surface=surface)
    scored = 0

    class Counting:
        means, may_excuse = appraise.means, appraise.may_excuse
        notes, weighs = appraise.notes, appraise.weighs

        def __call__(self, item, *, watched):
            nonlocal scored
            scored += 1
            return appraise(item, watched=watched)

    item = Item(
        id="i",
        title="Anna, you looked 3 minutes ago: prenatal tea in Elm Street",
        reason="We noticed you, Anna. In Elm Street 5 minutes ago you looked for prenatal tea",
        campaign="c",
        signals=(SEARCHED,),
    )
    shelf = Shelf(offers, (), {"c": offers})
    result = settle(item, Counting(), 68.0, surface.treatments, shelf)
    assert result.verdict == "suppress"
    assert scored == MOST_SCORED + 2


def test_rewording_is_not_looked_at_where_no_words_would_fit():
    """Four appraisals: the item, the item without words, and the two offers."""
    heavy = rule(id="heavy", weight=95.0, when=When(data=("search_history",)))
    offers = tuple(Offer(Item(id=i, signals=(SEARCHED,)), b"{}") for i in "ab")
    appraise = appraiser(heavy)
    seen = []

    class Noting:
        means, may_excuse = appraise.means, appraise.may_excuse
        notes, weighs = appraise.notes, appraise.weighs

        def __call__(self, item, *, watched):
            seen.append(item)
            return appraise(item, watched=watched)

    item = Item(id="i", title="For Anna", reason="We noticed", signals=(SEARCHED,))
    result = settle(item, Noting(), 68.0, DEFAULT_TREATMENTS, Shelf(offers, ()))
    assert [i.id for i in seen] == ["i", "i", "a", "b"]
    assert result.tried == DEFAULT_TREATMENTS


def test_words_that_are_an_excuse_are_looked_at():
    """A rule that holds only without a phrase: no words at all are not the best that can be."""
    excused = rule(id="e", weight=80.0, when=When(not_=When(terms=("popular",))))
    noticed = rule("manner", 90.0, id="n", terms=("noticed",))
    item = Item(id="i", title="Popular boots", reason="Noticed", signals=(BOUGHT,))
    result = settle(item, appraiser(excused, noticed), 68.0, ("drop_reason",), Shelf((), ()))
    assert result.treatment == "drop_reason"


def test_a_treatment_that_makes_it_worse_is_passed_over():
    """Fitting is not enough where a floor is what acts."""
    floor = rule(id="floor", weight=None, layer="floor", when=When(data=("search_history",)))
    loud = rule("manner", 40.0, id="loud", terms=("noticed",))
    worse = Offer(Item(id="w", title="Noticed", signals=()), b"{}")
    quiet = Offer(Item(id="q", signals=()), b"{}")
    appraise = appraiser(floor, loud)
    item = Item(id="i", signals=(SEARCHED,))
    result = settle(item, appraise, 68.0, ("replace",), Shelf((worse, quiet), ()))
    assert result.treated.item.id == "q"


def test_an_explanation_takes_five_points_off_and_no_finding():
    """Of the whole and of its creepy part; never off a floor or a refusal."""
    surface = Surface("home", fields={"reason": "why"}, treatments=("explain",))
    weighed = rule(id="b", weight=72.0, when=When(data=("purchase_history",)))
    item = Item(id="i", signals=(BOUGHT,))

    def explained(*rules, tolerance=68.0, customer=ANNA):
        appraise = appraiser(*rules, surface=surface, customer=customer)
        return settle(item, appraise, tolerance, surface.treatments, Shelf((), ()))

    result = explained(weighed)
    assert (result.treatment, result.after.findings) == ("explain", result.before.findings)
    assert result.after.score == (67.0, 67.0, 0.0)
    assert explained(weighed, tolerance=66.9).verdict == "suppress"
    floor = rule(id="f", weight=None, layer="floor", when=When(data=("purchase_history",)))
    assert explained(floor).verdict == "suppress"
    refuses = Customer(sources_off=("purchase_history",))
    assert explained(weighed, customer=refuses).verdict == "suppress"


def test_two_at_once_are_tried_where_the_first_by_itself_is_no_step():
    """Rewording alone leads nowhere there, and is left out; with something else it may."""
    surface = Surface("home", fields={"reason": "reason"}, wider_places={"Berlin": "Germany"})
    means = Means(Shelf((), ()), surface=surface, signals=(BOUGHT,))
    found = [*candidates(Item(title="A lamp in Berlin"), means, (("coarsen", "explain"),))]
    assert {one.name for one in found} == {"coarsen+explain"}
    assert found[0].treated.edit.set.keys() == {"title", "reason"}

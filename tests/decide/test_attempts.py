"""The search once more: what each treatment came to agrees with what was settled."""

from __future__ import annotations

from guardrail.decide.appraise import Appraiser
from guardrail.decide.attempts import Attempt, attempts
from guardrail.decide.settle import settle
from guardrail.model import Customer, Item
from guardrail.ruleset import RuleSet, Surface, When
from guardrail.score.engine import Engine
from guardrail.treat import Offer, Shelf
from tests.score.judging import CATEGORIES, SEARCHED, rule

SEARCH = rule(id="searched", weight=60.0, when=When(data=("search_history",)))
NOTICED = rule("manner", 40.0, id="noticed", terms=("we noticed",))
RECENT = rule("manner", 30.0, id="recent", terms=("yesterday",))
BEST = Offer(Item(id="best", signals=()), b'{"id":"best"}')
ALLOWED = ("depersonalise_copy", "coarsen", "replace")


def tried(item, *rules, tolerance, customer=None, allowed=ALLOWED, pool=(BEST,), names=None):
    surface, customer = Surface("home"), customer or Customer()
    plan = Engine(RuleSet(rules=rules, categories=CATEGORIES)).plan(surface, customer)
    appraise = Appraiser(plan, surface, customer, 0)
    shelf = Shelf(pool, ())
    settled = settle(item, appraise, tolerance, allowed, shelf)
    names = settled.tried if names is None else names
    found = attempts(
        item, settled.before, appraise, shelf, names, tolerance=tolerance, watched=False
    )
    return settled, {one.treatment: one for one in found}


def test_what_did_not_fit_has_its_score_and_what_could_not_be_done_has_none():
    """Every treatment that was tried in vain, in turn."""
    item = Item(id="i", title="Hose", reason="We noticed you", signals=(SEARCHED,))
    settled, found = tried(item, SEARCH, NOTICED, tolerance=50.0)
    assert settled.treatment == "replace"
    assert list(found) == list(settled.tried) == ["depersonalise_copy", "coarsen"]
    assert found["coarsen"] == Attempt("coarsen")
    attempt = found["depersonalise_copy"]
    assert (attempt.changes, attempt.intrusiveness, attempt.fits) == (1, 60.0, False)


def test_two_at_once_are_looked_at_together():
    """The score is that of both changes."""
    item = Item(id="i", reason="We noticed that you looked yesterday", signals=(SEARCHED,))
    rules = (SEARCH, NOTICED, RECENT)
    _, found = tried(item, *rules, tolerance=50.0, names=("depersonalise_copy+drop_reason",))
    (attempt,) = found.values()
    assert attempt.intrusiveness in (None, 60.0)
    _, found = tried(item, *rules, tolerance=50.0, names=("coarsen+drop_reason",))
    (attempt,) = found.values()
    assert (attempt.changes, attempt.intrusiveness) == (1, 60.0)


def test_what_still_acts_is_named():
    """A refusal cares for no words, and a rule that is met by its own treatment acts no longer."""
    item = Item(id="i", reason="We noticed you", signals=(SEARCHED,))
    customer = Customer(sources_off=("search_history",))
    _, found = tried(item, NOTICED, tolerance=90.0, customer=customer, names=("drop_reason",))
    assert found["drop_reason"].acting == ("customer:sources_off",)
    assert not found["drop_reason"].fits
    last = rule(id="last", when=When(data=("search_history",)), action="soften", treatment="demote")
    _, found = tried(item, last, tolerance=90.0, names=("demote", "drop_reason"))
    assert (found["demote"].acting, found["demote"].fits) == ((), True)
    assert found["drop_reason"].acting == ("last",)


def test_of_several_changed_items_the_best_counts():
    """One that still has something acting on it is never the best."""
    worse = Offer(Item(id="w", title="We noticed", signals=()), b'{"id":"w"}')
    item = Item(id="i", signals=(SEARCHED,))
    rules = (SEARCH, NOTICED)
    _, found = tried(item, *rules, tolerance=10.0, pool=(worse, BEST), names=("replace",))
    assert found["replace"] == Attempt("replace", 2, 0.0, (), True)

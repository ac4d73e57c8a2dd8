"""What repetition adds to an item, by how often this customer was shown it."""

from __future__ import annotations

import pytest

from guardrail.decide.history import NOTHING_SEEN, History, counter
from guardrail.extract import Read
from guardrail.model import Customer, Item, Signal
from guardrail.pipeline import Request, first_pass, second_pass
from guardrail.ruleset import Rule, RuleSet, Surface, When
from guardrail.score.engine import Engine
from guardrail.treat import Offer
from tests.score.judging import BOUGHT, CATEGORIES, rule

DAYS = 86_400
CURVE = ((3, 10.0), (5, 45.0), (10, 75.0))
AD = Item(id="ad", creative="cr-7", campaign="c", kind="ad", signals=())
LIKED = Signal(data="likes", method="declared", party="first")
OTHER = Offer(Item(id="other", creative="cr-8", signals=()), b'{"id":"other"}')


def repeated(**keys):
    keys = {"per": "creative", "window": 7 * DAYS, "curve": CURVE, "concern": "repetition"} | keys
    return Rule(keys.pop("id", "again"), "repetition", **keys)


def shown(times, what="cr-7", rule_id="again", scope="creative"):
    """Somebody who was shown that so often within seven days, and nothing else."""
    named = counter(Rule(rule_id, "repetition"), scope, what)
    return History(lambda asked, window: times if (asked, window) == (named, 7 * DAYS) else 0)


def run(
    items, *rules, history=NOTHING_SEEN, tolerance=68.0, mode="enforce", creatives=None, **keys
):
    surface = Surface("ads", kind="ad", **keys)
    customer = Customer()
    plan = Engine(RuleSet(rules=rules, categories=CATEGORIES)).plan(surface, customer)
    request = Request(
        plan, surface, customer, tolerance, mode, 0, history=history, creatives=creatives
    )
    draft = first_pass(request, [Read(item) for item in items])
    return draft, second_pass(draft, [None] * len(draft.asks))


def verdict(item, *rules, **keys):
    return run([item], *rules, **keys)[1].verdicts[0]


@pytest.mark.parametrize(
    ("times", "weight", "what"),
    [(0, 0, "allow"), (2, 0, "allow"), (3, 10, "allow"), (5, 45, "allow"), (9, 69, "suppress")],
)
def test_it_weighs_more_the_more_often_it_was_shown(times, weight, what):
    """At depth 0 too, and it is what annoys, not what is creepy."""
    found = verdict(AD, repeated(), history=shown(times))
    assert (found.verdict, found.intrusiveness) == (what, weight)
    assert (found.annoying, found.creepy) == (weight, 0)


def test_the_finding_says_how_often_and_within_what():
    """In words that an operator understands."""
    found = verdict(AD, repeated(say="Often enough."), history=shown(5)).findings[0]
    assert (found.rule, found.concern, found.weight) == ("again", "repetition", 45.0)
    assert found.because == "creative shown 5 times in 7d"
    assert found.say == "Often enough."
    once = verdict(AD, repeated(curve=((1, 5.0),)), history=shown(1)).findings[0]
    assert once.because == "creative shown once in 7d"


def test_it_goes_together_with_other_concerns():
    """The strongest whole, the other half: 1 - (1 - .5) * (1 - .45 / 2)."""
    item = Item(id="ad", creative="cr-7", signals=(BOUGHT,))
    source = rule(id="bought", weight=50.0, when=When(data=("purchase_history",)))
    assert verdict(item, source, repeated(), history=shown(5)).intrusiveness == 61.3


def test_a_stated_interest_counts_half():
    """People put up with about twice as many: ten weigh as five do."""
    item = Item(id="ad", creative="cr-7", signals=(LIKED,))
    found = verdict(item, repeated(), history=shown(10)).findings[0]
    assert found.weight == 45.0
    assert found.because.endswith("each counts half for a stated interest")
    whole = verdict(item, repeated(stated_interest="whole"), history=shown(10)).findings[0]
    assert whole.weight == 75.0


def test_another_creative_begins_anew():
    """Another picture is no repetition; and so `rotate` is what softens one."""
    assert verdict(AD, repeated(), history=shown(10, "cr-6")).intrusiveness == 0
    softened = verdict(
        AD, repeated(), history=shown(10), treatments=("rotate",), creatives={"c": (OTHER,)}
    )
    assert (softened.verdict, softened.treatment) == ("soften", "rotate")
    assert (softened.replacement, softened.softened_intrusiveness) == ("other", 0.0)


class TestWhatIsBought:
    """It follows nobody any more."""

    BOUGHT = Item(id="ad", creative="cr-7", campaign="c", signals=(), purchased=True)

    @pytest.mark.parametrize("history", [NOTHING_SEEN, shown(1), None])
    def test_it_stops_however_often_it_was_shown(self, history):
        """Even where nobody knows how often."""
        found = verdict(self.BOUGHT, repeated(), history=history)
        assert (found.verdict, found.intrusiveness) == ("suppress", 100.0)
        assert found.findings[0].because == "already bought"
        assert found.unknown == ()

    def test_another_creative_of_it_is_no_way_out(self):
        """It is the same thing, still bought."""
        found = verdict(self.BOUGHT, repeated(), treatments=("rotate",), creatives={"c": (OTHER,)})
        assert (found.verdict, found.tried) == ("suppress", ("rotate",))

    def test_only_anything_goes_accepts_it(self):
        """A tolerance of 100; and where the rule does not hold, a shop may offer it again."""
        assert verdict(self.BOUGHT, repeated(), tolerance=100.0).verdict == "allow"
        recommended = repeated(when=When(kind=("recommendation",)))
        assert verdict(self.BOUGHT, recommended).verdict == "allow"

    def test_what_is_known_not_to_be_bought_counts_as_usual(self):
        """As what nobody said anything of."""
        item = Item(id="ad", creative="cr-7", signals=(), purchased=False)
        assert verdict(item, repeated(), history=shown(5)).intrusiveness == 45


class TestWhereNothingIsKnown:
    """Nobody is known, or the ledger can't be read."""

    def test_the_rule_is_unknown_and_skipped(self):
        """The verdict says so."""
        found = verdict(AD, repeated(), history=None)
        assert (found.verdict, found.unknown, found.findings) == ("allow", ("again",), ())

    def test_or_it_counts_as_much_as_it_can(self):
        """With `unknown: apply`."""
        found = verdict(AD, repeated(unknown="apply"), history=None)
        assert (found.verdict, found.unknown) == ("suppress", ("again",))
        assert found.findings[0].because == "how often it was shown is unknown"
        assert found.findings[0].weight == 75.0

    def test_an_item_that_lacks_what_is_counted_is_unknown(self):
        """No campaign, so nobody can say how often."""
        item = Item(id="ad", signals=())
        assert verdict(item, repeated(per="campaign")).unknown == ("again",)


def test_conditions_choose_the_items():
    """As for any rule."""
    for_ads = repeated(when=When(kind=("ad",)))
    item = Item(id="a", kind="recommendation", creative="cr-7", signals=())
    assert verdict(item, for_ads, history=shown(10)).findings == ()
    assert verdict(AD, for_ads, history=shown(10)).verdict == "suppress"


def test_a_rule_may_act_by_itself():
    """`action: suppress` from the first point on, whatever the tolerance is."""
    stop = repeated(action="suppress", curve=((5, 1.0),))
    assert verdict(AD, stop, history=shown(4)).verdict == "allow"
    assert verdict(AD, stop, history=shown(5), tolerance=100.0).verdict == "suppress"


def test_in_observe_it_is_only_reported():
    """The rule alone, or the whole surface."""
    trial = verdict(AD, repeated(mode="observe"), history=shown(10))
    assert (trial.verdict, trial.would, trial.intrusiveness) == ("allow", "suppress", 0)
    assert trial.would_findings[0].weight == 75.0
    observed = verdict(AD, repeated(), history=shown(10), mode="observe")
    assert (observed.verdict, observed.would, observed.intrusiveness) == ("allow", "suppress", 75)


class TestWhatIsCounted:
    """So that it is known the next time."""

    def asked(self, item, *rules, **keys):
        draft, _ = run([item], *rules, **keys)
        return [(a.counter.replace("\x00", "/"), a.enforced) for asks in draft.asks for a in asks]

    def test_an_impression_counts_though_no_cap_names_it(self):
        """It refuses nothing."""
        assert self.asked(AD, repeated()) == [("again/creative/cr-7", False)]
        assert self.asked(AD, repeated(per="campaign")) == [("again/campaign/c", False)]

    def test_beside_the_caps(self):
        """In one batch."""
        cap = Rule(
            "cap", "frequency_cap", per="item", action="suppress", max_impressions=1, window=9
        )
        assert self.asked(AD, repeated(), cap) == [
            ("cap/item/ad", True),
            ("again/creative/cr-7", False),
        ]

    def test_not_what_is_not_shown_nor_what_lacks_the_fact(self):
        """Nothing is used up, nothing is guessed."""
        assert self.asked(AD, repeated(), history=shown(10)) == []
        assert self.asked(Item(signals=()), repeated()) == []

    def test_what_comes_in_its_place_is_what_counts(self):
        """The creative that is really shown."""
        asked = self.asked(
            AD, repeated(), history=shown(10), treatments=("rotate",), creatives={"c": (OTHER,)}
        )
        assert asked == [("again/creative/cr-8", False)]

"""What a surface assumes of an item, and what it assumes of the item's campaign."""

from hypothesis import given
from hypothesis import strategies as st

from guardrail.model import Customer, Item, Signal
from guardrail.ruleset import Assume, RuleSet, Surface
from guardrail.score.assumed import Assumptions
from guardrail.score.engine import Engine

BOUGHT = Signal(data="purchase_history", method="observed", party="first")
BROWSED = Signal(data="browsing_history", method="observed", party="first")


def signals(*said: Signal, campaigns: dict[str, Assume] | None = None) -> Assume:
    """Signals that are assumed, and what is assumed of campaigns."""
    return Assume(("signals",), Item(signals=said), campaigns or {})


SHELF = signals(BROWSED, campaigns={"co-purchase-*": signals(BOUGHT), "best": signals()})


def test_nothing_assumed_is_nothing_told():
    """Without assumptions an item stays as unknown as it is."""
    assert Assumptions(Assume()).of(Item(campaign="c")) == (Item(), ())


def test_a_campaign_wins_over_its_surface_and_is_told():
    """The pattern that it was found by stands in the verdict."""
    assumed, told = Assumptions(SHELF).of(Item(campaign="co-purchase-7"))
    assert (assumed.signals, told) == ((BOUGHT,), ("signals (campaign co-purchase-*)",))


def test_what_the_item_says_wins_over_its_campaign():
    """A campaign's assumption fills in, it never overrules."""
    judged = (
        Engine(RuleSet())
        .plan(Surface("home", assume=SHELF), Customer())
        .judge(Item(id="i", campaign="best", signals=(BOUGHT,)), Customer())
    )
    assert (judged.signals, judged.assumed, judged.depth) == ((BOUGHT,), (), 2)


def test_an_item_of_another_campaign_or_of_none_has_what_its_surface_assumes():
    """The surface's word stays for everything that no campaign's covers."""
    known = Assumptions(SHELF)
    for campaign in ("other", None):
        assumed, told = known.of(Item(campaign=campaign))
        assert (assumed.signals, told) == ((BROWSED,), ("signals",))


def test_the_name_itself_comes_before_patterns_and_a_longer_pattern_before_a_shorter():
    """The nearer word holds."""
    known = Assumptions(
        Assume(
            campaigns={
                "*": signals(),
                "c-*": signals(BROWSED),
                "c-4*": signals(BOUGHT),
                "c-42": signals(BROWSED, BOUGHT),
            }
        )
    )
    found = {name: known.of(Item(campaign=name))[0].signals for name in ("x", "c-1", "c-4", "c-42")}
    assert found == {"x": (), "c-1": (BROWSED,), "c-4": (BOUGHT,), "c-42": (BROWSED, BOUGHT)}


def test_a_campaign_completes_what_its_surface_assumes():
    """Only the facts that it names are its own; the others are still the surface's."""
    known = Assumptions(
        Assume(
            ("signals", "purpose"),
            Item(signals=(BROWSED,), purpose="news"),
            {"c": Assume(("signals", "advertiser"), Item(signals=(), advertiser="acme"))},
        )
    )
    assumed, told = known.of(Item(campaign="c"))
    assert (assumed.signals, assumed.purpose, assumed.advertiser) == ((), "news", "acme")
    assert told == ("signals (campaign c)", "purpose", "advertiser (campaign c)")


def test_a_campaign_that_the_surface_assumes_brings_its_own_assumptions():
    """A surface that carries one campaign only may name it once."""
    known = Assumptions(Assume(("campaign",), Item(campaign="c"), {"c": signals(BOUGHT)}))
    assumed, told = known.of(Item())
    assert (assumed.campaign, assumed.signals) == ("c", (BOUGHT,))
    assert told == ("signals (campaign c)", "campaign")


def test_items_alike_but_for_who_assumed_their_facts_are_told_apart():
    """What is remembered of one item never says a wrong source of another."""
    same = signals(BOUGHT, campaigns={"c": signals(BOUGHT)})
    plan = Engine(RuleSet()).plan(Surface("home", assume=same), Customer())
    told = [
        plan.judge(Item(id="i", **facts), Customer()).assumed
        for facts in ({"campaign": "c"}, {"campaign": "d"}, {"signals": (BOUGHT,)})
    ]
    assert told == [("signals (campaign c)",), ("signals",), ()]


@given(st.sampled_from(["co-purchase-1", "best", "other", None]), st.booleans())
def test_nothing_is_told_of_what_an_item_says(campaign: str | None, says: bool):
    """Told is exactly what was missing and is assumed."""
    item = Item(campaign=campaign, signals=(BOUGHT,) if says else None)
    _, told = Assumptions(SHELF).of(item)
    assert bool(told) is not says

"""What is reserved, and what a cap that is over does to a verdict."""

import pytest

from guardrail.decide.appraise import Appraiser
from guardrail.decide.capped import Bound, act_on_cap, describe, duration
from guardrail.decide.reserve import Asks, asks_for, caps_of
from guardrail.decide.settle import settle
from guardrail.model import Customer, Item
from guardrail.ruleset import Rule, RuleSet, Surface
from guardrail.score.engine import Engine
from guardrail.treat import Shelf
from tests.score.judging import BOUGHT, judge, rule

ITEM = Item(id="i", campaign="c", signals=(BOUGHT,))


def cap(**keys):
    return Rule(
        **(
            {
                "id": "cap",
                "kind": "frequency_cap",
                "concern": "repetition",
                "per": "campaign",
                "max_impressions": 3,
                "window": 86_400,
                "action": "suppress",
            }
            | keys
        )
    )


def settled(*rules):
    surface = Surface("home")
    plan = Engine(RuleSet(rules=rules)).plan(surface, Customer())
    appraise = Appraiser(plan, surface, Customer(), 0)
    return settle(ITEM, appraise, 68.0, ("drop_reason",), Shelf((), iter(())))


def act(rule_, *rules, granted=False, mode="enforce"):
    return act_on_cap(Bound(rule_, granted, 60), settled(*rules), None, tolerance=68.0, mode=mode)


def test_a_cap_is_asked_for_with_a_counter_that_never_names_the_limit():
    """So a changed limit keeps the history."""
    asks = [
        asks_for(ITEM, judge(ITEM, cap(max_impressions=n)), Surface("home"), enforced=True)
        for n in (3, 9)
    ]
    assert asks[0][0].counter == asks[1][0].counter == "cap\x00campaign\x00c"


def test_counters_of_different_rules_and_scopes_never_collide():
    """Whatever the ids are made of."""
    counters = {
        ask.counter
        for rule_id, per in [("a", "item"), ("a", "campaign"), ("b", "item")]
        for ask in asks_for(
            Item(id="x", campaign="x"),
            judge(Item(id="x"), cap(id=rule_id, per=per)),
            Surface("home"),
            enforced=True,
        )
    }
    assert len(counters) == 3


@pytest.mark.parametrize(
    ("keys", "enforced", "expected"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"mode": "observe"}, True, False),
        ({"action": "soften", "treatment": "demote"}, True, False),
        ({"action": "score", "weight": 20.0}, True, False),
    ],
)
def test_only_a_cap_that_suppresses_lets_the_ledger_refuse(keys, enforced, expected):
    """The others are watched."""
    (ask,) = asks_for(ITEM, judge(ITEM, cap(**keys)), Surface("home"), enforced=enforced)
    assert ask.enforced is expected


def test_items_share_their_row_and_an_item_is_itself():
    """Only its values tell an item from others."""
    judged = judge(ITEM, cap(id="each", per="item"), cap())
    first, again = (
        asks_for(Item(id=name, campaign="c"), judged, Surface("home"), enforced=True)
        for name in ("one", "two")
    )
    assert [a.counter for a in (*first, *again)] == [
        "each\x00item\x00one",
        "cap\x00campaign\x00c",
        "each\x00item\x00two",
        "cap\x00campaign\x00c",
    ]
    caps = caps_of(judged, "home", True)
    assert caps.row(Item(id="one", campaign="c")) is caps.row(Item(id="two", campaign="d"))


def test_what_several_items_ask_reads_like_a_list_of_their_asks():
    """One by one, or some of them; counted by rule."""
    caps = caps_of(judge(ITEM, cap(id="each", per="item"), cap()), "home", True)
    row = caps.row(Item(id="", campaign=""))
    asks = Asks([row, row], [("one", "c", None), ("two", "c", None)])
    assert [[a.counter.rpartition("\x00")[2] for a in one] for one in asks[:1]] == [["one", "c"]]
    assert asks[1:] == [asks[1]]
    assert asks != []
    assert asks.by_rule() == {"each": 2, "cap": 2}


def test_what_has_no_id_is_counted_by_what_it_has():
    """Or by none of its own, where the rule says that unknown counts too."""
    rules = (cap(id="each", per="item"), cap(id="any", per="item", unknown="apply"), cap())
    asks = asks_for(Item(campaign="c"), judge(ITEM, *rules), Surface("home"), enforced=True)
    assert [a.counter.split("\x00")[0] for a in asks] == ["any", "cap"]


def test_an_item_that_names_an_advertiser_twice_counts_once():
    """No counter comes twice among what an item must pass."""
    item = Item(id="i", advertisers=("acme", "other", "acme"))
    asks = asks_for(item, judge(ITEM, cap(per="advertiser")), Surface("home"), enforced=True)
    assert [a.counter.split("\x00")[2] for a in asks] == ["acme", "other"]


def test_an_item_without_caps_asks_for_nothing():
    """No call for nothing."""
    assert asks_for(ITEM, judge(ITEM), Surface("home"), enforced=True) == ()


def test_a_refused_item_is_taken_out_with_the_cap_named():
    """Which limit it was, in words."""
    result, would = act(cap())
    assert (result.verdict, would) == ("suppress", None)
    assert result.before.findings[-1].because == "per campaign: shown 3 times in 24h"


def test_a_cap_in_observe_changes_only_what_would_be():
    """Nobody sees a difference yet."""
    result, would = act(cap(mode="observe"), granted=True)
    assert (result.verdict, would.verdict) == ("allow", "suppress")


def test_where_everything_is_observed_the_cap_acts_on_what_would_be():
    """The caller reports it as such."""
    result, _ = act(cap(mode="observe"), granted=True, mode="observe")
    assert result.verdict == "suppress"


def test_a_cap_that_softens_moves_the_item_to_the_end():
    """Named by the rule."""
    result, _ = act(cap(action="soften", treatment="demote"), granted=True)
    assert (result.verdict, result.treatment, result.treated.edit.last) == (
        "soften",
        "demote",
        True,
    )


def test_a_cap_that_softens_by_what_does_not_undo_a_repetition_takes_the_item_out():
    """Where it cannot be done, suppress."""
    result, _ = act(cap(action="soften", treatment="drop_reason"), granted=True)
    assert result.verdict == "suppress"


@pytest.mark.parametrize(("weight", "verdict"), [(20.0, "allow"), (90.0, "suppress")])
def test_a_cap_that_scores_adds_its_finding(weight, verdict):
    """Repetition weighs with the rest."""
    result, _ = act(cap(action="score", weight=weight), rule(weight=50.0), granted=True)
    assert result.verdict == verdict
    assert result.before.score.annoying == weight


def test_caps_are_described_in_words():
    """Limit, window and cooldown."""
    assert describe(cap(cooldown=3600)) == "per campaign: shown 3 times in 24h or shown within 1h"
    assert describe(cap(max_impressions=0, cooldown=90)) == "per campaign: shown within 90s"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "1s"),
        (90, "90s"),
        (60, "1m"),
        (3600, "1h"),
        (86400, "24h"),
        (172800, "2d"),
        (604800, "7d"),
    ],
)
def test_durations_are_said_in_the_largest_exact_unit(seconds, text):
    """A day is said as 24h."""
    assert duration(seconds) == text

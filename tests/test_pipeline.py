"""The two halves of a response's story: verdicts first, grants later, nothing raced."""

from __future__ import annotations

import pytest

from guardrail.decide.capped import Bound
from guardrail.extract import Read
from guardrail.model import Customer, Item, Signal
from guardrail.pipeline import Request, first_pass, second_pass
from guardrail.ruleset import Rule, RuleSet, Surface, When
from guardrail.score.engine import Engine
from guardrail.treat import Offer
from tests.score.judging import BOUGHT, CATEGORIES, SEARCHED, rule

SEARCH = rule(id="searched", weight=80.0, when=When(data=("search_history",)))
CAP = Rule(
    "cap",
    "frequency_cap",
    concern="repetition",
    action="suppress",
    per="campaign",
    max_impressions=3,
    window=3600,
)
POOL = tuple(
    Offer(Item(id=f"best-{n}", signals=()), f'{{"id":"best-{n}"}}'.encode()) for n in range(3)
)
GOOD = Item(id="good", campaign="c", signals=(BOUGHT,))
BAD = Item(id="bad", campaign="c", signals=(SEARCHED,))


def run(
    items,
    *rules,
    bounds=None,
    mode="enforce",
    pool=(),
    drop_unreadable=False,
    customer=None,
    history=None,
    **surface,
):
    """Run both halves; ``bounds`` are given to the asks in order, None = all granted."""
    found = Surface("home", **surface)
    customer = customer or Customer()
    plan = Engine(RuleSet(rules=rules, categories=CATEGORIES)).plan(found, customer)
    request = Request(plan, found, customer, 68.0, mode, 0, pool, drop_unreadable, history=history)
    reads = [i if isinstance(i, Read) else Read(i) for i in items]
    draft = first_pass(request, reads)
    given = [None] * len(draft.asks) if bounds is None else bounds
    return draft, second_pass(draft, given)


def verdicts(result):
    return [v.verdict for v in result.verdicts]


def test_an_intrusive_item_goes_and_the_others_stay():
    """The main job."""
    _, result = run([GOOD, BAD], SEARCH)
    assert verdicts(result) == ["allow", "suppress"]
    assert [p.keep for p in result.placed] == [True, False]
    bad = result.verdicts[1]
    assert (bad.id, bad.intrusiveness, bad.tolerance, bad.depth) == ("bad", 80.0, 68.0, 3)
    assert [f.rule for f in bad.findings] == ["searched"]


def test_a_suppressed_item_asks_for_no_impression():
    """It consumes nothing."""
    draft, _ = run([GOOD, BAD], SEARCH, CAP)
    assert draft.asking == (0,)
    assert [a.counter for a in draft.asks[0]] == ["cap\x00campaign\x00c"]


def test_a_substitute_is_what_asks_for_the_impression():
    """What is shown is what is counted."""
    draft, result = run([BAD], SEARCH, Rule("cap", "frequency_cap", per="item"), pool=POOL)
    assert verdicts(result) == ["soften"]
    assert result.verdicts[0].replacement == "best-0"
    assert result.verdicts[0].softened_intrusiveness == 0.0
    assert [a.counter for a in draft.asks[0]] == ["cap\x00item\x00best-0"]


def test_a_sentence_that_goes_leaves_the_item():
    """The gentlest change, and the item is still the app's own."""
    noticed = rule("manner", 80.0, id="noticed", terms=("we noticed",))
    _, result = run([Item(id="i", reason="We noticed", signals=(BOUGHT,))], noticed)
    (verdict,) = result.verdicts
    assert (verdict.treatment, verdict.replacement) == ("drop_reason", None)
    assert result.placed[0].edit.remove == ("reason",)


def test_two_items_never_get_the_same_substitute():
    """Nor one that is on the shelf already."""
    on_shelf = Item(id="best-0", signals=())
    _, result = run([BAD, BAD, on_shelf], SEARCH, pool=POOL)
    assert [v.replacement for v in result.verdicts] == ["best-1", "best-2", None]


def test_a_cap_that_is_over_takes_the_item_out_and_is_named():
    """With the time when it permits again."""
    _, result = run([GOOD], CAP, bounds=[Bound(CAP, False, 600)])
    (verdict,) = result.verdicts
    assert (verdict.verdict, verdict.capped_by, verdict.retry_after_seconds) == (
        "suppress",
        "cap",
        600,
    )
    assert not result.placed[0].keep


def test_a_cap_in_observe_is_only_reported():
    """`would`, beside what happened."""
    watched = Rule("cap", "frequency_cap", per="campaign", action="suppress", mode="observe")
    _, result = run([GOOD], watched, bounds=[Bound(watched, True, 5)])
    (verdict,) = result.verdicts
    assert (verdict.verdict, verdict.would, verdict.capped_by) == ("allow", "suppress", None)
    assert [f.rule for f in verdict.would_findings] == ["cap"]
    assert result.placed[0].keep


def test_a_scoring_cap_that_is_over_gives_back_what_the_other_caps_granted():
    """An item that is not shown uses nothing up."""
    heavy = Rule(
        "tired", "frequency_cap", concern="repetition", action="score", weight=90.0, per="item"
    )
    _, result = run([GOOD], CAP, heavy, bounds=[Bound(heavy, True, 5)])
    assert verdicts(result) == ["suppress"]
    assert result.give_back == (0,)


def test_in_observe_nothing_is_touched_and_everything_is_told():
    """What would have happened, with its treatment."""
    draft, result = run([GOOD, BAD], SEARCH, CAP, mode="observe", pool=POOL, minimum_items=9)
    assert verdicts(result) == ["allow", "allow"]
    assert [v.would for v in result.verdicts] == [None, "soften"]
    assert result.verdicts[1].would_treatment == "replace"
    assert all(p.keep and p.edit is None for p in result.placed)
    assert result.backfill == ()
    assert not any(a.enforced for asks in draft.asks for a in asks)


def test_in_observe_a_cap_that_is_over_is_told_with_its_name():
    """Counted as if it were enforced."""
    _, result = run([GOOD], CAP, mode="observe", bounds=[Bound(CAP, True, 5)])
    (verdict,) = result.verdicts
    assert (verdict.verdict, verdict.would, verdict.capped_by) == ("allow", "suppress", "cap")
    assert result.give_back == ()


def test_a_rule_in_observe_changes_only_what_would_be():
    """Beside rules that are enforced."""
    trial = rule(id="trial", weight=90.0, mode="observe")
    _, result = run([GOOD, BAD], SEARCH, trial)
    assert verdicts(result) == ["allow", "suppress"]
    assert [v.would for v in result.verdicts] == ["suppress", None]
    assert [f.rule for f in result.verdicts[0].would_findings] == ["trial"]


def test_holes_are_filled_up_to_the_minimum():
    """From the pool, never more than was taken out."""
    _, result = run(
        [BAD, BAD, GOOD], SEARCH, pool=POOL, treatments=("drop_reason",), minimum_items=2
    )
    assert [o.item.id for o in result.backfill] == ["best-0"]
    _, short = run([BAD, GOOD], SEARCH, pool=POOL, treatments=("drop_reason",), minimum_items=9)
    assert len(short.backfill) == 1
    _, two = run([BAD, BAD], SEARCH, pool=POOL, treatments=("drop_reason",), minimum_items=2)
    assert [o.item.id for o in two.backfill] == ["best-0", "best-1"]
    _, full = run([GOOD], SEARCH, pool=POOL, minimum_items=3)
    assert full.backfill == ()


def test_what_fills_a_hole_is_guarded_and_uncapped():
    """The reservation is made already."""
    gambling = Offer(Item(id="bet", categories=("vice.gambling",), signals=()), b"{}")
    capped = Offer(Item(id="capped", kind="ad", signals=()), b"{}")
    ads = Rule("ads", "frequency_cap", per="item", when=When(kind=("ad",)))
    refuses = Customer(topics_off=("vice",))
    _, result = run(
        [BAD],
        SEARCH,
        ads,
        pool=(gambling, capped, *POOL),
        customer=refuses,
        treatments=(),
        minimum_items=1,
    )
    assert [o.item.id for o in result.backfill] == ["best-0"]
    _, none = run(
        [BAD],
        SEARCH,
        ads,
        pool=(gambling, capped),
        customer=refuses,
        treatments=(),
        minimum_items=1,
    )
    assert none.backfill == ()


@pytest.mark.parametrize(
    ("drop", "mode", "keep"),
    [(True, "enforce", False), (True, "observe", True), (False, "enforce", True)],
)
def test_an_element_that_is_no_item_follows_on_failure(drop, mode, keep):
    """It can't be judged; the others are."""
    broken = Read(Item(), ("not a JSON object",), readable=False)
    _, result = run([broken, BAD], SEARCH, drop_unreadable=drop, mode=mode)
    assert result.placed[0].keep is keep
    assert result.verdicts[0].problems == ("not a JSON object",)
    assert result.verdicts[1].would == "suppress" or result.verdicts[1].verdict == "suppress"


def test_problems_and_unknown_facts_stand_in_the_verdict():
    """The app's mistakes and what rules lacked."""
    read = Read(Item(signals=(Signal(data="likes", depth=2),)), ("no id",))
    _, result = run([read], rule(when=When(party=("third",))))
    assert (result.verdicts[0].problems, result.verdicts[0].unknown) == (("no id",), ("r",))


def test_a_verdict_reads_like_the_contracts_example():
    """Keys and order of the JSON."""
    _, result = run([BAD], rule(id="searched", weight=80.0, say="You searched for it."), pool=POOL)
    printed = result.verdicts[0].to_dict()
    assert list(printed)[:12] == [
        "id",
        "verdict",
        "treatment",
        "intrusiveness",
        "softened_intrusiveness",
        "creepy",
        "annoying",
        "tolerance",
        "depth",
        "findings",
        "capped_by",
        "retry_after_seconds",
    ]
    assert printed["say"] == "You searched for it."
    assert printed["findings"][0] == {
        "rule": "searched",
        "concern": "source",
        "weight": 80.0,
        "because": "signal search_history",
    }

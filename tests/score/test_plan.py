"""A rule set compiled for one surface and sort of customer."""

from guardrail.extract import extract, reader_for
from guardrail.model import Customer, Item, Signal
from guardrail.ruleset import Comparison, RuleSet, Surface, When
from guardrail.score import plan as planning
from guardrail.score.engine import Engine
from guardrail.score.terms import Phrases
from guardrail.score.vocabulary import Vocabulary
from tests.score.judging import BOUGHT, judge, rule


def test_a_rule_that_is_off_finds_nothing():
    """Off is off."""
    assert judge(Item(signals=(BOUGHT,)), rule(mode="off")).findings == ()


def test_a_rule_in_observe_is_watched():
    """It finds, beside those that are enforced."""
    judged = judge(Item(signals=(BOUGHT,)), rule(mode="observe"), rule(id="on", weight=10.0))
    assert [f.rule for f in judged.watched] == ["r"]
    assert [f.rule for f in judged.findings] == ["on"]
    assert judged.score.intrusiveness == 10.0


def test_a_rollout_takes_in_the_customers_below_its_percentage():
    """By a bucket that is stable for each customer."""
    half = rule(rollout=50)
    assert judge(Item(signals=(BOUGHT,)), half, bucket=49).findings
    assert not judge(Item(signals=(BOUGHT,)), half, bucket=50).findings
    assert not judge(Item(signals=(BOUGHT,)), rule(rollout=0), bucket=0).findings


def test_equal_items_are_judged_once_and_unequal_ones_are_not_mixed_up():
    """What is remembered is keyed by every fact that rules read."""
    engine = Engine(RuleSet(rules=(rule(when=When(advertiser=("acme",))),)))
    plan = engine.plan(Surface("home"), Customer())
    first = plan.judge(Item(id="1", title="Hose", advertiser="acme", signals=(BOUGHT,)), Customer())
    again = plan.judge(Item(id="2", title="Hose", advertiser="acme", signals=(BOUGHT,)), Customer())
    other = plan.judge(Item(id="3", advertiser="other", signals=(BOUGHT,)), Customer())
    assert first is again
    assert (len(first.findings), len(other.findings)) == (1, 0)


def test_age_and_audience_tell_items_apart_only_where_rules_read_them():
    """Else every item would be new."""
    young = Item(signals=(Signal(depth=2, age_seconds=5, audience_size=10),))
    old = Item(signals=(Signal(depth=2, age_seconds=500, audience_size=10_000),))
    blind = Engine(RuleSet(rules=(rule(),))).plan(Surface("home"), Customer())
    assert blind.judge(young, Customer()) is blind.judge(old, Customer())
    reads = rule(when=When(not_=When(age_seconds=(Comparison(">", 60),))))
    reads_size = rule(id="s", when=When(audience_size=(Comparison("<", 50),)))
    seeing = Engine(RuleSet(rules=(reads, reads_size))).plan(Surface("home"), Customer())
    assert [f.rule for f in seeing.judge(young, Customer()).findings] == ["r", "s"]
    assert seeing.judge(old, Customer()).findings == ()


def test_customers_of_the_same_sort_share_a_plan():
    """Only what rules may ask of a customer tells plans apart."""
    engine = Engine(RuleSet(rules=(rule(),)))
    home = Surface("home")
    assert engine.plan(home, Customer(pseudonym="a")) is engine.plan(home, Customer(pseudonym="b"))
    assert engine.plan(home, Customer()) is not engine.plan(home, Customer(jurisdiction="DE"))


def test_what_is_remembered_is_bounded(monkeypatch):
    """Memory does not grow with traffic."""
    monkeypatch.setattr(planning, "_REMEMBERED", 3)
    monkeypatch.setattr(planning, "_NOTES", 3)
    for name in ("_PLANS", "_TEXTS", "_SAID", "_SHARED"):
        monkeypatch.setattr(f"guardrail.score.engine.{name}", 3)
    engine = Engine(RuleSet(rules=(rule(when=When(advertiser=("acme",))),)))
    for n in range(10):
        plan = engine.plan(Surface("home"), Customer(jurisdiction=f"X{n}"))
        for a in range(10):
            plan.judge(
                Item(title=f"term{a} {n}{a}", advertiser=str(a), signals=(BOUGHT,)), Customer()
            )
            engine.share((n, a))
            plan.notes(a)["x", a] = plan.notes("many")[a] = a
        assert len(plan._sorts) <= 3
        assert len(plan._notes) <= 3
        assert len(plan.notes("many")) <= 4
    assert len(engine._plans) <= 3
    assert len(engine.texts) <= 3
    assert len(engine._said) <= 3
    assert len(engine._shared) <= 3


def test_phrases_and_meanings_that_are_remembered_are_bounded(monkeypatch):
    """The texts of a catalogue come and go."""
    monkeypatch.setattr("guardrail.score.terms._REMEMBERED", 3)
    monkeypatch.setattr("guardrail.score.vocabulary._REMEMBERED", 3)
    phrases = Phrases({"a": ["b c", "  "]})
    vocabulary = Vocabulary({})
    for n in range(10):
        phrases.find(f"text {n}")
        assert vocabulary.meaning(f"slug{n}") is vocabulary.meaning(f"slug{n}")
        assert phrases.find(f"text {n}") == ()
    assert len(phrases._seen) <= 3
    assert len(vocabulary._meanings) <= 3
    assert [h.phrase for h in phrases.find("a b, C d b c")] == ["b c"]


def test_an_unknown_depth_is_personal():
    """Never clean."""
    assert judge(Item()).personal
    assert not judge(Item(signals=())).personal


def test_a_category_that_is_none_needs_the_careful_reading():
    """A bare number among the categories is found out item by item."""
    home = Surface("home")
    engine = Engine(RuleSet(rules=(rule(),)))
    body = b'{"items":[{"id":"a","categories":["305"]}]}'
    briefs = extract(body, home, reader=reader_for(home, engine.needs(home))).briefs
    assert briefs is not None
    assert engine.plan(home, Customer()).judge_briefly(briefs) is None


def test_what_an_item_says_it_is_about_counts_more_than_what_hints_at_it():
    """Whichever of them comes first."""
    said, hints = "health.pregnancy", "iab-ad-product-2.0:1061"
    about = rule("sensitive_category", None)
    weights = {
        judge(Item(categories=both, signals=(BOUGHT,)), about).findings[0].weight
        for both in ((said, hints), (hints, said))
    }
    assert weights == {57.0}

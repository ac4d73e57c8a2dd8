"""What is told of the facts of one surface."""

from guardrail.facts import Tally, report_on
from guardrail.model import Customer
from guardrail.ruleset import RuleSet, When
from tests.facts.traffic import CATEGORIES, HOME, counted, engine_of, rule

RULES = (
    rule(id="bought", when=When(data=("purchase_history",))),
    rule(id="strangers", when=When(party=("third",))),
    rule(id="of-acme", when=When(advertiser=("acme",))),
    rule(id="off", when=When(advertiser=("acme",)), mode="off"),
    rule(id="elsewhere", when=When(surface=("ads",))),
)


def told(found: Tally, responses: int = 1):
    """The report on a tally under these rules."""
    rules = RuleSet(rules=RULES, categories=CATEGORIES)
    return report_on(rules, engine_of(*RULES), HOME, found, responses)


def test_rules_are_sorted_by_how_they_stand():
    """One that is off is not told of."""
    report = told(counted({"id": "1"}, {"id": "2"}), 2)
    assert (report.surface, report.items, report.responses) == ("home", 2, 2)
    assert [one.rule.id for one in report.rules("never")] == ["bought", "strangers", "of-acme"]
    assert [one.rule.id for one in report.rules("elsewhere")] == ["elsewhere"]


def test_facts_that_rules_wait_for_come_with_those_that_most_wait_for_first():
    """The rules are named."""
    report = told(counted({"id": "1"}))
    assert list(report.waiting.items()) == [
        ("signals", ("bought", "strangers")),
        ("advertiser or advertisers", ("of-acme",)),
    ]


def test_only_facts_that_were_asked_for_are_told():
    """In a fixed order; customers only where the traffic names them."""
    report = told(counted({"id": "1"}))
    assert list(report.facts)[:2] == ["id", "kind"]
    assert not report.tells_customers
    assert "signals[].data" not in report.facts
    assert told(counted({"id": "1"}, customer=Customer())).tells_customers
    assert {"signals[].data", "advertiser"} < report.read


def test_small_counts_are_hidden_where_they_are_of_real_people():
    """As null, and only below the bound."""
    report = told(counted(*({"id": str(n), "title": "x"} for n in range(5)), {"id": "6"}), 4)
    plain, hidden = report.to_dict(), report.to_dict(5)
    assert plain["facts"]["title"] == {"present": 5, "missing": 1}
    assert hidden["facts"]["title"] == {"present": 5, "missing": None}
    assert (hidden["items"], hidden["responses"], plain["responses"]) == (6, None, 4)


def test_nothing_at_all_is_still_a_report():
    """No items, no facts."""
    report = told(Tally(), 0)
    assert (report.items, dict(report.facts)) == (0, {})
    assert report.to_dict()["rules"]["elsewhere"] == 1

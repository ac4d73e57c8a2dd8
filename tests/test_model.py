"""The nouns, and how they look as JSON."""

import pytest

from guardrail.model import Decision, Finding, Verdict, iso_utc
from guardrail.ruleset import RuleSet, Surface, lowest_mode

HEAVY = Finding("searched", "source", 60.0, "signal search_history", say="You searched for it.")
FLOOR = Finding("floor", "subject", 10.0, "category health", layer="floor", say="By law.")
SILENT = Finding("silent", "depth", 90.0, "inference depth 4", action="suppress")


def decision(*items, **keys):
    return Decision(
        "d-1", "sha256:x", "home", "enforce", 1_795_341_600_000, "guarded", items, **keys
    )


def test_a_decision_reads_like_the_contracts_example():
    """Keys, moment and counts."""
    made = decision(
        Verdict("a", "allow"),
        Verdict("b", "soften", "replace", replacement="z"),
        Verdict("c", "suppress"),
        Verdict("d", "suppress"),
        backfill=("e",),
    )
    printed = made.to_dict()
    assert list(printed) == [
        "decision_id",
        "revision",
        "surface",
        "mode",
        "at",
        "items",
        "outcome",
        "counts",
    ]
    assert printed["at"] == "2026-11-22T10:00:00Z"
    assert printed["counts"] == {"allow": 1, "soften": 1, "suppress": 2, "backfill": 1}
    assert printed["items"][1]["replacement"] == "z"


def test_what_was_not_enforced_is_counted_apart():
    """Observe mode says what it would have done."""
    made = decision(
        Verdict("a", "allow", would="suppress"),
        Verdict("b", "allow", would="suppress"),
        Verdict("c", "allow", would="soften", would_findings=(SILENT,)),
        problems=("customer.tolerance: …",),
    )
    printed = made.to_dict()
    assert printed["would_counts"] == {"suppress": 2, "soften": 1}
    assert printed["problems"] == ["customer.tolerance: …"]
    assert printed["items"][2]["would_findings"][0]["action"] == "suppress"


def test_the_items_to_show_may_be_worked_out_when_they_are_asked_for():
    """So a response that nobody asks about costs nothing more."""
    assert decision(shown=({"id": 1},)).kept == [{"id": 1}]
    assert decision(shown=lambda: ({"id": 2},)).kept == [{"id": 2}]


def test_what_a_customer_may_read_is_about_the_heaviest_ground():
    """What acts by itself comes first; a finding without a sentence says nothing."""
    assert Verdict("a", "suppress", findings=(HEAVY, FLOOR, SILENT)).say == "By law."
    assert Verdict("a", "suppress", findings=(HEAVY, SILENT)).say == "You searched for it."
    assert Verdict("a", "suppress", findings=(SILENT,)).say is None


def test_layer_and_action_of_a_finding_are_printed_where_they_are_not_usual():
    """The contract's four keys else."""
    assert list(HEAVY.to_dict()) == ["rule", "concern", "weight", "because"]
    assert FLOOR.to_dict()["layer"] == "floor"
    assert SILENT.to_dict()["action"] == "suppress"


@pytest.mark.parametrize(
    ("ms", "text"), [(0, "1970-01-01T00:00:00Z"), (951_782_400_999, "2000-02-29T00:00:00Z")]
)
def test_moments_are_written_in_utc(ms, text):
    """To the second."""
    assert iso_utc(ms) == text


def test_the_lowest_mode_is_in_effect():
    """Off before observe before enforce; who says nothing is not asked."""
    assert lowest_mode("enforce", None, "observe") == "observe"
    assert lowest_mode("observe", "off") == "off"
    assert lowest_mode(None, None) == "enforce"


def test_a_surface_that_nobody_defined_is_the_default_one():
    """The rule set's own, else one that can only suppress."""
    home, default = Surface("home"), Surface("default", treatments=("replace",))
    rules = RuleSet(surfaces={"home": home, "default": default})
    assert rules.surface("home") is home
    assert rules.surface("other") is default
    assert RuleSet().surface("other").treatments == ()


def test_the_strictest_preset_is_the_lowest_number():
    """Whatever presets are called."""
    assert RuleSet(presets={"a": 30.0, "b": 60.0}).strictest == 30.0

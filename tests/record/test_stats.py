"""Sums of counts: exact totals, and a course of time that hides small numbers."""

from __future__ import annotations

from guardrail.record.cells import Cell
from guardrail.record.stats import Stats, summarise

COUNTS = {
    2: {
        Cell("item", "home", "", "enforce", "suppress"): 4,
        Cell("item", "home", "", "enforce", "allow"): 5,
        Cell("rule", "home", "health", "enforce", "suppress"): 4,
        Cell("outcome", "home", value="guarded"): 2,
        Cell("backfill", "home"): 3,
        Cell("unknown", "home", "depth"): 1,
    },
    1: {
        Cell("item", "home", "", "enforce", "suppress"): 4,
        Cell("item", "ads", "", "observe", "soften"): 1,
        Cell("rule", "ads", "health", "observe", "soften"): 1,
        Cell("rule", "home", "health", "enforce", "suppress"): 4,
        Cell("unknown", "ads", "depth"): 1,
    },
}


def test_totals_are_exact_over_minutes_and_surfaces() -> None:
    """Small numbers stay visible in the totals."""
    stats = summarise(COUNTS, 61_234, 179_999)
    assert stats.surfaces == {
        "ads": {"observe": {"soften": 1}},
        "home": {"enforce": {"allow": 5, "suppress": 8}},
    }
    assert list(stats.surfaces) == ["ads", "home"]
    assert stats.rules == {"health": {"enforce": {"suppress": 8}, "observe": {"soften": 1}}}
    assert stats.outcomes == {"home": {"guarded": 2}}
    assert stats.backfill == {"home": 3}
    assert stats.unknown == {"depth": 2}
    assert not stats.empty


def test_the_course_of_time_hides_numbers_under_five() -> None:
    """A lone count at one minute could point at one person."""
    stats = summarise(COUNTS, 60_000, 179_999)
    assert [(m.at_ms, m.surface, m.mode, m.verdict, m.shown) for m in stats.minutes] == [
        (60_000, "ads", "observe", "soften", "<5"),
        (60_000, "home", "enforce", "suppress", "<5"),
        (120_000, "home", "enforce", "allow", "5"),
        (120_000, "home", "enforce", "suppress", "<5"),
    ]


def test_as_json_a_hidden_number_is_null_and_says_so() -> None:
    """Who adds up the minutes must see that numbers are missing."""
    data = summarise(COUNTS, 61_234, 179_999).to_dict()
    assert data["from"] == "1970-01-01T00:01:00Z"
    assert data["to"] == "1970-01-01T00:02:59Z"
    assert data["minutes"][1:3] == [
        {
            "at": "1970-01-01T00:01:00Z",
            "surface": "home",
            "mode": "enforce",
            "verdict": "suppress",
            "n": None,
            "hidden": True,
        },
        {
            "at": "1970-01-01T00:02:00Z",
            "surface": "home",
            "mode": "enforce",
            "verdict": "allow",
            "n": 5,
        },
    ]
    assert set(data) == {
        "from",
        "to",
        "surfaces",
        "rules",
        "outcomes",
        "backfill",
        "unknown",
        "caps",
        "minutes",
    }


def test_nothing_counted_is_empty() -> None:
    """An empty shelf of numbers still has its two ends."""
    stats = summarise({}, 0, 1)
    assert stats.empty
    assert stats == Stats(from_ms=0, to_ms=1)

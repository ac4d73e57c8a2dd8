"""`guardrail stats`: the counts of all workers, as a table or as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import PERSONAL, PLAIN, Run


@pytest.fixture
def counted(folder: Path, shared_redis: None) -> None:
    """A worker elsewhere has judged two responses, and is gone."""
    from guardrail.service import Guard

    guard = Guard.from_arguments({"rules": "rules"})
    for _ in range(2):
        guard.review(
            [json.loads(PERSONAL), json.loads(PLAIN)], customer={"id": "c-1"}, surface="home"
        )
    guard.close()


@pytest.mark.redis
def test_the_table_tells_rule_surface_verdict_and_time(run: Run, counted: None) -> None:
    """Suppressed by the rule twice, by the cap once; numbers of a minute are hidden."""
    result = run("stats", "--since", "1h")
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["surface", "mode", "allow", "soften", "suppress"] in lines
    assert ["home", "enforce", "1", "0", "3"] in lines
    assert ["pregnancy", "enforce", "0", "0", "2"] in lines
    assert ["daily", "enforce", "0", "0", "1"] in lines
    assert ["home", "guarded", "2"] in lines
    assert any(line[1:] == ["home", "enforce", "suppress", "<5"] for line in lines)


@pytest.mark.redis
def test_json_has_the_same_numbers(run: Run, counted: None) -> None:
    """One document."""
    data = json.loads(run("stats", "--format", "json").stdout)
    assert data["surfaces"] == {"home": {"enforce": {"allow": 1, "suppress": 3}}}
    assert data["rules"]["pregnancy"] == {"enforce": {"suppress": 2}}
    assert all(minute["hidden"] and minute["n"] is None for minute in data["minutes"])


@pytest.mark.redis
def test_nothing_counted_is_nothing_to_look_at(run: Run, shared_redis: None) -> None:
    """Exit code 3; JSON is JSON all the same."""
    result = run("stats", "--since", "1h", "--format", "json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["surfaces"] == {}
    assert "nothing was counted" in result.stderr


def test_without_redis_no_command_can_read_the_counts(run: Run) -> None:
    """Exit code 4, and what to set."""
    result = run("stats")
    assert result.exit_code == 4
    assert "GUARDRAIL_REDIS_URL" in result.stderr


@pytest.mark.parametrize("since", ["5", "soon", "2099-01-01"])
def test_a_wrong_since_is_a_bad_argument(run: Run, since: str) -> None:
    """Exit code 2."""
    assert run("stats", "--since", since).exit_code == 2


def test_long_courses_of_time_are_cut_in_the_table() -> None:
    """The latest are shown, the others counted."""
    from guardrail.cli.stats import MINUTES_SHOWN, _page
    from guardrail.record import MinuteCount, Stats

    minutes = tuple(MinuteCount(m * 60_000, "home", "enforce", "allow", 7) for m in range(30))
    page = list(_page(Stats(from_ms=0, to_ms=0, minutes=minutes)))
    assert page[-1] == f"({30 - MINUTES_SHOWN} earlier lines: --format json)"
    assert "1970-01-01T00:29:00Z" in page[-2]

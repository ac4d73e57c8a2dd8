"""Links that tell too much are mended on the way out, and nobody waits for ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guardrail.config import resolve
from guardrail.service import Guard
from tests.service.shop import AD, ANNA, GOOD, RULES, body, write_rules

LEAKY = f"{RULES}leaks: {{parameters: [segment, 'seg_*'], macros: ['%%PATTERN:*%%']}}\n"
TOLD = {**GOOD, "url": "https://x.example/?segment=secret&b=2&SEG_a=secret"}


class Stopwatch:
    """Seconds that pass at each look, one list entry each, then none."""

    def __init__(self, *passing: float) -> None:
        self.now = 0.0
        self.passing = list(passing)

    def __call__(self) -> float:
        self.now += self.passing.pop(0) if self.passing else 0
        return self.now


def guarding(folder: Path, text: str = LEAKY, *passing: float, **arguments: Any) -> Guard:
    settings = resolve({"rules": str(write_rules(folder, text)), **arguments}, None, {})
    return Guard(settings, stopwatch=Stopwatch(*passing))


@pytest.mark.parametrize("mode", ["enforce", "observe"])
def test_leaks_are_cut_and_reported_by_name(tmp_path: Path, mode: str) -> None:
    """Enforced or observed; the report never holds a value."""
    guard = guarding(tmp_path / "rules", mode=mode)
    home = guard.rules.surface("home")
    answer = guard.answer(body(TOLD), home, customer=ANNA)
    assert answer.body is not None
    assert json.loads(answer.body)["items"][0]["url"] == "https://x.example/?b=2"
    reviewed = guard.review([TOLD], customer=ANNA, surface="home")
    for decision in (answer.decision, reviewed):
        assert decision.kept[0]["url"] == "https://x.example/?b=2"
        assert decision.cut == {"segment": 1, "seg_*": 1}
        assert decision.to_dict()["cut"] == {"segment": 1, "seg_*": 1}
        assert "secret" not in json.dumps(decision.to_dict())


def test_a_trial_of_a_body_says_what_would_be_cut(tmp_path: Path) -> None:
    """In the items that would go out, in observe too; nothing is counted."""
    guard = guarding(tmp_path / "rules")
    assert guard.score_body(body(TOLD, TOLD), "home", ANNA).to_dict()["cut"] == {
        "segment": 2,
        "seg_*": 2,
    }
    assert "cut" not in guard.score_body(body(GOOD), "home", ANNA).to_dict()
    assert guard.stats().empty


def test_without_a_leak_nothing_is_reported(tmp_path: Path) -> None:
    """The key is not there at all."""
    guard = guarding(tmp_path / "rules")
    home = guard.rules.surface("home")
    assert "cut" not in guard.answer(body(GOOD), home, customer=ANNA).decision.to_dict()


def test_what_is_not_judged_and_surfaces_that_keep_leaks_are_left_alone(tmp_path: Path) -> None:
    """As with signals: off sends everything."""
    off = guarding(tmp_path / "off", mode="off").review([TOLD], customer=ANNA, surface="home")
    assert off.kept == [TOLD]
    text = LEAKY.replace("treatments: [drop_reason]", "treatments: []\n    keep_leaks: true")
    kept = guarding(tmp_path / "kept", text).review([TOLD], customer=ANNA, surface="home")
    assert kept.kept[0]["url"] == TOLD["url"]
    assert kept.cut == {}


@pytest.mark.parametrize(
    ("passing", "outcome"),
    [
        ((0, 1.5), "not_readable(too_slow)"),
        ((0, 0.5, 0.6), "not_readable(too_slow)"),
        ((0, 0.5, 0.5), "guarded"),
        ((0, 0.5, 0.5, 9), "guarded"),
    ],
)
def test_what_takes_too_long_is_not_judged(
    tmp_path: Path, passing: tuple[float, ...], outcome: str
) -> None:
    """Looked at after reading and after judging; on_failure says what goes out."""
    guard = guarding(tmp_path / "rules", LEAKY, *passing, *passing)
    home, ads = guard.rules.surface("home"), guard.rules.surface("ads")
    answer = guard.answer(body(TOLD), home, customer=ANNA)
    assert answer.decision.outcome == outcome
    assert (answer.body is None) == (outcome != "guarded")
    if outcome != "guarded":
        blank = guard.answer(body(AD), ads, customer=ANNA)
        assert blank.body == b'{"items": [], "total": 1}'


def test_impressions_of_what_took_too_long_are_given_back(tmp_path: Path) -> None:
    """A cap of three is still three."""
    guard = guarding(tmp_path / "rules", LEAKY, *[0, 0.5, 0.6] * 3)
    ads = guard.rules.surface("ads")
    answers = [guard.answer(body(AD), ads, customer=ANNA).decision for _ in range(7)]
    assert [one.outcome for one in answers[:3]] == ["not_readable(too_slow)"] * 3
    assert [one.items[0].verdict for one in answers[3:]] == ["allow"] * 3 + ["suppress"]


def test_no_budget_waits_for_ever(tmp_path: Path) -> None:
    """Zero is none."""
    guard = guarding(tmp_path / "rules", LEAKY, 0, 1e6, 1e6, time_budget="0")
    home = guard.rules.surface("home")
    assert guard.answer(body(GOOD), home, customer=ANNA).decision.outcome == "guarded"

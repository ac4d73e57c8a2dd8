"""The running guard looks at one response in 16, and counts it with a heartbeat."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from guardrail.service import facts
from guardrail.service.facts import EVERY, MOST_A_BEAT, MOST_ITEMS
from tests.service.shop import BAD, GOOD, RULES, Clock, body, make_guard


def seen(guard) -> dict[str, tuple[int, int]]:
    """surface -> responses and items that were looked at."""
    return {
        name: (one.responses, sum(n for (fact, _), n in one.counted.items() if fact == "id"))
        for name, one in guard.facts().items()
    }


def test_one_response_in_sixteen_is_looked_at_and_the_first_is(tmp_path: Path) -> None:
    """On each surface by itself; over HTTP and by `review` alike."""
    guard = make_guard(tmp_path / "rules", clock=Clock())
    home = guard.rules.surface("home")
    guard.answer(body(GOOD, BAD), home)
    assert seen(guard) == {"home": (1, 2)}
    for _ in range(EVERY - 1):
        guard.answer(body(GOOD), home)
    assert seen(guard) == {"home": (1, 2)}
    guard.review([GOOD], surface="home")
    guard.review([GOOD], surface="ads")
    assert seen(guard) == {"home": (2, 3), "ads": (1, 1)}


def test_facts_are_told_by_how_they_came_about(tmp_path: Path) -> None:
    """Also of the customer."""
    guard = make_guard(tmp_path / "rules", clock=Clock())
    guard.review([GOOD, {"id": "x"}], customer={"id": "c", "age_band": "adult"}, surface="home")
    counted = guard.facts()["home"].counted
    assert counted["title", "present"] == counted["title", "missing"] == 1
    assert counted["signals[].data", "present"] == 1
    assert counted["customer.age_band", "present"] == 1


def test_what_the_catalogue_joined_is_told_apart(tmp_path: Path) -> None:
    """The app did not say it."""
    guard = make_guard(
        tmp_path / "rules", clock=Clock(), catalog=lambda ids: {i: {"title": "Hose"} for i in ids}
    )
    guard.review([{"id": "x"}], surface="home")
    assert guard.facts()["home"].counted["title", "joined"] == 1


def test_a_trial_is_not_looked_at(tmp_path: Path) -> None:
    """`guardrail score` is no traffic."""
    guard = make_guard(tmp_path / "rules", clock=Clock())
    guard.score_body(body(GOOD), "home")
    guard.score_item(b'{"id": "1"}', "home")
    assert seen(guard) == {}


def test_of_a_long_response_a_few_items_are_looked_at_evenly_spread(tmp_path: Path) -> None:
    """So that a long shelf costs no more than a short one."""
    guard = make_guard(tmp_path / "rules", clock=Clock())
    half = [{"id": str(n), "title": "x"} for n in range(50)]
    guard.review([*half, *({"id": f"b{n}"} for n in range(50))], surface="home")
    counted = guard.facts()["home"].counted
    assert counted["title", "present"] == counted["title", "missing"] == MOST_ITEMS / 2


def test_facts_of_other_hours_are_not_asked_for(tmp_path: Path) -> None:
    """Whole hours, as they are kept."""
    clock = Clock()
    guard = make_guard(tmp_path / "rules", clock=clock)
    guard.review([GOOD], surface="home")
    assert "home" in guard.facts()
    clock.move(26 * 3600)
    assert guard.facts() == {}


def test_a_surface_waits_until_its_response_was_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However busy it is: one response a heartbeat is enough to know, and keeps nobody waiting."""
    monkeypatch.setattr(facts, "EVERY", 1)
    guard = make_guard(tmp_path / "rules", clock=Clock())
    home = guard.rules.surface("home")
    for beats in (1, 2):
        for _ in range(20):
            guard.answer(body(GOOD), home)
        assert seen(guard) == {"home": (beats, beats)}


def test_a_heartbeat_counts_a_few_surfaces_and_the_next_one_goes_on(tmp_path: Path) -> None:
    """Those that have waited longest first, so that busy surfaces do not keep rare ones from it."""
    names = [f"shelf-{n}" for n in range(MOST_A_BEAT + 1)]
    shelves = "\n".join(f"  {name}: {{match: {{path: /{name}}}, items: items}}" for name in names)
    guard = make_guard(
        tmp_path / "rules", RULES.replace("surfaces:", f"surfaces:\n{shelves}"), clock=Clock()
    )
    counted: list[str] = []
    look = facts.FactsSeen(lambda surface, _: counted.append(surface))
    guard._deciding.facts = look
    for name in names:
        guard.review([GOOD], surface=name)
    guard.review([GOOD], surface=names[0])
    guard.refresh()
    assert counted == names[:MOST_A_BEAT]
    guard.refresh()
    assert counted == names


def test_a_fault_in_counting_is_told_once_and_harms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A page does not depend on what is counted of it."""

    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(facts, "tally", broken)
    monkeypatch.setattr(facts, "EVERY", 1)
    guard = make_guard(tmp_path / "rules", clock=Clock())
    with caplog.at_level(logging.ERROR, "guardrail"):
        for _ in range(3):
            assert guard.review([GOOD], surface="home").outcome == "guarded"
        guard.refresh()
    assert seen(guard) == {}
    assert len([r for r in caplog.records if "facts" in r.getMessage()]) == 1

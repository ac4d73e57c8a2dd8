"""Caps that can never bind are found, and no others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.rulefile.caps import kind_elsewhere, shadowed
from guardrail.rulefile.sense import covers, nonsense, span
from guardrail.ruleset import Rule, Surface, When

DAY = 86_400
HOUR = 3600


def cap(**keys: Any) -> Rule:
    """A cap of three a day for each campaign, but for the keys given."""
    limits = {"per": "campaign", "max_impressions": 3, "window": DAY}
    return Rule(**{"id": "a", "kind": "frequency_cap", "action": "suppress", **limits, **keys})


WIDE = cap()


@pytest.mark.parametrize(
    "lost",
    [
        cap(),
        cap(max_impressions=5),
        cap(window=HOUR),
        cap(when=When(kind=("ad",))),
        cap(mode="observe"),
        cap(rollout=10),
        cap(action="score", weight=10.0),
    ],
)
def test_a_cap_behind_a_stricter_one_is_lost(lost: Rule) -> None:
    """At least the same limit over at least the same time, for at least the same items."""
    assert shadowed([WIDE, lost]) == [(1, 0)]


@pytest.mark.parametrize(
    "kept",
    [
        cap(max_impressions=2),
        cap(window=DAY + 1),
        cap(cooldown=HOUR),
        cap(per="item"),
        cap(unknown="apply"),
        cap(mode="off"),
        cap(max_impressions=0),
        Rule(id="a", kind="signal"),
    ],
)
def test_a_cap_that_can_bind_is_kept(kept: Rule) -> None:
    """In one respect it is the stricter one, or it says nothing that could be lost."""
    assert (1, 0) not in shadowed([WIDE, kept])


@pytest.mark.parametrize(
    "weak",
    [
        cap(when=When(kind=("ad",))),
        cap(mode="observe"),
        cap(rollout=50),
        cap(action="score"),
        cap(when=When(not_=When(kind=("ad",)))),
    ],
)
def test_a_cap_that_does_not_always_act_hides_none(weak: Rule) -> None:
    """For some items, some customers or some modes the other one still binds."""
    assert (1, 0) not in shadowed([weak, cap()])


def test_a_cap_on_everything_hides_one_on_a_part() -> None:
    """Whatever is counted for a campaign is counted for all."""
    assert shadowed([cap(), cap(per="all")]) == [(0, 1)]


def test_categories_are_counted_apart() -> None:
    """A limit on each category says nothing of one on a category that stands above."""
    above = cap(per="category", when=When(category=("health",)))
    assert shadowed([cap(per="category"), above]) == []
    assert shadowed([above, above]) == [(1, 0)]


@pytest.mark.parametrize(
    ("first", "lost"),
    [
        ({"cooldown": 2 * HOUR}, True),
        ({"cooldown": HOUR // 2}, False),
        ({"max_impressions": 1, "window": HOUR}, True),
        ({"max_impressions": 1, "window": HOUR - 1}, False),
        ({"max_impressions": 2, "window": DAY}, False),
    ],
)
def test_cooldowns_are_compared_too(first: dict[str, int], lost: bool) -> None:
    """One in an hour is a cooldown of an hour."""
    limits = {"max_impressions": 0, "window": 0}
    pause = cap(**limits, cooldown=HOUR)
    assert ((1, 0) in shadowed([cap(**{**limits, **first}), pause])) is lost


def test_a_limit_that_its_own_cooldown_keeps_out_of_reach() -> None:
    """Every twelve hours is at most twice a day."""
    assert nonsense(cap(cooldown=12 * HOUR))[0].key == "max_impressions"
    assert nonsense(cap(cooldown=8 * HOUR)) == []
    assert nonsense(cap(max_impressions=1, cooldown=2 * DAY)) == []


def test_a_kind_that_no_named_surface_shows() -> None:
    """Unless one of them may show it, or items say their kind themselves."""
    home, ads = Surface(name="home"), Surface(name="ads", kind="ad")
    mixed = Surface(name="mixed", fields={"kind": "type"})
    known = {"home": home, "ads": ads, "mixed": mixed}

    def why(**keys: Any) -> str | None:
        return kind_elsewhere(cap(when=When(**keys)), known)

    assert "shows none" in str(why(kind=("ad",), surface=("home",)))
    assert why(kind=("ad",), surface=("home", "ads")) is None
    assert why(kind=("ad",), surface=("mixed",)) is None
    assert why(kind=("ad",), surface=("nowhere",)) is None
    assert why(kind=("ad",)) is None
    assert why(surface=("home",)) is None
    bought = Rule(id="a", kind="signal", when=When(kind=("ad",), surface=("home",)))
    assert kind_elsewhere(bought, known) is None


def test_conditions_cover_others() -> None:
    """Fewer conditions, or more values for one, cover more."""
    assert covers(When(), When(gpc=True))
    assert covers(When(gpc=True), When(gpc=True, kind=("ad",)))
    assert covers(When(kind=("ad", "recommendation")), When(kind=("ad",)))
    assert not covers(When(gpc=True), When(gpc=False))
    assert not covers(When(kind=("ad",)), When())
    assert not covers(When(not_=When(gpc=True)), When())


@given(st.integers(1, 10**9))
def test_a_span_is_read_back(seconds: int) -> None:
    """What a message calls a duration is one."""
    text = span(seconds)
    sizes = {"s": 1, "m": 60, "h": HOUR, "d": DAY}
    assert int(text[:-1]) * sizes[text[-1]] == seconds

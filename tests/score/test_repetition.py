"""How much it weighs to be shown the same thing once more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.model import Item, Signal
from guardrail.ruleset import Rule, When
from guardrail.score.kinds.repetition import (
    concern,
    counted,
    stated_interest,
    weight_after,
)

CURVE = ((3, 10.0), (5, 45.0), (10, 75.0))
LIKED = Signal(data="likes", method="declared", party="first")


@pytest.mark.parametrize(
    ("times", "weight"),
    [
        (0, 0),
        (2, 0),
        (2.5, 0),
        (3, 10),
        (4, 27.5),
        (5, 45),
        (7.5, 60),
        (10, 75),
        (11, 75),
        (999, 75),
    ],
)
def test_it_begins_at_three_is_bad_at_five_and_severe_at_ten(times: float, weight: float) -> None:
    """Nothing before the first point, evenly between two, and no more after the last."""
    assert weight_after(CURVE, times) == weight


def test_one_point_is_a_step() -> None:
    """Before it nothing, from there on all of it."""
    assert [weight_after(((4, 30.0),), n) for n in (3, 4, 5)] == [0, 30, 30]


curves = st.dictionaries(
    st.integers(1, 999), st.floats(0, 100, allow_nan=False), min_size=1, max_size=6
).map(lambda points: tuple(zip(sorted(points), sorted(points.values()), strict=True)))


@given(curves, st.floats(0, 2000), st.floats(0, 2000))
def test_a_curve_never_falls_and_never_leaves_its_points(
    curve: tuple[tuple[int, float], ...], fewer: float, more: float
) -> None:
    """Whatever its points: more impressions never weigh less, and none weighs beyond the last."""
    fewer, more = sorted((fewer, more))
    low, high = weight_after(curve, fewer), weight_after(curve, more)
    assert 0 <= low <= high + 1e-9
    assert high <= curve[-1][1] + 1e-9


@pytest.mark.parametrize(
    ("per", "told"),
    [("creative", ("creative", "cr-7")), ("item", ("item", "a")), ("campaign", ("campaign", "c"))],
)
def test_what_is_counted(per: str, told: tuple[str, str]) -> None:
    """The creative, the item or the campaign."""
    item = Item(id="a", creative="cr-7", campaign="c")
    assert counted(Rule("r", "repetition", per=per), item) == told


def test_an_item_without_a_creative_is_its_own() -> None:
    """It never shares a count with a creative that has its name; a missing campaign is unknown."""
    by_creative = Rule("r", "repetition", per="creative")
    assert counted(by_creative, Item(id="a")) == ("item", "a")
    assert counted(by_creative, Item(id="b", creative="a")) == ("creative", "a")
    assert counted(by_creative, Item()) is None
    assert counted(Rule("r", "repetition", per="campaign"), Item(id="a")) is None


@pytest.mark.parametrize(
    ("signal", "stated"),
    [
        (LIKED, True),
        (Signal(data="cart", method="declared"), True),
        (Signal(data="cart", method="observed"), False),
        (Signal(data="age", method="declared"), False),
        (Signal(method="declared"), False),
    ],
)
def test_an_interest_is_stated_when_the_customer_said_what_they_like(
    signal: Signal, stated: bool
) -> None:
    """A declared age says nothing of what somebody likes, and a deed is no statement."""
    assert stated_interest([Signal(data="device", method="observed"), signal]) is stated


def test_the_concern_is_repetition() -> None:
    """So it scores at any depth, and belongs to what annoys."""
    assert concern(When()) == "repetition"

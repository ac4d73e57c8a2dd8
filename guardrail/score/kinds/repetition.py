"""`repetition`: how much it weighs to be shown the same thing once more.

At scoring time it objects to nothing: how often something was shown is known of the customer and
not of the item. `guardrail.decide.repeated` asks for it and weighs it by the rule's curve.

1,600 people found an ad annoying at five times and were angry at ten (InSkin and RAPP 2014). Once
interest was shown, people put up with about twice as many (Todri et al. 2020), so each impression
then counts half.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from guardrail.model import Item, Signal
from guardrail.ruleset import Rule, When

INTEREST_SHARE = 0.5
OF_INTERESTS = frozenset(
    {
        "browsing_history",
        "cart",
        "current_item",
        "likes",
        "other",
        "profile",
        "search_history",
        "watch_history",
    }
)
"""Data by which somebody can say what they like; a declared age or name says nothing of that."""


def concern(_: When) -> str:
    """Always ``repetition``."""
    return "repetition"


def counted(rule: Rule, item: Item) -> tuple[str, str] | None:
    """What is counted of an item, as scope and value; None where it lacks the fact.

    An item that names no creative is its own; another creative has a count of its own.
    """
    if rule.per == "campaign":
        return None if item.campaign is None else ("campaign", item.campaign)
    if rule.per == "creative" and item.creative is not None:
        return "creative", item.creative
    return None if item.id is None else ("item", item.id)


def stated_interest(signals: Iterable[Signal]) -> bool:
    """Whether the customer said that they like something, and it was used."""
    return any(s.method == "declared" and s.data in OF_INTERESTS for s in signals)


def weight_after(curve: tuple[tuple[int, float], ...], times: float) -> float:
    """The weight (0-100) after so many impressions: 0 before the curve's first point, linear
    between two, and the last one's from there on. ``curve`` ascends in its counts.
    """
    after = bisect_right(curve, times, key=lambda point: point[0])
    if after == 0:
        return 0.0
    (begin, low) = curve[after - 1]
    if after == len(curve):
        return low
    end, high = curve[after]
    return low + (high - low) * (times - begin) / (end - begin)

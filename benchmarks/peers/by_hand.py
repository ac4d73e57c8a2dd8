"""What somebody would write who needs these twenty rules and no more: a function over dicts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import orjson

from benchmarks.peers.common import Scored, composed

_NOSY = re.compile(r"\b(?:we noticed|we saw you|we know that you|we have been watching)\b", re.I)
_DEPTHS = {"declared": 1, "observed": 2, "inferred": 3, "modeled": 4}
_SOURCES = {
    "message_content": ("source-messages", 82.8),
    "chat": ("source-messages", 82.8),
    "voice": ("source-messages", 82.8),
    "location_history": ("source-place", 60.0),
    "precise_location": ("source-place", 60.0),
    "search_history": ("source-search", 50.0),
    "browsing_history": ("source-browsing", 55.0),
    "watch_history": ("source-browsing", 55.0),
    "purchase_history": ("source-purchase", 45.0),
    "cart": ("source-purchase", 45.0),
    "likes": ("source-profile", 40.0),
    "profile": ("source-profile", 40.0),
    "age": ("source-profile", 40.0),
    "gender": ("source-profile", 40.0),
}
_SUBJECTS = {"health": 57.0, "money": 52.0, "belief": 55.0, "vice": 40.0}
_AT_WORK = frozenset({"work", "private_message"})
_GUESSED = frozenset({"inferred", "modeled"})
_ORDER = (
    *(f"subject-{one}" for one in _SUBJECTS),
    *dict.fromkeys(name for name, _ in _SOURCES.values()),
)


def nosy(text: str | None) -> bool:
    """Whether a text says that somebody was watched."""
    return text is not None and _NOSY.search(text) is not None


class ByHand:
    """``remembering``: texts that were looked through are remembered, which few would add."""

    def __init__(self, *, remembering: bool = False) -> None:
        self.name = "a hand-written function" + (", texts remembered" if remembering else "")
        self.best_form = "over the dicts of orjson"
        self._nosy: Callable[[str | None], bool] = nosy
        if remembering:
            self._nosy = lru_cache(maxsize=20_000)(nosy)

    def prepare(self, body: bytes) -> Any:
        """The items as dicts."""
        return orjson.loads(body)["items"]

    def judge(self, given: Any) -> Sequence[Scored]:
        """Every item."""
        return [self._one(item) for item in given]

    # One long function, as such things are when they are written for speed.
    def _one(self, item: dict[str, Any]) -> Scored:  # noqa: C901, PLR0912, PLR0915
        signals = item.get("signals") or ()
        categories = set(item.get("categories") or ())
        depth = 0
        parties = set()
        sources: dict[str, float] = {}
        guessed = at_work = belief_from_third = False
        for signal in signals:
            data, method, party = signal.get("data"), signal.get("method"), signal.get("party")
            category = signal.get("category")
            if category:
                categories.add(category)
            parties.add(party)
            if data in _SOURCES:
                name, weight = _SOURCES[data]
                sources[name] = weight
            if not (data == "current_item" and method not in _GUESSED):
                depth = max(depth, _DEPTHS.get(method, 0))
            guessed = guessed or (party == "third" and method in _GUESSED)
            at_work = at_work or signal.get("context") in _AT_WORK
        subjects = {category.partition(".")[0] for category in categories} & _SUBJECTS.keys()
        belief_from_third = "belief" in subjects and "third" in parties

        rules: list[str] = []
        weights: list[float] = []
        if depth > 0:
            named = {f"subject-{one}": _SUBJECTS[one] for one in subjects} | sources
            rules = [name for name in _ORDER if name in named]
            if subjects:
                weights.append(max(_SUBJECTS[one] for one in subjects))
            if sources:
                weights.append(max(sources.values()))
            flow = 0.0
            if "third" in parties:
                rules.append("flow-third")
                flow = 62.0
            if "second" in parties:
                rules.append("flow-second")
                flow = max(flow, 45.0)
            if guessed:
                rules.append("flow-guess")
                flow = max(flow, 65.0)
            if belief_from_third:
                flow = max(flow, 90.0)
            if flow:
                weights.append(flow)
            if depth >= 3:
                rules.append("depth-inferred")
                if depth >= 4:
                    rules.append("depth-modelled")
                weights.append(40.0 if depth >= 4 else 25.0)
            purpose = item.get("purpose", "product")
            if purpose == "commercial_ad":
                rules.append("purpose-ad")
                weights.append(43.3)
            elif purpose == "political_message":
                rules.append("purpose-political")
                weights.append(60.7)
            if at_work:
                rules.append("context-work")
                weights.append(50.0)
        if self._nosy(item.get("title")) or self._nosy(item.get("reason")):
            rules.append("manner-watching")
            weights.append(65.0)
        if belief_from_third:
            rules.append("floor-belief")
        return Scored(composed(weights), tuple(rules))

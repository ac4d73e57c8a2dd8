"""JsonLogic (`panzi-json-logic`): each rule a tree of its own, asked for each item.

`json-logic-qubit` has the same import name, so only one can be installed. There is no
search for words in JsonLogic, so ``in`` looks for phrases in lower-case text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from benchmarks.peers.common import Scored, scored

Rule = Any


def _any(condition: Rule) -> Rule:
    return {"some": [{"var": "signals"}, condition]}


def _is(field: str, *values: str) -> Rule:
    if len(values) == 1:
        return {"==": [{"var": field}, values[0]]}
    return {"in": [{"var": field}, list(values)]}


def _within(field: str, name: str) -> Rule:
    starts = {"==": [{"substr": [{"var": field}, 0, len(name) + 1]}, f"{name}."]}
    return {"or": [_is(field, name), starts]}


def _subject(name: str) -> Rule:
    of_a_signal = {"and": [{"var": "category"}, _within("category", name)]}
    return {"or": [{"some": [{"var": "categories"}, _within("", name)]}, _any(of_a_signal)]}


_GUESSED = _is("method", "inferred", "modeled")
_PHRASES = ("we noticed", "we saw you", "we know that you", "we have been watching")
CONDITIONS: tuple[Rule, ...] = (
    *(_subject(one) for one in ("health", "money", "belief", "vice")),
    _any(_is("data", "message_content", "chat", "voice")),
    _any(_is("data", "location_history", "precise_location")),
    _any(_is("data", "search_history")),
    _any(_is("data", "browsing_history", "watch_history")),
    _any(_is("data", "purchase_history", "cart")),
    _any(_is("data", "likes", "profile", "age", "gender")),
    _any(_is("party", "third")),
    _any(_is("party", "second")),
    _any({"and": [_is("party", "third"), _GUESSED]}),
    _any(_GUESSED),
    _any(_is("method", "modeled")),
    _is("purpose", "commercial_ad"),
    _is("purpose", "political_message"),
    _any(_is("context", "work", "private_message")),
    {"or": [{"in": [one, {"var": where}]} for where in ("title", "reason") for one in _PHRASES]},
    {"and": [_subject("belief"), _any(_is("party", "third"))]},
    _any({"or": [{"!=": [{"var": "data"}, "current_item"]}, _GUESSED]}),
)


class JsonLogicRules:
    """Raises ImportError where panzi-json-logic is not installed."""

    name = "JsonLogic"
    best_form = "a tree for each rule over the decoded item"

    def __init__(self) -> None:
        from json_logic import jsonLogic

        self._ask = jsonLogic

    def prepare(self, body: bytes) -> Any:
        """The items as dicts, with their copy in lower case."""
        items = orjson.loads(body)["items"]
        return [one | {copy: one[copy].lower() for copy in ("title", "reason")} for one in items]

    def judge(self, given: Any) -> Sequence[Scored]:
        """Every item."""
        ask = self._ask
        return [scored(tuple([bool(ask(rule, item)) for rule in CONDITIONS])) for item in given]

"""CEL by Google's own C++ engine (`cel-expr-python`): one compiled expression, asked once a body.

Of the CEL engines for Python it is the one by the language's authors; `cel-python` is written in
Python. Its `matches` compiles the pattern at each call, so phrases are looked for in lower-case
text, by `contains`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from benchmarks.peers.common import Scored, scored


def _within(what: str, name: str) -> str:
    return f"{what} == '{name}' || {what}.startsWith('{name}.')"


def _subject(name: str) -> str:
    said = f"has(s.category) && ({_within('s.category', name)})"
    return f"i.categories.exists(c, {_within('c', name)}) || i.signals.exists(s, {said})"


def _any(condition: str) -> str:
    return f"i.signals.exists(s, {condition})"


_PHRASES = ("we noticed", "we saw you", "we know that you", "we have been watching")
_NOSY = " || ".join(
    f"i.{text}.contains('{one}')" for text in ("title", "reason") for one in _PHRASES
)
_STRANGERS = "s.party == 'third'"
CONDITIONS = (
    *(_subject(one) for one in ("health", "money", "belief", "vice")),
    _any("s.data in ['message_content', 'chat', 'voice']"),
    _any("s.data in ['location_history', 'precise_location']"),
    _any("s.data == 'search_history'"),
    _any("s.data in ['browsing_history', 'watch_history']"),
    _any("s.data in ['purchase_history', 'cart']"),
    _any("s.data in ['likes', 'profile', 'age', 'gender']"),
    _any(_STRANGERS),
    _any("s.party == 'second'"),
    _any("s.party == 'third' && s.method in ['inferred', 'modeled']"),
    _any("s.method in ['inferred', 'modeled']"),
    _any("s.method == 'modeled'"),
    "has(i.purpose) && i.purpose == 'commercial_ad'",
    "has(i.purpose) && i.purpose == 'political_message'",
    _any("has(s.context) && s.context in ['work', 'private_message']"),
    _NOSY,
    f"({_subject('belief')}) && {_any(_STRANGERS)}",
    _any("s.data != 'current_item' || s.method in ['inferred', 'modeled']"),
)


class GoogleCel:
    """Raises ImportError where cel-expr-python is not installed."""

    name = "CEL (Google, C++)"
    best_form = "one compiled expression over the decoded body"

    def __init__(self) -> None:
        from cel_expr_python import cel

        listed = ", ".join(f"({one})" for one in CONDITIONS)
        environment = cel.NewEnv(variables={"items": cel.Type.DYN})
        self._expression = environment.compile(f"items.map(i, [{listed}])")

    def prepare(self, body: bytes) -> Any:
        """The body as dicts, with its copy in lower case."""
        items = orjson.loads(body)["items"]
        lowered = [one | {copy: one[copy].lower() for copy in ("title", "reason")} for one in items]
        return {"items": lowered}

    def judge(self, given: Any) -> Sequence[Scored]:
        """Every item."""
        held = self._expression.eval(data=given).plain_value()
        return [scored(tuple(one)) for one in held]

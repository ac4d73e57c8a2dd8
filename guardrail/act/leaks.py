"""Where a text tells a third party why somebody was chosen: query parameters and macros.

Only links and markup are looked at. A *query* goes from a ``?`` to what can't stand in a link
(white space, a quote, an angle bracket, a closing bracket that was not opened) or to the ``#`` of
a fragment. Parameters stand between ``&``, which markup writes ``&amp;`` and a script ``\\u0026``,
or ``;``, in the query, in the path, and in a link that is percent-encoded in the query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from guardrail.act.leaks_query import CASELESS, Parameters, within
from guardrail.act.leaks_raw import Filter
from guardrail.act.once import Once
from guardrail.ruleset import Leaks

_LINK_OR_MARKUP = re.compile(r"\A/|://|src=|href=", CASELESS)


class Found(NamedTuple):
    """What is to be cut out of a text: spans that don't touch, in order, and the names of it all.

    A name is as the rule file has it, and stands there once for each time that it was found.
    """

    spans: Sequence[tuple[int, int]]
    names: Sequence[str]


NOTHING = Found((), ())


class Search:
    """Looks for the leaks of one rule set."""

    def __init__(self, leaks: Leaks) -> None:
        self._parameters = Parameters(leaks.parameters) if leaks.parameters else None
        self._macros = [(name, *name.partition("*")[::2]) for name in leaks.macros]
        keys = self._parameters
        self.filter = Filter(
            [*keys.exact] if keys else (),
            [*keys.begins] if keys else (),
            [begin for _, begin, _ in self._macros],
        )
        """Finds what may be one of them in JSON bytes."""

    def find(self, text: str) -> Found:
        """The leaks in a text."""
        if _LINK_OR_MARKUP.search(text) is None:
            return NOTHING
        found = [] if self._parameters is None else sorted(self._parameters.find(text))
        names = [name for _, _, inside in found for name in inside]
        cut = [(start, end) for start, end, _ in found]
        spans = [*cut]
        for start, end, name in self._find_macros(text):
            # What stands in a parameter goes with it.
            if not within(start, cut) or not within(end - 1, cut):
                spans.append((start, end))
                names.append(name)
        return Found(_joined(spans), names) if spans else NOTHING

    def _find_macros(self, text: str) -> Iterator[tuple[int, int, str]]:
        for name, begin, close in self._macros:
            start = text.find(begin)
            while start >= 0:
                inner = start + len(begin)
                end = text.find(close, inner)
                if end < 0:
                    break
                yield start, end + len(close), name
                start = text.find(begin, end + len(close))


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


search_for = Once(lru_cache(maxsize=64)(Search))
"""The search for these leaks, made once."""

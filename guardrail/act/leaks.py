"""Where a text tells a third party why somebody was chosen: query parameters and macros.

Only links and markup are looked at. A *query* goes from a ``?`` to what can't stand in a link
(white space, a quote, an angle bracket, a closing bracket that was not opened) or to the ``#`` of
a fragment. Parameters stand between ``&``, which markup writes ``&amp;`` and a script ``\\u0026``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from guardrail.ruleset import Leaks

_CASELESS = re.ASCII | re.IGNORECASE
_LINK_OR_MARKUP = re.compile(r"\A/|://|src=|href=", _CASELESS)

# An ampersand begins a parameter, unless it begins another character as markup writes it.
_AND = r"(?:&(?:amp;|#38;|#x26;|(?!(?:[a-z][a-z0-9]*|#[0-9]+|#x[0-9a-f]+);))|\\u0026)"
_PLAIN = r"[^\x00-\x20\x7f\"'<>`\\#&()]++"
_UNIT = rf"(?:{_PLAIN}|{_AND}|\((?:{_PLAIN}|{_AND})*+\))"
_FRAGMENT = rf"#(?:{_UNIT}|#)*+"
_QUERY = re.compile(rf"(?<!&){_FRAGMENT}|(\?{_UNIT}*+)(?:{_FRAGMENT})?", _CASELESS)

# Escapes of characters that names of leaks have; encoders write only others of their own accord.
_HIDING = re.compile(rb"\\u00(?!22|26|27|2[bBfF]|3[cCeE]|5[cC]|60|7[fF])[2-7]")


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
        self.anything = bool(leaks.parameters or leaks.macros)
        """Whether there is anything to look for."""
        self._parameters = _Parameters(leaks.parameters) if leaks.parameters else None
        self._macros = [(name, *name.partition("*")[::2]) for name in leaks.macros]
        begins: dict[bytes, list[bytes]] = {}
        for _, begin, _ in self._macros:
            begins.setdefault(begin[:1].encode(), []).append(re.escape(begin.encode()))
        # A byte that is not there is missed at once, an expression takes its time.
        self._raw = [(first, re.compile(b"|".join(many))) for first, many in begins.items()]
        if self._parameters is not None:
            self._raw.append((b"?", self._parameters.raw))

    def may_be_in(self, raw: bytes) -> bool:
        """Whether JSON may hold a leak; where it says no there is none, however it is written."""
        for first, pattern in self._raw:
            if first in raw and pattern.search(raw) is not None:
                return True
        return self._may_hide(raw)

    def places_in(self, raw: bytes) -> list[int] | None:
        """A position inside each JSON text that may hold a leak, ascending; None: all may."""
        if self._may_hide(raw):
            return None
        patterns = (pattern for first, pattern in self._raw if first in raw)
        return sorted(found.end() - 1 for one in patterns for found in one.finditer(raw))

    def _may_hide(self, raw: bytes) -> bool:
        return self.anything and b"\\" in raw and _HIDING.search(raw) is not None

    def find(self, text: str) -> Found:
        """The leaks in a text."""
        if _LINK_OR_MARKUP.search(text) is None:
            return NOTHING
        found = [] if self._parameters is None else list(self._parameters.find(text))
        names = [name for _, _, inside in found for name in inside]
        spans = [(start, end) for start, end, _ in found]
        for start, end, name in self._find_macros(text):
            # What stands in a parameter goes with it.
            before = bisect_right(found, start, key=itemgetter(0))
            if not before or found[before - 1][1] < end:
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


class _Parameters:
    """Query parameters by their keys: in any case, and ``*`` at the end is any ending."""

    def __init__(self, names: Sequence[str]) -> None:
        self._exact = {name.lower(): name for name in names if not name.endswith("*")}
        self._begins = {name[:-1].lower(): name for name in names if name.endswith("*")}
        key = "|".join(
            [*map(re.escape, self._exact), *(rf"{re.escape(b)}[^=&\\?]*+" for b in self._begins)]
        )
        one = rf"(?:{key})(?:=[^&\\]*+)?(?=[&\\]|\Z)"
        self._cut = re.compile(
            rf"\?(?:{one})(?:{_AND}{one})*+(?P<rest>{_AND})?|(?:{_AND}{one})+", _CASELESS
        )
        self._key = re.compile(rf"(?:\?|{_AND})({key})(?=[=&\\]|\Z)", _CASELESS)
        self.raw = _raw(self._exact, self._begins)
        """Finds what may be one of them in JSON."""

    def find(self, text: str) -> Iterator[tuple[int, int, list[str]]]:
        """Each run of them with one ampersand, or the ``?`` where nothing is left of a query."""
        for query in _QUERY.finditer(text):
            start, end = query.span(1)
            for cut in self._cut.finditer(text, start, end) if start >= 0 else ():
                first = cut.start() + (1 if cut["rest"] else 0)
                found = self._key.finditer(text, cut.start(), cut.end())
                yield first, cut.end(), [self._name(key[1].lower()) for key in found]

    def _name(self, key: str) -> str:
        begins = (name for begin, name in self._begins.items() if key.startswith(begin))
        return self._exact.get(key) or next(begins)


def _raw(exact: Mapping[str, str], begins: Mapping[str, str]) -> re.Pattern[bytes]:
    """Finds one of the keys in a query as JSON holds it.

    Before a key stands a ``?``, ``&``, ``&amp;`` or ``\\u0026``. Keys are sorted by their first
    letter because sets of characters are told apart quickly, letters in any case are not.
    """
    rests: dict[str, list[str]] = {}
    for name in exact:
        rests.setdefault(name[0], []).append(re.escape(name[1:]) + "(?![A-Za-z0-9_-])")
    for name in begins:
        rests.setdefault(name[0], []).append(re.escape(name[1:]))
    firsts = {first: f"[{re.escape(first + first.upper())}]" for first in rests}
    either = "|".join(f"{firsts[one]}(?i:{'|'.join(many)})" for one, many in rests.items())
    ahead = "".join(firsts[one][1:-1] for one in rests)
    return re.compile(rf'\?(?:[^"?&;6]*+[&;6])*?(?=[{ahead}])(?:{either})'.encode())


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


@lru_cache(maxsize=64)
def search_for(leaks: Leaks) -> Search:
    """The search for these leaks, made once."""
    return Search(leaks)

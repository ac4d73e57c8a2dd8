"""Parameters in a link: in its query, in its path, and in a link that is a value of its query.

A link in a value stands there percent-encoded, and one in that twice. So there are *levels*: 0
is the text itself, 1 writes ``&`` as ``%26`` and 2 as ``%2526``. Within a level parameters are
told apart by ``&`` or ``;``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import itemgetter
from urllib.parse import quote, unquote

# Only single characters are matched possessively: groups were not, rightly, before Python 3.11.5.
CASELESS = re.ASCII | re.IGNORECASE
LEVELS = (0, 1, 2)

# An ampersand begins a parameter, unless it begins another character as markup writes it.
_AND = r"(?:&(?:amp;|#38;|#x26;|(?!(?:[a-z][a-z0-9]*|#[0-9]+|#x[0-9a-f]+);))|\\u0026)"
_PLAIN = r"[^\x00-\x20\x7f\"'<>`\\#&()]++"
_UNIT = rf"(?:{_PLAIN}|{_AND}|\((?:{_PLAIN}|{_AND})*\))"
_FRAGMENT = rf"#(?:{_UNIT}|#)*"
_QUERY = re.compile(rf"(?<!&){_FRAGMENT}|(\?{_UNIT}*)(?:{_FRAGMENT})?", CASELESS)
_PATH = re.compile(r"(?:\A|(?<=[\s\"'=(,:;>]))/[^\x00-\x20\x7f\"'<>`\\?#&()]*+")


def encoded(name: str, level: int) -> str:
    """A name as a link of that level has it."""
    return encoded(quote(name, safe=""), level - 1) if level else name


class Parameters:
    """Parameters by their keys: in any case, and ``*`` at the end is any ending."""

    def __init__(self, names: Sequence[str]) -> None:
        self.exact = {name.lower(): name for name in names if not name.endswith("*")}
        self.begins = {name[:-1].lower(): name for name in names if name.endswith("*")}
        self._levels = [_level(level, self._key(level)) for level in LEVELS]
        self._matrix = re.compile(rf";({self._key(0)})=[^;/]*+", CASELESS)

    def find(self, text: str) -> Iterator[tuple[int, int, list[str]]]:
        """Where they stand, and their names; the spans of one level ascend.

        With each goes what joined it to the others, and the ``?`` where nothing is left of a query.
        What stands in another one goes with that.
        """
        levels = self._levels if "%" in text else self._levels[:1]
        queries = [query.span(1) for query in _QUERY.finditer(text)]
        queries = [(start, end) for start, end in queries if start >= 0]
        for start, end in queries:
            gone: list[tuple[int, int]] = []
            for cut, key in levels:
                here: list[tuple[int, int]] = []
                for found in cut.finditer(text, start, end):
                    first = found.start() + (len(found["begin"] or "") if found["rest"] else 0)
                    if not within(first, gone):
                        keys = key.finditer(text, found.start(), found.end())
                        here.append((first, found.end()))
                        yield first, found.end(), [self._name(one[1]) for one in keys]
                gone = sorted(gone + here)
        for path in _PATH.finditer(text) if ";" in text else ():
            for found in self._matrix.finditer(text, *path.span()):
                if not within(found.start(), queries):
                    yield *found.span(), [self._name(found[1])]

    def _key(self, level: int) -> str:
        plain = [re.escape(one) for name in self.exact for one in {name, encoded(name, level)}]
        ending = r"[^=&\\?;]*+" if level == 0 else r"[^=&\\?;%]*+"
        return "|".join([*plain, *(re.escape(begin) + ending for begin in self.begins)])

    def _name(self, key: str) -> str:
        for _ in LEVELS:
            key = key if key.lower() in self.exact else unquote(key)
        key = key.lower()
        begins = (name for begin, name in self.begins.items() if key.startswith(begin))
        return self.exact.get(key) or next(begins)


def within(place: int, spans: Sequence[tuple[int, ...]]) -> bool:
    """Whether a place is in one of these spans, which ascend."""
    before = bisect_right(spans, place, key=itemgetter(0))
    return before > 0 and place < spans[before - 1][1]


def _level(level: int, key: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Finds a run of them to cut (``begin``: what a query begins with), and each key in a run."""
    if level == 0:
        begin, ampersand, semicolon, equals = r"\?", _AND, ";", "="
        value = r"[^&\\;]*+(?:;(?![^=&;\\]+=)[^&\\;]*+)*"
        short = r"[^&\\;/?]*+"
        one = rf"(?:{key})(?:={value})?(?=[&\\;]|\Z)"
    else:
        sign = "%" + "25" * (level - 1)
        # A value that is a query without a link begins it by its ``=``.
        above = "=" if level == 1 else "%" + "25" * (level - 2) + "3D"
        begin = rf"{sign}3F|(?<={above})(?=[^&;=%]++(?:%(?:25)*5[BD])*{sign}3D)"
        ampersand = rf"{sign}26(?:amp{sign}3B)?"
        semicolon, equals = rf"{sign}3B", rf"(?:=|{sign}3D)"
        ends = "|".join(rf"%{'25' * lower}(?:26|23)" for lower in range(level))
        another = rf"{semicolon}(?=[^&;=%]+{equals})"
        value = rf"(?:(?!{ends}|{another})[^&;\\])*"
        short = rf"(?:(?!{ends}|{semicolon}|{sign}3F|{sign}2F)[^&;\\])*"
        one = rf"(?:{key}){equals}{value}"
    # A semicolon joins parameters of a path, too, and those end before its next part.
    run = rf"(?:{ampersand}{one}|{semicolon}(?:{key}){equals}{short}|{semicolon}(?:{one}))"
    cut = rf"(?P<begin>{begin})(?:{one}){run}*(?P<rest>{ampersand}|{semicolon})?|{run}+"
    found = rf"(?:{begin}|{ampersand}|{semicolon})({key})(?={equals}|[&\\;]|\Z)"
    return re.compile(cut, CASELESS), re.compile(found, CASELESS)

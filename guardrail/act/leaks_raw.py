"""Whether JSON bytes may hold a leak, told without reading them: the filter before the search.

Each pattern begins with one byte, by which it is found at the speed of memory: a byte that is not
there costs next to nothing. Keys are sorted by their first letter because sets of characters are
told apart quickly, letters in any case are not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

# Escapes of characters that names of leaks have; encoders write only others of their own accord.
_HIDING = re.compile(rb"\\u00(?!22|26|27|2[bBfF]|3[cCeE]|5[cC]|60|7[fF])[2-7]")
# What a key ends with, where it is not any ending.
_END = "(?![A-Za-z0-9_-])"


class Filter:
    """Finds what may be a leak in JSON: a parameter in a link, or the beginning of a macro."""

    def __init__(self, exact: Sequence[str], begins: Sequence[str], macros: Sequence[str]) -> None:
        """``exact`` and ``begins``: keys in small letters, and beginnings of keys. ``macros``:
        the beginnings of macros.
        """
        self._patterns: list[tuple[bytes, re.Pattern[bytes]]] = []
        firsts: dict[str, list[str]] = {}
        for macro in macros:
            firsts.setdefault(macro[:1], []).append(re.escape(macro))
        for first, many in firsts.items():
            self._patterns.append((first.encode(), re.compile("|".join(many).encode())))
        if exact or begins:
            self._patterns += _in_links(exact, begins)
        self.anything = bool(self._patterns)
        """Whether there is anything to look for."""

    def may_be_in(self, raw: bytes) -> bool:
        """Whether there may be a leak; where it says no there is none, however it is written."""
        for first, pattern in self._patterns:
            if first in raw and pattern.search(raw) is not None:
                return True
        return self._may_hide(raw)

    def places_in(self, raw: bytes) -> list[int] | None:
        """A position inside each JSON text that may hold a leak, ascending; None: all may."""
        if self._may_hide(raw):
            return None
        patterns = (pattern for first, pattern in self._patterns if first in raw)
        return sorted(found.end() - 1 for one in patterns for found in one.finditer(raw))

    def _may_hide(self, raw: bytes) -> bool:
        return self.anything and b"\\" in raw and _HIDING.search(raw) is not None


def _in_links(exact: Sequence[str], begins: Sequence[str]) -> list[tuple[bytes, re.Pattern[bytes]]]:
    """Keys behind what joins parameters, as it is or percent-encoded; ``&amp;`` ends in ``;``.

    And behind an ``=`` where one that is percent-encoded follows: a query that is a value.
    """
    nested = [[one, quote(one, safe=""), quote(quote(one, safe=""), safe="")] for one in exact]
    key = _key(exact, begins)
    inner = _key([one.lower() for spellings in nested for one in spellings], begins)
    patterns = [
        ("?", rf"\?{key}"),
        ("&", rf"&{key}"),
        (";", rf";{key}"),
        ("\\", rf"\\u0026{key}"),
        ("%", rf"%(?:26|3[BbDdFf]|25(?:26|3[BbDdFf])){inner}"),
        ("%", rf'={inner}[^"=&;]*?%3[Dd]'),
    ]
    return [(first.encode(), re.compile(pattern.encode())) for first, pattern in patterns]


def _key(exact: Sequence[str], begins: Sequence[str]) -> str:
    """An expression for any of the keys: most others are told apart by their first two letters."""
    words = dict.fromkeys([*((name, _END) for name in exact), *((name, "") for name in begins)])
    rests: dict[str, list[str]] = {}
    seconds: dict[str, str] = {}
    for word, end in words:
        rests.setdefault(word[0], []).append(re.escape(word[1:]) + end)
        seconds[word[0]] = seconds.get(word[0], "") + word[1:2]
    either = "|".join(f"{_any_case(one)}(?i:{'|'.join(many)})" for one, many in rests.items())
    short = {word[0] for word, _ in words if len(word) == 1}
    others = "|".join(
        _any_case(one) + _any_case(next_ones).replace("[", "[^", 1)
        for one, next_ones in seconds.items()
        if one not in short
    )
    ahead = rf"(?={_any_case(''.join(rests))})"
    return rf"{ahead}(?!{others})(?:{either})" if others else rf"{ahead}(?:{either})"


def _any_case(letters: str) -> str:
    return f"[{re.escape(''.join(dict.fromkeys(letters + letters.upper())))}]"

"""Phrases found in copy: whole words, any case, the same answer every time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_REMEMBERED = 20_000


class Hit(NamedTuple):
    """A phrase that was found: what it stands for, and the phrase as it is listed.

    ``hint``: it only hints at what it stands for. ``where``: in the ``reason`` or the name of a
    ``segment``; empty for the title.
    """

    target: str
    phrase: str
    hint: bool = False
    where: str = ""


def words(text: str) -> list[str]:
    """The words of a text, folded to one case; a typographic apostrophe counts as a plain one."""
    return [word.replace("’", "'") for word in _WORD.findall(text.casefold())]


class Phrases:
    """Many phrases looked up at once: by first word, then word by word. Remembers recent texts."""

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        """``phrases``: target -> the phrases that stand for it."""
        self._by_first: dict[str, list[tuple[list[str], Hit]]] = {}
        for target, listed in phrases.items():
            for phrase in listed:
                parts = words(phrase)
                if parts:
                    self._by_first.setdefault(parts[0], []).append((parts, Hit(target, phrase)))
        self._seen: dict[str, tuple[Hit, ...]] = {}

    def find(self, text: str) -> tuple[Hit, ...]:
        """Every hit in the text, in its order, each once."""
        if not self._by_first:
            return ()
        found = self._seen.get(text)
        if found is None:
            found = self._search(words(text))
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[text] = found
        return found

    def _search(self, said: list[str]) -> tuple[Hit, ...]:
        hits: dict[Hit, None] = {}
        for at, word in enumerate(said):
            for parts, hit in self._by_first.get(word, ()):
                if said[at : at + len(parts)] == parts:
                    hits[hit] = None
        return tuple(hits)

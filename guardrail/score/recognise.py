"""Categories recognised in copy: words and their forms, compounds, and what takes them back.

The same text always gives the same answer, and each hit names the word that was found:

- whole words in any case; accents do not matter, nor does a possessive ``'s``;
- the plural of a term's last word is found too (``pregnancy tests``, ``allergies``);
- ``schwanger*`` and ``*itis`` find every word that begins or ends so, for languages that write
  compounds as one word and for the endings of medicine;
- ``alcohol-free``, ``non-religious``, ``ohne Alkohol``, ``alkoholfrei`` are not what they contain;
- inside a phrase of ``unless`` (``christian dior``) no term of that category counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from unicodedata import combining, normalize

from guardrail.ruleset import Category
from guardrail.score.terms import Hit, words

_REMEMBERED = 20_000
SHORTEST_STEM = 3
"""A stem before or after ``*`` has at least so many letters; shorter ones find anything."""

_NOT = frozenset(
    "non not no without never ohne kein keine keinen nicht sans sin senza zonder geen".split()
)
_FREE = frozenset({"free", "frei", "freie", "freier", "freies", "freien", "libre", "vrij"})
_OF = frozenset({"from", "of", "von", "de", "van"})
# "alcohol free beer" takes the alcohol back, "condoms free shipping" takes back nothing.
_GIVEN_AWAY = frozenset(
    "shipping delivery trial trials sample samples gift gifts with returns postage consultation "
    "download downloads app apps ebook guide course courses advice online spins quote quotes "
    "tickets entry session sessions to when of".split()
)
_WITHOUT = ("frei", "los", "vrij", "loos", "less")


def tokens(text: str) -> list[str]:
    """The words of a text without accents and without a possessive ``'s``."""
    if not text.isascii():
        text = "".join(c for c in normalize("NFKD", text) if not combining(c))
    return [word.removesuffix("'s") for word in words(text)]


def plural(word: str) -> str:
    """The usual English plural of a word: tests, crosses, allergies."""
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}s"


class _Term:
    """One listed term of a category, ready to be compared."""

    __slots__ = ("hit", "last", "parts")

    def __init__(self, slug: str, listed: str, *, hint: bool) -> None:
        self.hit = Hit(slug, listed, hint)
        self.parts = tokens(listed)
        self.last = {self.parts[-1], plural(self.parts[-1])} if self.parts else set()

    def stands_at(self, said: Sequence[str], at: int) -> bool:
        end = at + len(self.parts)
        return (
            end <= len(said)
            and said[end - 1] in self.last
            and list(said[at : end - 1]) == self.parts[:-1]
        )


class Recogniser:
    """The terms, hints and exceptions of all categories, looked up at once."""

    def __init__(self, categories: Iterable[Category]) -> None:
        self._by_first: dict[str, list[_Term]] = {}
        self._beginnings: dict[str, list[Hit]] = {}
        self._endings: dict[str, list[Hit]] = {}
        self._unless: dict[str, list[tuple[str, _Term]]] = {}
        for category in categories:
            for listed, hint in ((category.terms, False), (category.hints, True)):
                for phrase in listed:
                    self._list(category.slug, phrase, hint=hint)
            for phrase in category.unless:
                term = _Term(category.slug, phrase, hint=False)
                if term.parts:
                    for first in term.last if len(term.parts) == 1 else term.parts[:1]:
                        self._unless.setdefault(first, []).append((category.slug, term))
        self._stems = sorted({len(s) for s in (*self._beginnings, *self._endings)})
        self._words: dict[str, tuple[Hit, ...]] = {}

    def _list(self, slug: str, phrase: str, *, hint: bool) -> None:
        term = _Term(slug, phrase, hint=hint)
        if len(term.parts) == 1 and "*" in (phrase[0], phrase[-1]):
            index = self._beginnings if phrase[-1] == "*" else self._endings
            if len(term.parts[0]) >= SHORTEST_STEM:
                index.setdefault(term.parts[0], []).append(term.hit)
        elif term.parts:
            for first in term.last if len(term.parts) == 1 else term.parts[:1]:
                self._by_first.setdefault(first, []).append(term)

    def find(self, text: str) -> tuple[Hit, ...]:
        """Every hit in a text, in its order, each once; what says it comes before what hints."""
        said = tokens(text)
        found: dict[Hit, None] = {}
        spared: list[tuple[str, int, int]] | None = None
        for at, word in enumerate(said):
            listed, stemmed = self._by_first.get(word), self._stemmed(word)
            if not listed and not stemmed:
                continue
            spans = [
                (term.hit, at + len(term.parts))
                for term in listed or ()
                if term.stands_at(said, at)
            ]
            spans += [(hit, at + 1) for hit in stemmed]
            for hit, end in spans:
                if hit in found or _taken_back(said, at, end):
                    continue
                if spared is None:
                    spared = self._spared(said)
                if not any(s == hit.target and a <= at and end <= e for s, a, e in spared):
                    found[hit] = None
        return tuple(sorted(found, key=lambda hit: hit.hint))

    def _stemmed(self, word: str) -> tuple[Hit, ...]:
        """Hits of terms with ``*``, each with the word in which the stem was found; remembered,
        for texts have few words that differ.
        """
        known = self._words.get(word)
        if known is None:
            if len(self._words) >= _REMEMBERED:
                self._words.clear()
            known = self._words[word] = self._look_for_stems(word)
        return known

    def _look_for_stems(self, word: str) -> tuple[Hit, ...]:
        found: list[Hit] = []
        for size in self._stems:
            if size > len(word):
                break
            if not word[size:].startswith(_WITHOUT):
                found += [h._replace(phrase=word) for h in self._beginnings.get(word[:size], ())]
            found += [h._replace(phrase=word) for h in self._endings.get(word[-size:], ())]
        return tuple(found)

    def _spared(self, said: Sequence[str]) -> list[tuple[str, int, int]]:
        """Where phrases of ``unless`` stand: category, begin and end."""
        return [
            (slug, at, at + len(term.parts))
            for at, word in enumerate(said)
            for slug, term in self._unless.get(word, ())
            if term.stands_at(said, at)
        ]


def _taken_back(said: Sequence[str], at: int, end: int) -> bool:
    """Whether the words around a term say that it is absent."""
    if at and said[at - 1] in _NOT:
        return True
    if at > 1 and said[at - 1] in _OF and said[at - 2] in _FREE:
        return True
    if end - at > 1 or end >= len(said) or said[end] not in _FREE:
        return False
    return end + 1 >= len(said) or said[end + 1] not in _GIVEN_AWAY

"""Phrases as people write them down, and the patterns that find them.

A phrase is words with spaces between them. ``near|nearby you`` is either word; ``just?`` may be
missing, ``hi,`` has a comma after it, ``hi,?`` may have one; ``dein*`` is any ending; ``*`` alone
is the rest of the clause; ``^`` in front is the beginning of the text; ``=Sie`` is upper and lower
case as written (else any case will do). ``{Name}`` is a word with a capital, ``{name}`` any word,
``{number}`` digits or one of the language's words for a few, ``{time}`` a time of day, ``{price}``
an amount of money.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from guardrail.ruleset import Phrasing

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_TIME = r"\d{1,2}(?:[:.]\d{2})?(?:\s?(?i:am|pm|a\.m\.|p\.m\.|uhr)(?!\w))?"
_PRICE = r"(?:[€$£]\s?)?\d[\d.,]*(?<![.,])(?:\s?(?i:€|eur|euro|usd|gbp)(?!\w))?"
_CLAUSE = r"[^,.;:!?…)]*"
# Between two words of a phrase it is bounded, so that no text takes more than linear time.
_INNER_CLAUSE = r"[^,.;:!?…)]{0,80}?(?<=\s)"
_RUN = re.compile(r"\w+")
PLACEHOLDERS = ("Name", "name", "number", "price", "time")


class PhraseError(ValueError):
    """A phrase that is none; the text says what is wrong with it."""


def pattern_of(phrase: str, table: Phrasing) -> str:
    """A regular expression for one phrase, in a language's ``table``. Raises PhraseError."""
    start, text = ("^", phrase[1:]) if phrase.startswith("^") else ("", phrase)
    parts = text.split()
    if not parts or all(part == "*" or part.endswith("?") for part in parts):
        raise PhraseError("needs a word that has to be there")
    out = ""
    for at, part in enumerate(parts):
        last = at == len(parts) - 1
        if part == "*":
            edge = r"(?!\w)" if out.endswith(r"\s+") else ""
            out = out.removesuffix(r"\s+") + edge + (_CLAUSE if last else _INNER_CLAUSE)
            continue
        word, comma, optional = _ending(part)
        one = _word(word, table) + comma
        gap = "" if last else r"\s+"
        out += f"(?:{one}{gap})?" if optional else one + gap
    return start + r"(?<!\w)" + out + ("" if parts[-1] == "*" else r"(?!\w)")


def any_phrase(phrases: Iterable[str], table: Phrasing) -> re.Pattern[str] | None:
    """One pattern for all the phrases of a language, the first that fits; None for none."""
    listed = [pattern_of(phrase, table) for phrase in phrases]
    return re.compile("|".join(listed)) if listed else None


def runs(text: str) -> frozenset[str]:
    """The runs of letters and digits in a text, folded to one case: ``you've`` gives two."""
    return frozenset(_RUN.findall(text.casefold()))


def triggers(phrases: Iterable[str]) -> frozenset[str] | None:
    """Runs of which a text must have one for any of the phrases to be in it; None = may have none.

    Looking for these costs a tenth of looking for the phrases.
    """
    found: set[str] = set()
    for phrase in phrases:
        needed = [one for one in map(_needed, phrase.removeprefix("^").split()) if one]
        if not needed:
            return None
        # Long words are rare ones, so that few texts are looked at any closer.
        found |= max(reversed(needed), key=lambda one: min(map(len, one)))
    return frozenset(found)


def _needed(part: str) -> set[str] | None:
    """The first runs of a word that has to be there; None where it may be missing or any."""
    word, _, optional = _ending(part)
    if optional or word == "*" or "{" in word:
        return None
    options = [one.removeprefix("=") for one in word.split("|")]
    if any(one.endswith("*") for one in options):
        return None
    return {_RUN.findall(one.casefold())[0] for one in options}


def _ending(part: str) -> tuple[str, str, bool]:
    """The word, the comma after it as a pattern, and whether it may be missing altogether."""
    if part.endswith(",?"):
        return part[:-2], ",?", False
    if part.endswith(","):
        return part[:-1], ",", False
    return part.removesuffix("?"), "", part.endswith("?")


def _word(word: str, table: Phrasing) -> str:
    options = [_option(one, table) for one in word.split("|")]
    return options[0] if len(options) == 1 else f"(?:{'|'.join(options)})"


def _option(one: str, table: Phrasing) -> str:
    found = _PLACEHOLDER.fullmatch(one)
    if found:
        return _placeholder(found[1], table)
    exact, one = one.startswith("="), one.removeprefix("=")
    ending, one = one.endswith("*"), one.removesuffix("*")
    if not one or not re.fullmatch(r"[\w'’.&-]+", one):
        raise PhraseError(
            "has a word with signs in it that mean nothing here; signs with a meaning are "
            "| ? , * ^ = and " + ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        )
    text = re.escape(one).replace("'", "['’]").replace("’]['’]", "’]") + (r"\w*" if ending else "")
    return text if exact else f"(?i:{text})"


def _placeholder(name: str, table: Phrasing) -> str:
    match name:
        case "Name" | "name":
            nobody = "|".join(_option(one, table) for one in table.nobody)
            start = r"[^\W\d_a-zà-öø-ÿ]" if name == "Name" else r"[^\W\d_]"
            return (rf"(?!(?:{nobody})(?!\w))" if nobody else "") + start + r"\w+"
        case "number":
            few = sorted(table.numbers, key=len, reverse=True)
            return r"(?:\d+" + "".join(f"|(?i:{re.escape(one)})" for one in few) + ")"
        case "time":
            return _TIME
        case "price":
            return _PRICE
        case _:
            listed = ", ".join(f"{{{one}}}" for one in PLACEHOLDERS)
            raise PhraseError(f"has {{{name}}}, which is none of {listed}")

"""Words are taken out of copy so that a readable text is left."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from msgspec.structs import replace

from guardrail.model import Item
from guardrail.score.phrasing import SHIPPED, Tongue
from guardrail.score.terms import words
from guardrail.treat.edit import Edit
from guardrail.treat.treated import Treated

_BREAK = re.compile(r"((?<=[.!?…])\s+|\s+[-–—|·]\s+|:\s+)")
_LOOSE_WORDS = "|".join(re.escape(word) for one in SHIPPED.values() for word in one.loose)
_DANGLING = re.compile(rf"(?:^|\s+)(?:{_LOOSE_WORDS})$", re.IGNORECASE)
_LOOSE = " \t\n,;:-–—|·"
_SPACES = re.compile(r"\s+")
_BEFORE_MARK = re.compile(r"\s+([,.;:!?…])")
_DOUBLED = re.compile(r"([,;:])(?:\s*[,;:])+")


def rewritten(
    item: Item, change: Callable[[str], str], of_reason: Callable[[str], str] | None = None
) -> Treated | None:
    """The item with title and reason changed, None where that changes nothing.

    ``of_reason``: how the reason is changed, where it is not as the title.

    A title is never left empty: one of which nothing would remain stays. A reason may go.
    """
    values: dict[str, str] = {}
    gone: tuple[str, ...] = ()
    title, reason = item.title, item.reason
    if title is not None and (new := change(title)) and new != title:
        title = values["title"] = new
    if reason is not None and (new := (of_reason or change)(reason)) != reason:
        if new:
            reason = values["reason"] = new
        else:
            reason, gone = None, ("reason",)
    if not values and not gone:
        return None
    return Treated(replace(item, title=title, reason=reason), Edit(set=values, remove=gone))


def phrase(text: str) -> str:
    """A pattern that finds a phrase as whole words, in any case, with one or more spaces."""
    # Words are compared with ß as ss; in a pattern neither stands for the other.
    parts = [re.escape(word).replace("'", "['’]").replace("ss", "(?:ss|ß)") for word in words(text)]
    return r"(?<!\w)" + r"\W+".join(parts) + r"(?!\w)"


def any_of(phrases: Iterable[str], before: str = "") -> re.Pattern[str] | None:
    """One pattern for all phrases, longest first, each with ``before`` in front; None for none."""
    listed = sorted({p for p in phrases if words(p)}, key=len, reverse=True)
    if not listed:
        return None
    return re.compile(before + "(?:" + "|".join(map(phrase, listed)) + ")", re.IGNORECASE)


def before(tongues: Iterable[Tongue], *, comma: bool = False) -> str:
    """A pattern for the preposition before a name or place, if there is one; else for a comma."""
    listed = "|".join(one.before for one in tongues if one.before)
    preposition = rf"\b(?:{listed})\s+" if listed else "(?!)"
    return rf"(?:,\s*|{preposition})?" if comma else f"(?:{preposition})?"


def without(text: str, patterns: Iterable[re.Pattern[str]]) -> str:
    """The text without what the patterns find: the parts of it that hold none, else what is left
    when the words themselves are cut; possibly nothing.
    """
    patterns = tuple(patterns)
    if not any(p.search(text) for p in patterns):
        return text
    pieces = _BREAK.split(text)
    kept: list[str] = []
    for at in range(0, len(pieces), 2):
        if not any(p.search(pieces[at]) for p in patterns):
            between = pieces[at - 1] if kept else ""
            kept += (between, pieces[at])
    left = "".join(kept)
    if not any(map(str.isalpha, left)) or any(p.search(left) for p in patterns):
        left = text
        for pattern in patterns:
            left = pattern.sub(" ", left)
    return tidy(left, text)


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The text with other names for what it names; ``names``: in lower case -> the new one."""
    found = _any_title(tuple(names))
    if found is None:
        return text
    return found.sub(lambda match: names.get(" ".join(match[0].casefold().split()), match[0]), text)


@lru_cache(maxsize=512)
def _any_title(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """Remembered, because these are words of the rule files and never a customer's."""
    return any_of(names)


def parts_renamed(text: str, names: Mapping[str, str]) -> str:
    """The same where a part of the text is nothing but a name: "Vitamins: new" names no vitamin."""
    pieces = _BREAK.split(text)
    return "".join(names.get(piece.strip(_LOOSE + ".!?").casefold(), piece) for piece in pieces)


def tidy(text: str, original: str) -> str:
    """No doubled spaces or marks, no dangling word at the end, a capital where there was one."""
    out = _SPACES.sub(" ", text)
    out = _BEFORE_MARK.sub(r"\1", out)
    out = _DOUBLED.sub(r"\1", out).strip(_LOOSE)
    out = _DANGLING.sub("", out).strip(_LOOSE)
    if not any(map(str.isalnum, out)):
        return ""
    if original[:1].isupper():
        out = out[:1].upper() + out[1:]
    return out

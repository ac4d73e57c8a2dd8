"""Why an item was chosen, in a sentence and as main parameters.

The Digital Services Act asks for "meaningful information … about the main parameters used to
determine the recipient" (art. 26(1)(d)); OpenRTB carries them as codes in
``ext.dsa.transparency[].dsaparams``. Only the kind of a source and the company that it came
from are told: never a category, a context or a product, for those are the guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from guardrail.model import Signal
from guardrail.say.catalogue import CATALOGUE

PROFILING, BASIC, PRECISE_LOCATION = 1, 2, 3
"""The codes of OpenRTB's DSA transparency extension (IAB Tech Lab)."""
MOST_SOURCES = 3
_DONE_HERE = frozenset(
    "browsing_history search_history purchase_history watch_history likes cart".split()
)
_EXACT = frozenset({"place", "postcode"})


class Why(NamedTuple):
    """``sentence`` for the customer, ``parameters`` the sources in words, ``codes`` the DSA's."""

    sentence: str
    parameters: tuple[str, ...] = ()
    codes: tuple[int, ...] = ()


def why(signals: tuple[Signal, ...] | None, language: str = "en") -> Why:
    """Why an item was chosen. ``signals`` None: the app did not say, and that is what is told.

    A language that is not in the catalogue gets English.
    """
    words = CATALOGUE.get(language, CATALOGUE["en"])
    if signals is None:
        return Why(words["unknown"])
    personal = [s for s in signals if s.depth != 0]
    if not personal:
        return Why(words["nothing"], (), (BASIC,))
    sources = tuple(dict.fromkeys(_source(s, words) for s in personal))[:MOST_SOURCES]
    codes = {PRECISE_LOCATION} if any(map(_is_exact, personal)) else set()
    codes.add(BASIC if all(s.data == "current_item" for s in personal) else PROFILING)
    sentence = words["reason"].format(sources=_joined(sources, words))
    return Why(sentence, sources, tuple(sorted(codes)))


def _is_exact(signal: Signal) -> bool:
    return signal.data == "precise_location" or signal.precision in _EXACT


def _source(signal: Signal, words: Mapping[str, str]) -> str:
    data = signal.data
    if data is not None and data in words:
        source = words[data]
    elif signal.method == "declared":
        source = words["told"]
    else:
        source = words["other" if data in (None, "other") else "guessed"]
    if signal.party in ("second", "third"):
        # "What you bought here" would not be true of what was collected elsewhere.
        source = words["other"] if data in _DONE_HERE else source
        return words["passed_on"].format(source=source)
    return source


def _joined(sources: tuple[str, ...], words: Mapping[str, str]) -> str:
    first, last = ", ".join(sources[:-1]), sources[-1]
    return words["joined"].format(first=first, last=last) if first else last

"""`manner`: copy that shows how much is known: it names the person, a place, or says "we noticed".

`terms` are phrases of the rule; `mentions` looks for the person or a place: the words that the
app gave of this customer, else the usual forms of address ("just for you, Anna", "near you").
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from guardrail.extract.openrtb import ATTRIBUTES
from guardrail.model import Customer, Item, Signal
from guardrail.ruleset import Rule, When
from guardrail.score.kinds.ground import Answer, Objection
from guardrail.score.phrasing import Tongue, runs
from guardrail.score.terms import Hit, words
from guardrail.score.view import View
from guardrail.score.vocabulary import Vocabulary

PERSON = Hit("mentions", "person")
PLACE = Hit("mentions", "place")
_PART = re.compile(r"[^\W_]+")
_ATTRIBUTES = {code: name for name, code in ATTRIBUTES.items()}
_SAID = {PERSON: "names the person", PLACE: "names a place"}


def concern(_: When) -> str:
    """Always ``manner``."""
    return "manner"


def forms(text: str, tongues: Iterable[Tongue]) -> tuple[Hit, ...]:
    """The usual forms in which a text names the person or a place, whoever reads it."""
    said = runs(text)
    listed = [o for o in tongues if o.triggers is None or not o.triggers.isdisjoint(said)]
    hits = []
    if any(one.address.search(text) for one in listed):
        hits.append(PERSON)
    if any(one.places.search(text) for one in listed):
        hits.append(PLACE)
    return tuple(hits)


def own_words(item: Item, customer: Customer) -> tuple[Hit, ...]:
    """Whether the copy of an item has the words that the app gave of this customer."""
    copy = [f" {' '.join(words(text))} " for text in (item.title, item.reason) if text]
    hits = []
    if _any_word(copy, customer.names):
        hits.append(PERSON)
    if _any_word(copy, customer.places):
        hits.append(PLACE)
    return tuple(hits)


def may_name(copy: Iterable[str | None], customer: Customer) -> bool:
    """Whether any of these texts may hold words that the app gave of this customer, so that they
    are worth a closer look.

    It holds wherever `own_words` finds some, and wherever a treatment would find one of their
    places (`guardrail.treat.wording.any_of`).
    """
    wanted = [parts for name in (*customer.names, *customer.places) if (parts := _parts(name))]
    said = _folded("\n".join(filter(None, copy)))
    if not any(parts[0] in said for parts in wanted):
        return False
    spaced = f" {' '.join(_PART.findall(said))} "
    return any(f" {' '.join(parts)} " in spaced for parts in wanted)


def _parts(name: str) -> list[str]:
    return _PART.findall(_folded(name))


def _folded(text: str) -> str:
    """In one case; patterns that ignore case hold the dotted and the dotless i to be the same."""
    return text.casefold().replace("i\u0307", "i").replace("\u0131", "i")


def _any_word(copy: list[str], listed: tuple[str, ...]) -> bool:
    wanted = [f" {' '.join(words(name))} " for name in listed]
    return any(w in text for text in copy for w in wanted if w.strip())


def judge(rule: Rule, view: View, _: Signal, __: Vocabulary) -> Answer:
    """The first phrase or mention found; a rule with neither rests on its conditions alone."""
    for hit in view.hits:
        if hit.target == rule.id:
            return Objection(rule.weight or 0.0, f'says "{hit.phrase}"')
        if hit.target == "mentions" and hit.phrase in rule.mentions:
            return Objection(rule.weight or 0.0, _SAID[hit])
    if rule.terms or rule.mentions:
        return None
    behaves = [code for code in view.item.attr or () if code in (rule.when.attr or ())]
    if behaves:
        named = ", ".join(_ATTRIBUTES.get(code, str(code)) for code in behaves)
        return Objection(rule.weight or 0.0, f"creative attribute {named}")
    return Objection(rule.weight or 0.0, "how it is said")

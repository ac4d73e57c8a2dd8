"""`manner`: copy that shows how much is known: it names the person, a place, or says "we noticed".

`terms` are phrases of the rule; `mentions` looks for the person or a place: the words that the
app gave of this customer, else the usual forms of address ("just for you, Anna", "near you").
"""

from __future__ import annotations

import re

from guardrail.model import Customer, Item, Signal
from guardrail.ruleset import Rule, When
from guardrail.score.kinds.ground import Answer, Objection
from guardrail.score.terms import Hit, words
from guardrail.score.view import View
from guardrail.score.vocabulary import Vocabulary

ADDRESSED = re.compile(
    r"\b(?i:hi|hello|hey|dear|welcome back|good (?:morning|evening)),?\s+[^\W\d_]\w+"
    r"|\b(?i:(?:just|only|picked|chosen|made|selected|reserved) for you|thinking of you|for you)"
    r",\s+[^\W\d_a-z]\w+"
    r"|^[^\W\d_a-z]\w+,\s+(?i:we|you|your|still|here)\b"
)
PLACED = re.compile(
    r"\bnear(?:by)? (?:you|me|your (?:home|house|work|office|place|hotel|gym))\b"
    r"|\b(?:in|around|from) your (?:area|neighbou?rhood|street|town|city|district)\b"
    r"|\byou(?:['’]ve| have)? (?:just |recently )?(?:visited|been (?:at|to|in)|were (?:at|in))\b"
    r"|\b(?:your|the) (?:visit|trip) to\b"
    r"|\baround the corner from you\b",
    re.IGNORECASE,
)
PERSON = Hit("mentions", "person")
PLACE = Hit("mentions", "place")
_SAID = {PERSON: "names the person", PLACE: "names a place"}


def concern(_: When) -> str:
    """Always ``manner``."""
    return "manner"


def forms(text: str) -> tuple[Hit, ...]:
    """The usual forms in which a text names the person or a place, whoever reads it."""
    hits = []
    if ADDRESSED.search(text):
        hits.append(PERSON)
    if PLACED.search(text):
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
    return Objection(rule.weight or 0.0, "how it is said")

"""`coarsen`: less exact. A place becomes a wider one, a moment "recently", a paid price goes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from guardrail.model import Item
from guardrail.treat.means import Means
from guardrail.treat.treated import Treated
from guardrail.treat.wording import any_of, rewritten, tidy

MOST_STEPS = 3
"""Steps from a place to a wider one that are looked at: place, city, region, country."""
_REGION = "in your region"
_YOU = re.compile(r"\byou(?:r|['’]ve|['’]re)?\b", re.IGNORECASE)
_CLOCK = r"(?:,? at \d{1,2}(?:[:.]\d{2})? ?(?:am|pm|a\.m\.|p\.m\.)?)"
_MOMENT = re.compile(
    r"\b(?:only |just )?(?:\d+|an?|a few|one|two|three|some) "
    r"(?:sec(?:ond)?s?|min(?:ute)?s?|hours?|hrs?|days?|weeks?) ago\b"
    rf"|\b(?:yesterday|last night|this morning|earlier today){_CLOCK}?"
    rf"|\btoday{_CLOCK}",
    re.IGNORECASE,
)
_PAID = re.compile(
    r"[\s,;(–-]*\b(?:(?:last time )?you(?: have| last)? paid|you bought (?:it|this) (?:for|at)"
    r"|(?:it )?was) [€$£]? ?\d[\d.,]*(?: ?(?:€|eur|usd|gbp))?"
    r"(?P<when>,? (?:when|the last time) you[^.!?;)]*)?\)?",
    re.IGNORECASE,
)
_NEAR = re.compile(
    r"\bnear(?:by)? (?:you|me|your (?:home|house|work|office|place|hotel|gym))\b"
    r"|\b(?:in|around) your (?:area|neighbou?rhood|street|town|city|district)\b"
    r"|\baround the corner from you\b",
    re.IGNORECASE,
)


def apply(item: Item, means: Means) -> Iterator[Treated]:
    """First the surface's next wider places, one step after the other, then only "your region".

    It knows English forms. What was used stays as exact as it was, and so do its findings.
    """
    wider = {p.casefold(): w for p, w in means.surface.wider_places.items()}
    named = any_of(wider)
    own = any_of(means.customer.places, r"(?:\b(?:in|at|near|around|from)\s+)?")
    seen = {item}
    for step in range(MOST_STEPS + 1):
        last = step == MOST_STEPS

        def change(text: str, step: int = step, last: bool = last) -> str:
            out = _less_exact(text)
            for _ in range(step):
                out = named.sub(lambda m: _wider(m[0], wider), out) if named else out
            if last:
                out = _NEAR.sub(_REGION, out)
                out = own.sub(_REGION, out) if own else out
            return out if out == text else tidy(out, text)

        treated = rewritten(item, change)
        if treated is not None and treated.item not in seen:
            seen.add(treated.item)
            yield treated


def _wider(place: str, wider: Mapping[str, str]) -> str:
    return wider.get(place.casefold(), place)


def _less_exact(text: str) -> str:
    if not _YOU.search(text):
        # A moment or a price is the product's own unless the text speaks of the reader.
        return text
    out = _MOMENT.sub("recently", text)
    return _PAID.sub(lambda m: "" if "you" in m[0].casefold() else m[0], out)

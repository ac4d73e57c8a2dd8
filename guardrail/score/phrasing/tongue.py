"""One language's phrases, compiled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec.structs import asdict

from guardrail.ruleset import Phrasing
from guardrail.score.phrasing.english import ENGLISH
from guardrail.score.phrasing.german import GERMAN
from guardrail.score.phrasing.grammar import any_phrase, triggers

SHIPPED: Mapping[str, Phrasing] = {"en": ENGLISH, "de": GERMAN}
"""The tables that are shipped, by language (ISO 639-1)."""
_NOTHING = re.compile(r"(?!)")


class Tongue(NamedTuple):
    """The patterns of one language; what each finds is said at `Phrasing`.

    ``you`` finds words that speak of the reader. ``paid`` takes the signs around it with it.
    ``triggers``: what a text must have one of to name a person or a place (`triggers`).
    """

    triggers: frozenset[str] | None
    address: re.Pattern[str]
    places: re.Pattern[str]
    intimate: re.Pattern[str]
    you: re.Pattern[str]
    moments: re.Pattern[str]
    recently: str
    paid: re.Pattern[str]
    near: re.Pattern[str]
    region: str
    before: str


def tongues(added: Mapping[str, Phrasing]) -> dict[str, Tongue]:
    """Every language: the shipped tables with what is ``added`` to them, then the new ones."""
    return {
        name: _compiled(merged(SHIPPED.get(name, Phrasing()), added.get(name, Phrasing())))
        for name in (*SHIPPED, *(name for name in added if name not in SHIPPED))
    }


def merged(table: Phrasing, more: Phrasing) -> Phrasing:
    """Both tables; ``recently`` and ``region`` are those of the second where it has them."""
    old, new = asdict(table), asdict(more)
    both: dict[str, Any] = {
        key: (*new[key], *value) if isinstance(value, tuple) else new[key] or value
        for key, value in old.items()
    }
    return Phrasing(**both)


def _compiled(table: Phrasing) -> Tongue:
    def found(key: str) -> re.Pattern[str]:
        return any_phrase(getattr(table, key), table) or _NOTHING

    paid = any_phrase(table.paid, table)
    return Tongue(
        triggers=triggers((*table.address, *table.places)),
        address=found("address"),
        places=found("places"),
        intimate=found("intimate"),
        you=found("you"),
        moments=found("moments") if table.recently else _NOTHING,
        recently=table.recently,
        paid=re.compile(rf"[\s,;(–-]*(?:{paid.pattern})\)?") if paid else _NOTHING,
        near=found("near") if table.region else _NOTHING,
        region=table.region,
        before="|".join(re.escape(word) for word in table.before),
    )

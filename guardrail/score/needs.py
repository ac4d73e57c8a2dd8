"""Which facts of items and signals the rules of a set read at all."""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.extract.brief import Needs
from guardrail.ruleset import Rule, RuleSet, When

_ITEM = ("kind", "purpose", "categories", "signals")
_ITEM_IF_ASKED = ("sponsored", "price_personalised", "advertiser", "campaign")
_COUNTED = {"item": "id", "campaign": "campaign", "advertiser": "advertiser"}
_SIGNAL = ("data", "method", "party", "depth", "via", "context", "category", "precision")
_SIGNAL_IF_ASKED = ("age_seconds", "audience_size")


def needs_of(ruleset: RuleSet) -> Needs:
    """What the rules read; copy (title, reason) and id aside, which are always needed."""
    whens = [when for rule in ruleset.rules for when in whens_of(rule)]
    # Whether something was assumed depends on whether the item says it.
    assumed = {key for surface in ruleset.surfaces.values() for key in surface.assume.keys}

    def asked(names: tuple[str, ...]) -> Iterator[str]:
        return (n for n in names if n in assumed or any(getattr(w, n) is not None for w in whens))

    per = {rule.per for rule in ruleset.rules if rule.kind == "frequency_cap"}
    return Needs(
        item=(*_ITEM, *asked(_ITEM_IF_ASKED)),
        signal=(*_SIGNAL, *asked(_SIGNAL_IF_ASKED)),
        counted=tuple(field for scope, field in _COUNTED.items() if scope in per),
    )


def whens_of(rule: Rule) -> list[When]:
    """A rule's conditions, and those nested in them that must not hold."""
    whens = [rule.when]
    while whens[-1].not_ is not None:
        whens.append(whens[-1].not_)
    return whens

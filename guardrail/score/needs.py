"""Which facts of items and signals the rules of a set read at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from guardrail.extract.brief import Needs
from guardrail.ruleset import Rule, Surface, When

_ITEM = ("kind", "purpose", "categories", "signals")
_ITEM_IF_ASKED = (
    "sponsored",
    "price_personalised",
    "advertiser",
    "advertisers",
    "attr",
    "campaign",
)
_IF_REPEATED = ("purchased",)
_COUNTING = ("frequency_cap", "repetition")
_ASKED_BY = {"advertisers": "advertiser"}
_COUNTED = {
    "item": ("id",),
    "campaign": ("campaign",),
    # One that names no creative is its own.
    "creative": ("id", "creative"),
    "advertiser": ("advertiser", "advertisers"),
}
_SIGNAL = ("data", "method", "party", "depth", "via", "context", "category", "precision")
_SIGNAL_IF_ASKED = ("age_seconds", "audience_size")


def needs_of(rules: Iterable[Rule], surface: Surface) -> Needs:
    """What rules read of items on a surface; copy (title, reason) aside, which always counts."""
    asking = [r for r in rules if r.when.surface is None or surface.name in r.when.surface]
    whens = [when for rule in asking for when in whens_of(rule)]
    # Whether something was assumed depends on whether the item says it.
    campaigns = surface.assume.campaigns.values()
    assumed = {key for one in (surface.assume, *campaigns) for key in one.keys}
    if campaigns:
        assumed.add("campaign")

    def asked(names: tuple[str, ...]) -> Iterator[str]:
        for name in names:
            condition = _ASKED_BY.get(name, name)
            if name in assumed or any(getattr(when, condition) is not None for when in whens):
                yield name

    kinds = {rule.kind for rule in asking}
    per = {rule.per for rule in asking if rule.kind in _COUNTING}
    counted = (field for scope, fields in _COUNTED.items() if scope in per for field in fields)
    return Needs(
        item=(*_ITEM, *asked(_ITEM_IF_ASKED), *(_IF_REPEATED if "repetition" in kinds else ())),
        signal=(*_SIGNAL, *asked(_SIGNAL_IF_ASKED)),
        counted=tuple(dict.fromkeys(counted)),
    )


def whens_of(rule: Rule) -> list[When]:
    """A rule's conditions, and those nested in them that must not hold."""
    whens = [rule.when]
    while whens[-1].not_ is not None:
        whens.append(whens[-1].not_)
    return whens

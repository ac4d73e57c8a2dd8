"""The ad server: campaigns find the person by what others know, or by the page alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from example_app.catalogue import HERE, Item, Signal
from example_app.customers import Person

SLOTS = 6
DAY = 86_400


class Target(msgspec.Struct, frozen=True):
    """Whom a campaign wants; no key at all means everybody who reads the page."""

    segment: str | None = None
    near: str | None = None
    site: str | None = None
    list: str | None = None
    interest: str | None = None


class Campaign(msgspec.Struct, frozen=True):
    """One campaign. ``text`` may hold ``{name}``, ``{place}`` and ``{site}``.

    ``creatives``: the pictures that take turns under the same words.
    """

    id: str
    advertiser: str
    creatives: tuple[str, ...]
    title: str
    text: str
    categories: tuple[str, ...]
    target: Target
    purpose: str = "commercial_ad"


def load_campaigns(path: Path = HERE / "campaigns.json") -> list[Campaign]:
    """Read the campaigns, the best paid first. Raises msgspec.ValidationError on a wrong file."""
    return msgspec.convert(json.loads(path.read_text(encoding="utf-8")), list[Campaign])


def choose_ads(
    person: Person, campaigns: Sequence[Campaign], view: int = 0, slots: int = SLOTS
) -> list[Item]:
    """The ads for one person, in native shape, each with the facts that brought it here.

    ``view``: how many pages the person saw before; each shows the next creative.
    """
    chosen = ((c, signals_for(c.target, person)) for c in campaigns)
    ads = [to_item(c, signals, person, view) for c, signals in chosen if signals is not None]
    return ads[:slots]


def signals_for(target: Target, person: Person) -> list[Signal] | None:
    """The facts by which a target meets the person; ``[]`` for everybody, None for not met."""
    found: Mapping[str, Signal]
    known = person.elsewhere
    if target.segment:
        found = {
            s.name: {
                "data": "third_party_segment",
                "method": "inferred",
                "party": "third",
                "category": s.category,
                "audience_size": s.size,
            }
            for s in known.segments
        }
        return one_of(found, target.segment)
    if target.near:
        found = {
            p.place: {
                "data": "precise_location",
                "method": "observed",
                "party": "third",
                "precision": "place",
                "category": p.category,
                "age_seconds": p.days_ago * DAY,
            }
            for p in known.places
        }
        return one_of(found, target.near)
    if target.site:
        found = {
            v.site: {
                "data": "browsing_history",
                "method": "observed",
                "party": "third",
                "category": v.category,
                "age_seconds": v.days_ago * DAY,
            }
            for v in known.sites
        }
        return one_of(found, target.site)
    if target.list:
        uploaded: Signal = {"data": "uploaded_list", "method": "observed", "party": "second"}
        return one_of(dict.fromkeys(known.lists, uploaded), target.list)
    if target.interest:
        found = {
            name: {"data": "profile", "method": "declared", "party": "first", "category": name}
            for name in person.interests
        }
        return one_of(found, target.interest)
    return []


def one_of(found: Mapping[str, Signal], wanted: str) -> list[Signal] | None:
    """The wanted fact alone, None where the person has no such fact."""
    return [found[wanted]] if wanted in found else None


def to_item(campaign: Campaign, signals: list[Signal], person: Person, view: int) -> Item:
    """The campaign as an ad in native shape, its text made out to the person."""
    target = campaign.target
    creative = campaign.creatives[view % len(campaign.creatives)]
    text = campaign.text.format(name=person.name, place=target.near, site=target.site)
    return {
        "id": f"ad-{creative}",
        "kind": "ad",
        "title": campaign.title,
        "reason": text,
        "categories": list(campaign.categories),
        "signals": signals,
        "purpose": campaign.purpose,
        "advertiser": campaign.advertiser,
        "campaign": campaign.id,
        "creative": creative,
    }

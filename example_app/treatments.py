"""Every treatment at work: goods of the shop, judged each time the page is asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from example_app.adserver import Campaign
from example_app.catalogue import HERE, Catalogue, Item, Signal
from example_app.gone import with_gone
from example_app.sides import Row, rows_of
from guardrail import Guardrail
from guardrail.model import Decision
from guardrail.service import Guard

SURFACE = "show-"
"""What the surfaces of ``rules/treatments.yaml`` begin with; the treatment's name follows."""
WHO: Mapping[str, Any] = {
    "id": "c-treatments",
    "tolerance": "balanced",
    "age_band": "adult",
    "jurisdiction": "US-CA",
    "names": ["Omar"],
}


class Chosen(msgspec.Struct, frozen=True):
    """An item of a sample: a product or a campaign, why it was chosen, and what is said of it."""

    signals: tuple[Signal, ...]
    product: str | None = None
    campaign: str | None = None
    reason: str | None = None


class Sample(msgspec.Struct, frozen=True):
    """A treatment, what it is good for in words, and items that call for it.

    ``customer`` is what differs from `WHO`.
    """

    treatment: str
    title: str
    text: str
    items: tuple[Chosen, ...]
    customer: Mapping[str, Any] = {}


class Shown(msgspec.Struct, frozen=True):
    """A sample that was judged: ``kept`` are the items left, in the order they are seen."""

    sample: Sample
    rows: Sequence[Row]
    kept: Sequence[Item]
    decision: Decision

    @property
    def touched(self) -> Sequence[Row]:
        """The rows that tell of a change."""
        return [row for row in self.rows if row.state not in ("allow", "backfill")]


def load_samples(path: Path = HERE / "treatments.json") -> list[Sample]:
    """The samples, gentlest treatment first. Raises msgspec.ValidationError on a wrong file."""
    return msgspec.convert(json.loads(path.read_text(encoding="utf-8")), list[Sample])


def show(
    sample: Sample, guard: Guardrail, catalogue: Catalogue, campaigns: Sequence[Campaign]
) -> Shown:
    """The sample as the guard leaves it now. Nothing of it counts: nobody was shown anything."""
    items = [_item(one, catalogue, campaigns) for one in sample.items]
    customer, surface = {**WHO, **sample.customer}, SURFACE + sample.treatment
    decision = _decision(guard, items, customer, surface)
    kept = [_readable(item) for item in decision.kept]
    rows = with_gone(rows_of(items, decision, _readable), guard, surface, customer)
    return Shown(sample, rows, kept, decision)


def _decision(
    guard: Guardrail, items: Sequence[Item], customer: Mapping[str, Any], surface: str
) -> Decision:
    inner: Guard = guard.guard
    if inner.mode_of(inner.rules.surface(surface)) == "off":
        return guard.review(items, customer=customer, surface=surface, count=False)
    [decision] = inner.score_stream([(items, customer)], surface=surface)
    return decision


def _item(chosen: Chosen, catalogue: Catalogue, campaigns: Sequence[Campaign]) -> Item:
    if chosen.product is not None:
        item = catalogue.products[chosen.product].to_item(chosen.reason or "", chosen.signals)
    else:
        [campaign] = [c for c in campaigns if c.id == chosen.campaign]
        item = {
            "id": f"ad-{campaign.creatives[0]}",
            "kind": "ad",
            "title": campaign.title,
            "reason": chosen.reason,
            "categories": list(campaign.categories),
            "signals": list(chosen.signals),
            "purpose": campaign.purpose,
            "advertiser": campaign.advertiser,
            "campaign": campaign.id,
            "creative": campaign.creatives[0],
        }
    if chosen.reason is None:
        del item["reason"]
    return item


def _readable(item: Item) -> Item:
    """The item with its reason under the usual key; one surface keeps it under ``why``."""
    return {**item, "reason": item["why"]} if "why" in item else item

"""Another item in an item's place, chosen for the same reasons: what treatments that swap share."""

from __future__ import annotations

from msgspec.structs import replace

from guardrail.model import Item, Signal
from guardrail.treat.edit import Edit
from guardrail.treat.shelf import Offer
from guardrail.treat.treated import Treated

MOST_TRIED = 8
"""Substitutes looked at for one item: bounds the cost where a customer refuses most of the pool."""
BID_KEYS = ("id", "impid", "price")
"""What a bid's substitute takes over, for the auction was held over these (OpenRTB 2.6, 4.2.3)."""


def edit_to(offer: Offer, shape: str) -> Edit:
    """The edit that puts an offer in an item's place."""
    return Edit(replace=offer.json, carry=BID_KEYS if shape.startswith("openrtb") else ())


def as_it_is(offer: Offer, shape: str) -> Treated:
    """The offer with nothing of the item that it stands in for."""
    return Treated(offer.item, edit_to(offer, shape))


def for_the_same_reasons(
    item: Item, signals: tuple[Signal, ...] | None, offer: Offer, shape: str
) -> Treated:
    """The offer as what it is: picked with what the item was picked with.

    Its signals, purpose and payer are the item's, so every finding about them stays.
    """
    shown = replace(
        offer.item,
        kind=offer.item.kind or item.kind,
        signals=signals,
        purpose=item.purpose,
        advertiser=item.advertiser,
        campaign=item.campaign,
        sponsored=item.sponsored,
        purchased=item.purchased,
    )
    return Treated(shown, edit_to(offer, shape))

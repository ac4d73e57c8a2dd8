"""`rotate`: another creative of the same campaign, for the same person and for the same reasons."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from guardrail.model import Item
from guardrail.treat.means import Means
from guardrail.treat.swap import MOST_TRIED, for_the_same_reasons
from guardrail.treat.treated import Treated


def apply(item: Item, means: Means) -> Iterator[Treated]:
    """Each creative of the surface's ``creatives`` that is not this one nor on the page.

    What the advertisement says can change with it, what it was targeted with can't.
    """
    for offer in islice(means.shelf.creatives(item.campaign), MOST_TRIED):
        if item.creative is None or offer.item.creative != item.creative:
            yield for_the_same_reasons(item, means.signals, offer, means.surface.shape)

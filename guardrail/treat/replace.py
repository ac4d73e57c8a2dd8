"""`replace`: a depth-0 substitute from the surface's fallback pool."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from guardrail.model import Item
from guardrail.treat.means import Means
from guardrail.treat.swap import MOST_TRIED, edit_to
from guardrail.treat.treated import Treated


def apply(_: Item, means: Means) -> Iterator[Treated]:
    """Each free substitute in turn, at most `MOST_TRIED`."""
    for offer in islice(means.shelf.offers(), MOST_TRIED):
        yield Treated(offer.item, edit_to(offer, means.surface.shape))

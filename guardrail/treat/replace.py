"""`replace`: a depth-0 substitute from the surface's fallback pool."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from guardrail.model import Item
from guardrail.treat.means import Means
from guardrail.treat.shelf import Offer
from guardrail.treat.swap import MOST_TRIED, as_it_is
from guardrail.treat.treated import Treated


def apply(_: Item, means: Means) -> Iterator[Treated]:
    """Each free substitute in turn, at most `MOST_TRIED`."""
    for offer in islice(means.shelf.offers(), MOST_TRIED):
        yield as_it_is(offer, means.surface.shape)


def among(_item: Item, _means: Means, pool: Sequence[Offer]) -> Sequence[Offer]:
    """Any of them."""
    return pool

"""`dilute`: a neighbour that does not tell the same story, where items tell it together.

Only a `combination` rule uses it (`guardrail.decide.together`): it keeps as much of the set as
tells nothing yet, and gives the places of the rest to something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from guardrail.model import Item
from guardrail.treat.means import Means
from guardrail.treat.shelf import Offer
from guardrail.treat.swap import MOST_TRIED, as_it_is
from guardrail.treat.treated import Treated


def apply(item: Item, means: Means) -> Iterator[Treated]:
    """Free substitutes that share no category with the item, at most `MOST_TRIED`."""
    others = means.shelf.free(among(item, means, means.shelf.pool))
    for offer in islice(others, MOST_TRIED):
        yield as_it_is(offer, means.surface.shape)


def among(item: Item, means: Means, pool: Sequence[Offer]) -> Sequence[Offer]:
    """Those that share no category with the item."""
    story = set(item.categories or ()) | means.labels
    return [offer for offer in pool if story.isdisjoint(offer.item.categories or ())]

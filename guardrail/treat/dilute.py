"""`dilute`: a neighbour that does not tell the same story, where items tell it together.

Only a `combination` rule uses it (`guardrail.decide.together`): it keeps as much of the set as
tells nothing yet, and gives the places of the rest to something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from guardrail.model import Item
from guardrail.treat.means import Means
from guardrail.treat.swap import MOST_TRIED, edit_to
from guardrail.treat.treated import Treated


def apply(item: Item, means: Means) -> Iterator[Treated]:
    """Free substitutes that share no category with the item, at most `MOST_TRIED`."""
    story = set(item.categories or ()) | means.labels
    others = (
        offer for offer in means.shelf.offers() if story.isdisjoint(offer.item.categories or ())
    )
    for offer in islice(others, MOST_TRIED):
        yield Treated(offer.item, edit_to(offer, means.surface.shape))

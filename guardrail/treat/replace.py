"""`replace`: a depth-0 substitute from the surface's fallback pool."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from guardrail.model import Item
from guardrail.treat.edit import Edit
from guardrail.treat.shelf import Shelf
from guardrail.treat.treated import Treated

MOST_TRIED = 8
"""Substitutes looked at for one item: bounds the cost where a customer refuses most of the pool."""


def apply(_: Item, shelf: Shelf) -> Iterator[Treated]:
    """Each free substitute in turn, at most `MOST_TRIED`."""
    for offer in islice(shelf.offers(), MOST_TRIED):
        yield Treated(offer.item, Edit(replace=offer.json))

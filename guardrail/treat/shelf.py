"""What treatments may draw on: depth-0 items that the surface keeps in reserve."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from guardrail.model import Item


class Offer(NamedTuple):
    """An item of the fallback pool: its facts, and its bytes in the surface's own shape."""

    item: Item
    json: bytes


class Shelf:
    """The fallback pool of one response, less what is already on it."""

    def __init__(self, pool: tuple[Offer, ...], shown: Iterator[str | None]) -> None:
        """``shown``: the ids that the app's own response holds, so that nothing appears twice."""
        self._pool = pool
        self._taken = {i for i in shown if i is not None} if pool else set()

    def offers(self) -> Iterator[Offer]:
        """The offers that are still free, in the pool's order."""
        return (offer for offer in self._pool if offer.item.id not in self._taken)

    def take(self, item: Item) -> None:
        """Mark an offer as used."""
        if item.id is not None:
            self._taken.add(item.id)

"""What treatments may draw on: depth-0 items in reserve, and other creatives of a campaign."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from guardrail.model import Item


class Offer(NamedTuple):
    """An item of a pool: its facts, and its bytes in the surface's own shape."""

    item: Item
    json: bytes


Creatives = Mapping[str, tuple[Offer, ...]]
"""By campaign, the creatives that may be shown for it."""


class Shelf:
    """The pools of one response, less what is already on it."""

    def __init__(
        self,
        pool: tuple[Offer, ...],
        shown: Iterable[str | None],
        creatives: Creatives | None = None,
    ) -> None:
        """``shown``: the ids that the app's own response holds, so that nothing appears twice."""
        self._pool = pool
        self._creatives = creatives or {}
        self._taken = {i for i in shown if i is not None} if pool or creatives else set()

    def offers(self) -> Iterator[Offer]:
        """The offers that are still free, in the pool's order."""
        return self._free(self._pool)

    def creatives(self, campaign: str | None) -> Iterator[Offer]:
        """The creatives of a campaign that are not shown yet, in their order."""
        return self._free(self._creatives.get(campaign, ()) if campaign else ())

    def _free(self, offers: tuple[Offer, ...]) -> Iterator[Offer]:
        return (offer for offer in offers if offer.item.id not in self._taken)

    def take(self, item: Item) -> None:
        """Mark an offer as used."""
        if item.id is not None:
            self._taken.add(item.id)

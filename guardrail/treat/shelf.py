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
        """``shown``: the ids that the app's own response holds, so that nothing appears twice.

        They are looked at once something is to come in their place.
        """
        self.pool = pool
        """The offers, those too that are not free."""
        self._creatives = creatives or {}
        self._shown = shown
        self._known: set[str | None] | None = None

    @property
    def taken(self) -> set[str | None]:
        """The ids that are on the response; an offer without an id is always free."""
        if self._known is None:
            self._known = {*self._shown}
            self._known.discard(None)
        return self._known

    def offers(self) -> Iterator[Offer]:
        """The offers that are still free, in the pool's order."""
        return self.free(self.pool)

    def creatives(self, campaign: str | None) -> Iterator[Offer]:
        """The creatives of a campaign that are not shown yet, in their order."""
        return self.free(self._creatives.get(campaign, ()) if campaign else ())

    def free(self, offers: Iterable[Offer]) -> Iterator[Offer]:
        """Those of some offers that are not on the response yet."""
        return (offer for offer in offers if offer.item.id not in self.taken)

    def take(self, item: Item) -> None:
        """Mark an offer as used."""
        if item.id is not None:
            self.taken.add(item.id)

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
        self._pool = pool
        self._creatives = creatives or {}
        self._shown = shown
        self._known: set[str] | None = None
        self.asked = False
        """Whether anything was looked for here, and there was something to look through."""

    @property
    def _taken(self) -> set[str]:
        if self._known is None:
            self._known = {i for i in self._shown if i is not None}
        return self._known

    def offers(self) -> Iterator[Offer]:
        """The offers that are still free, in the pool's order."""
        return self._free(self._pool)

    def creatives(self, campaign: str | None) -> Iterator[Offer]:
        """The creatives of a campaign that are not shown yet, in their order."""
        return self._free(self._creatives.get(campaign, ()) if campaign else ())

    def _free(self, offers: tuple[Offer, ...]) -> Iterator[Offer]:
        if not offers:
            return iter(())
        self.asked = True
        return (offer for offer in offers if offer.item.id not in self._taken)

    def take(self, item: Item) -> None:
        """Mark an offer as used."""
        if item.id is not None:
            self._taken.add(item.id)

"""What a surface assumes of an item that does not say, and what it assumes of its campaign.

What the item says always wins, then what is assumed of its campaign, then what is assumed of the
surface. A campaign's own name is looked up first, then the longest pattern (``co-purchase-*``).
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from guardrail.model import Item
from guardrail.ruleset import Assume

ANY_ENDING = "*"


class _Fact(NamedTuple):
    """One assumed fact: the item's field, and the text that tells where it comes from."""

    field: str
    told: str


class _Assumed(NamedTuple):
    item: Item
    facts: tuple[_Fact, ...]


class Assumptions:
    """The assumptions of one surface."""

    def __init__(self, assume: Assume) -> None:
        self._campaign = assume.item.campaign
        self._surface = _joined(assume, None, Assume())
        self._campaigns = {
            name: _joined(assume, name, one) for name, one in assume.campaigns.items()
        }
        patterns = (name for name in self._campaigns if name.endswith(ANY_ENDING))
        self._patterns = tuple(sorted(patterns, key=len, reverse=True))

    @property
    def every(self) -> tuple[Item, ...]:
        """Everything that may be assumed of an item: by the surface, and by each campaign."""
        return (self._surface.item, *(one.item for one in self._campaigns.values()))

    def of(self, item: Item) -> tuple[Item, tuple[str, ...]]:
        """An item that holds what is assumed of this one, and which facts of it count.

        Those are told as ``signals`` where the surface assumed it, and as
        ``signals (campaign co-purchase-*)`` where a campaign did, by its name in the rule file.
        """
        assumed = self._surface
        if self._campaigns:
            assumed = self._for(item.campaign or self._campaign)
        if not assumed.facts:
            return assumed.item, ()
        counting = (fact.told for fact in assumed.facts if getattr(item, fact.field) is None)
        return assumed.item, tuple(counting)

    def named(self, campaign: str) -> str | None:
        """The campaign or pattern of the rule files that holds for one; None where none does."""
        if campaign in self._campaigns:
            return campaign
        return next((name for name in self._patterns if campaign.startswith(name[:-1])), None)

    def _for(self, campaign: str | None) -> _Assumed:
        name = None if campaign is None else self.named(campaign)
        return self._surface if name is None else self._campaigns[name]


def _joined(surface: Assume, name: str | None, campaign: Assume) -> _Assumed:
    given = {key: getattr(campaign.item, key) for key in campaign.keys}
    facts = tuple(
        _Fact(key, f"{key} (campaign {name})" if key in given else key)
        for key in Item.__struct_fields__
        if key in given or key in surface.keys
    )
    of_surface = {key: getattr(surface.item, key) for key in surface.keys}
    return _Assumed(replace(Item(), **{**of_surface, **given}), facts)

"""Items that all rules see alike are of one sort: what is found of one holds for all of them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Protocol

import msgspec

from guardrail.model import Item, Signal


class Sort(msgspec.Struct, frozen=True, eq=False):
    """What all items of a sort have in common; two of them with the same are the very same one.

    ``item``: one that stands for all of them: rules see it as they see each of the others, but its
    words (of categories, sources, places) need not be theirs; without id and copy. ``title`` and
    ``reason``: what these texts say to rules, None for nothing. ``titled``, ``reasoned``: whether
    there are such texts at all. ``neutral``: the reason is the surface's neutral one already.
    """

    item: Item
    title: Any = None
    reason: Any = None
    titled: bool = False
    reasoned: bool = False
    neutral: bool = False


class Alike(Protocol):
    """What rules can't tell apart."""

    def said(self, text: str) -> Any:
        """What a text says, None for nothing; the very same for texts that say the same."""
        ...

    def signal(self, signal: Signal) -> Signal:
        """The signal that stands for all that no rule can tell from this one."""
        ...

    def together(self, signals: tuple[Signal, ...]) -> Hashable:
        """The same for all sets of such signals that come to the same."""
        ...

    def item(self, item: Item) -> Item:
        """The same for an item's own facts; its signals stay."""
        ...

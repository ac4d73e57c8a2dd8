"""What a treatment may draw on beside the item itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from guardrail.model import Customer, Signal
from guardrail.ruleset import Category, Surface
from guardrail.score.phrasing import Tongue, tongues
from guardrail.treat.shelf import Shelf

SHIPPED_TONGUES = tongues({})
NOBODY = Customer()
NOWHERE = Surface("default")


class Means(NamedTuple):
    """``signals``: those in force (assumed where the item did not say), None = unknown.

    ``labels`` and ``own``: the item's categories as the rule set understands them. ``phrases``:
    what rules objected to in the copy. ``categories``: those of the rule set. ``tongues``: how copy
    gets personal, by language.
    """

    shelf: Shelf
    customer: Customer = NOBODY
    surface: Surface = NOWHERE
    signals: tuple[Signal, ...] | None = ()
    labels: frozenset[str] = frozenset()
    own: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    categories: Mapping[str, Category] = {}
    tongues: Mapping[str, Tongue] = SHIPPED_TONGUES

    def languages(self) -> Iterator[tuple[Tongue, ...]]:
        """The tables to go by: the copy's language alone where it is known, then every one."""
        known = self.tongues.get(self.surface.copy_language or "")
        if known is not None and len(self.tongues) > 1:
            yield (known,)
        yield tuple(self.tongues.values())

"""What a treatment may draw on beside the item itself."""

from __future__ import annotations

from typing import NamedTuple

from guardrail.model import Customer, Signal
from guardrail.ruleset import Surface
from guardrail.treat.shelf import Shelf

NOBODY = Customer()
NOWHERE = Surface("default")


class Means(NamedTuple):
    """``signals``: those in force (assumed where the item did not say), None = unknown.

    ``labels`` and ``own``: the item's categories as the rule set understands them. ``phrases``:
    what rules objected to in the copy.
    """

    shelf: Shelf
    customer: Customer = NOBODY
    surface: Surface = NOWHERE
    signals: tuple[Signal, ...] | None = ()
    labels: frozenset[str] = frozenset()
    own: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()

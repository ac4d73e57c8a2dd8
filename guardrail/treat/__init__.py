"""The treatments, from the gentlest on: one file each, one row each in `TREATMENTS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from guardrail.model import Item
from guardrail.treat import (
    coarsen,
    delay,
    demote,
    depersonalise_copy,
    dilute,
    drop_reason,
    explain,
    generalise,
    replace,
    rotate,
)
from guardrail.treat.means import Means
from guardrail.treat.shelf import Creatives, Offer, Shelf
from guardrail.treat.treated import Treated, joined


class Treatment(NamedTuple):
    """``apply`` gives candidates, best first, none where it can't be done. ``by_name_only``: it
    removes no finding, so it acts only where a rule asks for it by name. ``swaps``: another
    item comes, so there is nothing left of the old one that a second treatment could soften.
    ``words_only``: nothing but title and reason changes.
    """

    apply: Callable[[Item, Means], Iterator[Treated]]
    by_name_only: bool = False
    swaps: bool = False
    words_only: bool = False


TREATMENTS: Mapping[str, Treatment] = {
    "explain": Treatment(explain.apply),
    "drop_reason": Treatment(drop_reason.apply, words_only=True),
    "depersonalise_copy": Treatment(depersonalise_copy.apply, words_only=True),
    "coarsen": Treatment(coarsen.apply, words_only=True),
    "generalise": Treatment(generalise.apply, swaps=True),
    "rotate": Treatment(rotate.apply, swaps=True),
    "demote": Treatment(demote.apply, by_name_only=True),
    "delay": Treatment(delay.apply, by_name_only=True),
    "dilute": Treatment(dilute.apply, by_name_only=True, swaps=True),
    "replace": Treatment(replace.apply, swaps=True),
}

__all__ = [
    "TREATMENTS",
    "Creatives",
    "Means",
    "Offer",
    "Shelf",
    "Treated",
    "Treatment",
    "joined",
]

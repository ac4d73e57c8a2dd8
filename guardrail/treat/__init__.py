"""The treatments, from the gentlest on: one file each, one row each in `TREATMENTS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from guardrail.model import Item
from guardrail.treat import demote, drop_reason, replace
from guardrail.treat.shelf import Offer, Shelf
from guardrail.treat.treated import Treated


class Treatment(NamedTuple):
    """``apply`` gives candidates, best first, none where it can't be done. ``by_name_only``: it
    removes no finding, so it acts only where a rule asks for it by name.
    """

    apply: Callable[[Item, Shelf], Iterator[Treated]]
    by_name_only: bool = False


TREATMENTS: Mapping[str, Treatment] = {
    "drop_reason": Treatment(drop_reason.apply),
    "replace": Treatment(replace.apply),
    "demote": Treatment(demote.apply, by_name_only=True),
}

__all__ = ["TREATMENTS", "Offer", "Shelf", "Treated", "Treatment"]

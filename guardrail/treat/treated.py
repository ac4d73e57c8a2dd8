"""What a treatment gives: the changed item, and the edit that changes the bytes alike."""

from __future__ import annotations

from typing import NamedTuple

from guardrail.model import Item
from guardrail.treat.edit import Edit


class Treated(NamedTuple):
    """``item`` is scored again; ``edit`` is what the response gets.

    ``worth``: points (0-100) that it takes off the score without removing any finding.
    ``held``: the item is not shown now, and comes back by itself.
    """

    item: Item
    edit: Edit
    worth: float = 0.0
    held: bool = False


def joined(first: Treated, second: Treated) -> Treated:
    """Two treatments one after the other; ``second`` was made from the item of ``first``."""
    merged = {k: v for k, v in first.edit.set.items() if k not in second.edit.remove}
    merged |= second.edit.set
    gone = dict.fromkeys((*first.edit.remove, *second.edit.remove))
    edit = Edit(set=merged, remove=tuple(name for name in gone if name not in merged))
    return Treated(second.item, edit, first.worth + second.worth)

"""What happens to each item, told apart from how its bytes are found and put together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress, repeat
from operator import is_not

from guardrail.act.cuts import Cuts
from guardrail.act.hiding import Hiding
from guardrail.act.newcomers import newcomer
from guardrail.act.placed import KEEP, Placed

Action = bytes | bool | tuple[str, ...] | None
"""None: the item stays, without what is hidden. False: it goes. Bytes: they come in its place.
Names of our fields: these go, too.
"""
REMOVABLE = frozenset({"title", "reason"})
"""Fields that stand in every item where the reader of bodies finds them."""


def actions_of(plan: Sequence[Placed], hiding: Hiding, cuts: Cuts) -> list[Action] | None:
    """What happens to each item; None where more happens to one than an action can say.

    Raises ValueError on a replacement that is no JSON object.
    """
    out: list[Action] = [None] * len(plan)
    leaks = []
    for index in compress(range(len(plan)), map(is_not, plan, repeat(KEEP))):
        placed = plan[index]
        if not placed.keep:
            out[index] = False
            continue
        edit = placed.edit
        if edit is None:
            continue
        if edit.set or edit.last or edit.carry:
            return None
        if edit.replace is None:
            if not REMOVABLE.issuperset(edit.remove):
                return None
            out[index] = edit.remove
        elif edit.remove:
            return None
        else:
            found = newcomer(edit.replace, "a replacement", hiding, cuts)
            out[index] = found.raw
            if found.leaks:
                leaks.append(found.leaks)
    for one in leaks:
        cuts.count(one)
    return out

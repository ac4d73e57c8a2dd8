"""What happens to each item, told apart from how its bytes are found and put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from guardrail.act.cuts import Cuts
from guardrail.act.hiding import Hiding
from guardrail.act.newcomers import newcomer
from guardrail.act.placed import Placed

Action = bytes | bool | tuple[str, ...] | None
"""None: the item stays, without what is hidden. False: it goes. Bytes: they come in its place.
Names of our fields: these go, too.
"""
_action: Callable[[Any], Action] = itemgetter(1)
REMOVABLE = frozenset({"title", "reason"})
"""Fields that stand in every item where the reader of bodies finds them."""


def actions_of(plan: Sequence[Placed], hiding: Hiding, cuts: Cuts) -> list[Action] | None:
    """What happens to each item; None where more happens to one than an action can say.

    Raises ValueError on a replacement that is no JSON object.
    """
    known = hiding.actions_with(cuts.search)
    found = [*map(known.get, map(id, plan))]
    if None not in found:
        return [*map(_action, found)]
    out: list[Action] = []
    leaks = []
    for placed in plan:
        edit, same = placed.edit, True
        action: Action = None
        if not placed.keep:
            action = False
        elif edit is not None:
            if edit.set or edit.last or edit.carry:
                return None
            if edit.replace is None:
                if not REMOVABLE.issuperset(edit.remove):
                    return None
                action = edit.remove
            elif edit.remove:
                return None
            else:
                new = newcomer(edit.replace, "a replacement", hiding, cuts)
                action, same = new.raw, not new.leaks
                leaks.append(new.leaks)
        out.append(action)
        if same:
            # It is held, so that its id stays its own.
            known[id(placed)] = placed, action
    for one in leaks:
        cuts.count(one)
    return out

"""What becomes of one item, and what must never be sent whatever becomes of it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from guardrail.extract.paths import field_path
from guardrail.extract.shape import shape_of
from guardrail.ruleset import Surface
from guardrail.treat.edit import Edit


class Placed(msgspec.Struct, frozen=True):
    """Whether an item is kept, and if so with which change (None = as it is).

    ``code``: of a bid that is not kept, why, as OpenRTB counts it.
    """

    keep: bool = True
    edit: Edit | None = None
    code: int = 500


KEEP = Placed()
DROP = Placed(keep=False)


def untouched(plan: Sequence[Placed]) -> bool:
    """Whether every item is kept as it is."""
    return plan.count(KEEP) == len(plan)


def check_plan(plan: Sequence[Placed], items: int) -> None:
    """Raise ValueError unless the plan speaks of every item once."""
    if len(plan) != items:
        raise ValueError(
            f"the plan has {len(plan)} entries for {items} items: give one Placed for each item"
        )


def hidden_paths(surface: Surface) -> tuple[tuple[str, ...], ...]:
    """The paths within an item that never leave the building."""
    strip = tuple(map(field_path, surface.strip))
    signals = () if surface.keep_signals else (shape_of(surface).paths["signals"],)
    return tuple(dict.fromkeys(signals + strip))

"""The answer for an ask, from the caps that object to it."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from guardrail.caps.ledger import GRANTED, Grant

NEVER = 2**62


class Over(NamedTuple):
    """A cap that objects: its place in the ask, whether it is enforced, ms until it permits."""

    place: int
    enforced: bool
    wait: int


_order, _wait = attrgetter("enforced", "wait"), attrgetter("wait")


def grant(objections: Sequence[Over]) -> Grant:
    """The answer for an ask that these caps object to."""
    if not objections:
        return GRANTED
    # Of those that are equal the first.
    binding = max(objections, key=_order)
    longest = max(map(_wait, objections))
    retry = None if longest >= NEVER else max(1, -(-longest // 1000))
    return Grant(not binding.enforced, binding.place, retry)

"""The answer for an ask, from the caps that object to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from guardrail.caps.ledger import Grant

NEVER = 2**62


class Over(NamedTuple):
    """A cap that objects: its place in the ask, whether it is enforced, ms until it permits."""

    place: int
    enforced: bool
    wait: int


def grant(objections: Sequence[Over]) -> Grant:
    """The answer for an ask that these caps object to."""
    if not objections:
        return Grant(True)
    refused = any(o.enforced for o in objections)
    binding = max((o for o in objections if o.enforced == refused), key=lambda o: o.wait)
    longest = max(o.wait for o in objections)
    retry = None if longest >= NEVER else max(1, -(-longest // 1000))
    return Grant(not refused, binding.place, retry)

"""When a cap permits, from the moments at which its counter counted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from guardrail.caps.ledger import Grant
from guardrail.caps.plan import Spec

NEVER = 2**62


class Over(NamedTuple):
    """A cap that objects: its place in the ask, whether it is enforced, ms until it permits."""

    place: int
    enforced: bool
    wait: int


def free_at(spec: Spec, stamps: Sequence[int], now: int) -> int:
    """The moment (ms) from which the cap permits; at most ``now`` when it permits already.

    ``stamps``: when its counter counted, ascending, none after ``now``.
    """
    if spec.limit == 0:
        return NEVER
    free = now
    if spec.limit > 0:
        window = spec.window * 1000
        if len(stamps) - bisect_right(stamps, now - window) >= spec.limit:
            free = stamps[-spec.limit] + window
    if spec.cooldown and stamps:
        free = max(free, stamps[-1] + spec.cooldown * 1000)
    return free


def grant(objections: Sequence[Over]) -> Grant:
    """The answer for an ask that these caps object to."""
    if not objections:
        return Grant(True)
    refused = any(o.enforced for o in objections)
    binding = max((o for o in objections if o.enforced == refused), key=lambda o: o.wait)
    longest = max(o.wait for o in objections)
    retry = None if longest >= NEVER else max(1, -(-longest // 1000))
    return Grant(not refused, binding.place, retry)

"""A batch of asks as numbers: what a ledger needs of each cap, and the form the script reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from guardrail.caps.ledger import CapRequest, Grant

MOST_IMPRESSIONS = 4000
"""A counter keeps so many impressions at most; a cap above acts as one of this limit."""

MOST_COUNTERS = 8192
MOST_HELD = 32_768
"""So many counters, and impressions on all of them, are kept of one customer. Beyond it an item
that a cap concerns is withheld, because it could not be counted. What is only counted may fill a
half of both, and is beyond it not counted. In Redis up to 16 impressions of one response on one
counter are held as one."""

LATEST_MS = 2**42
LONGEST_SECONDS = 2**32


class Moment(int):
    """Milliseconds since the epoch that also know the batch which counted then.

    Two batches of one millisecond are told apart by it, so that giving back one of them twice
    does not give back the other.
    """

    batch: int | None = None


def moment(ms: int, batch: int) -> Moment:
    """A moment of that batch."""
    out = Moment(ms)
    out.batch = batch
    return out


class Spec(NamedTuple):
    """What a cap asks: ``limit`` (-1 = none) in ``window`` seconds, ``cooldown`` between two."""

    limit: int
    window: int
    cooldown: int
    enforced: bool

    @property
    def keep(self) -> int:
        """Seconds for which its counter needs an impression."""
        return max(self.window, self.cooldown)

    @property
    def only_counts(self) -> bool:
        """Whether it never objects."""
        return self.limit < 0 and not self.cooldown


def spec(request: CapRequest) -> Spec:
    """The request's numbers. Raises ValueError for one that no clock or count can have."""
    _, _, limit, window, cooldown, enforced = request
    if (limit or 0) < 0 or not 0 <= window < LONGEST_SECONDS or not 0 <= cooldown < LONGEST_SECONDS:
        raise ValueError(
            f"cap {request.rule!r}: limit {limit}, window {window} s and cooldown {cooldown} s "
            "must be whole numbers from 0 up (durations below 2**32 s)"
        )
    if limit is None or (limit == 0 and cooldown > 0) or (limit > 0 and window == 0):
        return Spec(-1, window, cooldown, enforced)
    return Spec(min(limit, MOST_IMPRESSIONS), window, cooldown, enforced)


def checked_ms(now_ms: int) -> int:
    """The moment itself. Raises ValueError when it is no moment that can be kept."""
    if not 0 <= now_ms < LATEST_MS:
        raise ValueError(f"now_ms {now_ms} is no moment; give whole milliseconds since the epoch")
    return now_ms


class Plan(NamedTuple):
    """A batch for the script: two JSON parts, and the distinct counters in their order.

    ``plain``: no ask names a counter twice.
    """

    body: bytes
    asks: bytes
    counters: tuple[str, ...]
    plain: bool


def plan(asks: Sequence[Sequence[CapRequest]], now_ms: int, count: bool, batch: int) -> Plan:
    """Number the caps of a batch: c for the first cap of counter c, -k for the k-th further one.

    Raises ValueError for a cap that `spec` refuses.
    """
    kinds: dict[tuple[int | None, int, int, bool], int] = {}
    specs: list[tuple[int, int, int, int]] = []
    counters: dict[str, int] = {}
    further: dict[tuple[int, int], int] = {}
    first: list[int] = []
    need: list[int] = []
    numbered: list[list[int]] = []
    plain = True
    for ask in asks:
        numbers: list[int] = []
        for request in ask:
            kind = kinds.get(request[2:])
            if kind is None:
                limit, window, cooldown, enforced = spec(request)
                specs.append((limit, window, cooldown, int(enforced)))
                kind = kinds[request[2:]] = len(specs)
            cap = counters.get(request[1])
            if cap is None:
                first.append(kind)
                need.append(1)
                cap = counters[request[1]] = len(first)
            else:
                need[cap - 1] += 1
                if first[cap - 1] != kind:
                    cap = -further.setdefault((cap, kind), len(further) + 1)
                    plain = False
            numbers.append(cap)
        if len(set(numbers)) < len(numbers):
            plain = False
        numbered.append(numbers)
    if not plain:
        # An ask that names a counter twice counts it once.
        distinct = Counter(cap for numbers in numbered for cap in set(numbers))
        need = [distinct[cap] for cap in counters.values()]
    body = msgspec.json.encode((now_ms, int(count), batch, specs, first, need, list(further)))
    return Plan(body, msgspec.json.encode(numbered), tuple(counters), plain)


def taken_by(
    asks: Sequence[Sequence[CapRequest]], grants: Sequence[Grant], at: Moment
) -> tuple[tuple[str, Moment], ...]:
    """(counter, moment) of every impression that a batch with these grants counts."""
    out: list[tuple[str, Moment]] = []
    for ask, (granted, bound, _) in zip(asks, grants, strict=True):
        if granted:
            names = {r.counter: None for r in ask if bound is None or r.enforced}
            out.extend([(name, at) for name in names])
    return tuple(out)

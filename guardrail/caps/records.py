"""What one counter counted, as the ledger in memory keeps it: a tuple of whole numbers.

First for how long an impression is kept, then each of the impressions, ascending. All are
milliseconds, with room below them for the number of a batch. Python's collector of garbage need not
look at such tuples, and counters that begin alike share one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from guardrail.caps.asked import Terms
from guardrail.caps.judge import NEVER
from guardrail.caps.plan import MOST_IMPRESSIONS, Spec

try:
    from guardrail.caps import counting as compiled
except ImportError:
    compiled = None  # type: ignore[assignment]

BATCH_BITS = 16
Record = tuple[int, ...]


def part(ms: int) -> int:
    """Milliseconds as a record has them."""
    return ms << BATCH_BITS


def ms_of(part_of_it: int) -> int:
    """The milliseconds in a part of a record."""
    return part_of_it >> BATCH_BITS


def since_of(now: int) -> int:
    """What a duration is taken from, to know since when it looks back at ``now`` (ms)."""
    return part(now + 1)


def needed(record: Record, since: int) -> Record | None:
    """What a counter still needs; None for nothing."""
    first = since - record[0]
    if record[1] >= first:
        return record
    place = bisect_left(record, first, 1)
    return record[:1] + record[place:] if place < len(record) else None


def permitted(record: Record | None, specs: Sequence[Spec], now: int) -> int:
    """How many more impressions all of these caps permit at ``now`` (ms) after what is needed."""
    room = NEVER
    for one in specs:
        left = NEVER if one.limit < 0 else one.limit
        if record and one.limit > 0:
            since = since_of(now) - part(one.window * 1000)
            left -= len(record) - bisect_left(record, since, 1)
        if one.cooldown:
            soon = record and record[-1] >= since_of(now) - part(one.cooldown * 1000)
            left = 0 if soon else min(left, 1)
        room = min(room, left)
    return room


def free_at(record: Record | None, now: int, terms: Spec, more: int) -> int:
    """The moment (ms) from which a cap permits; at most ``now`` when it permits already.

    ``more``: so many impressions of now come on top. What lies in the future counts as of now.
    """
    if terms.limit == 0:
        return NEVER
    free = now
    if terms.limit > 0:
        since = since_of(now) - part(terms.window * 1000)
        seen = more + (len(record) - bisect_left(record, since, 1) if record else 0)
        if seen >= terms.limit:
            # So many of those before still count when the first of the others is over.
            earlier = terms.limit - more
            first = min(ms_of(record[-earlier]), now) if record and earlier > 0 else now
            free = first + terms.window * 1000
    if terms.cooldown and (more or record):
        last = min(ms_of(record[-1]), now) if record and not more else now
        free = max(free, last + terms.cooldown * 1000)
    return free


def unsure(held: dict[int, Record], need: dict[str, int], terms: list[Terms]) -> list[str]:
    """The counters that would have more impressions than is sure to be permitted.

    ``held``: records by the hash of their counter. ``need`` and ``terms`` as of `Asked`.
    """
    if compiled is not None:
        return compiled.unsure(held, need, terms)
    records = map(held.get, map(hash, need))
    return [
        name
        for (name, times), one, record in zip(need.items(), terms, records, strict=True)
        if (times if record is None else times + len(record) - 1) > one.sure
    ]


def grown(
    held: dict[int, Record],
    need: dict[str, int],
    terms: list[Terms],
    times: list[int],
    *,
    stamp: int,
    since: int,
) -> Mapping[int, Record]:
    """The records that change when each counter counts so many ``times``, by the same hash.

    ``stamp``: the moment and the batch. ``since``: `since_of` the latest write.
    """
    if compiled is not None:
        return compiled.grown(
            held, need, terms, times, stamp=stamp, since=since, begun=_begun, other=_counted
        )
    names = [*map(hash, need)]
    begun: dict[tuple[int, int], Record] = {}
    found: dict[int, Record] = {}
    for name, n, one, record in zip(names, times, terms, map(held.get, names), strict=True):
        if record is not None:
            new = _counted(record, part(one.keep), stamp, n, since)
            if new is not record:
                found[name] = new
        elif n and one.keep:
            alike = one.keep, n
            if alike not in begun:
                begun[alike] = _begun(part(one.keep), stamp, n)
            found[name] = begun[alike]
    return found


def without(record: Record, at: int, batch: int | None) -> Record:
    """A record less one impression of a moment (ms) and, unless None, of a batch."""
    first = part(at) | (batch or 0)
    place = bisect_left(record, first, 1)
    if place == len(record):
        return record
    if record[place] == first or (batch is None and ms_of(record[place]) == at):
        return record[:place] + record[place + 1 :]
    return record


def _begun(keep: int, stamp: int, times: int) -> Record:
    """A counter that was not held, with so many impressions."""
    return (keep, *[stamp] * min(times, MOST_IMPRESSIONS))


def _counted(record: Record, keep: int, stamp: int, times: int, since: int) -> Record:
    """A counter with so many more; of too many the oldest go. The very same if nothing changes."""
    if not times and keep <= record[0]:
        return record
    left = needed(record, since)
    if left is None:
        return _begun(keep, stamp, times) if times and keep else record
    if keep > left[0]:
        left = (keep, *left[1:])
    place = len(left) if left[-1] <= stamp else bisect_right(left, stamp, 1)
    more = left[:place] + (stamp,) * times + left[place:]
    return more if len(more) <= MOST_IMPRESSIONS + 1 else more[:1] + more[-MOST_IMPRESSIONS:]

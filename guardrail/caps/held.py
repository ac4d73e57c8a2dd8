"""What one customer was shown, as the ledger in memory keeps it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from functools import partial

from guardrail.caps.asked import Asked, Tight
from guardrail.caps.plan import MOST_COUNTERS, MOST_HELD, Moment
from guardrail.caps.records import (
    Record,
    free_at,
    grown,
    ms_of,
    needed,
    part,
    permitted,
    since_of,
    unsure,
    without,
)

_FEW = 256


class Held:
    """One customer's counters, by the process's own keyed hash of their text.

    With a write everything is over for good that is no longer needed then, whichever counter was
    written. It is taken out of a counter that is met again, and of all of them once they may be
    twice as many as are needed: so no call costs more because much is held.
    """

    __slots__ = ("_counters", "_impressions", "_room", "_written")

    def __init__(self) -> None:
        self._counters: dict[int, Record] = {}
        # So many impressions at most: what is taken out meanwhile is counted too.
        self._impressions = 0
        # With more counters than this they are looked through.
        self._room = _FEW
        # The moment of the last write.
        self._written = 0

    def __bool__(self) -> bool:
        """Whether anything is held."""
        return bool(self._counters)

    def count(self, counter: str, window: int, now: int) -> int:
        """Impressions of a counter within the last ``window`` seconds."""
        left = self._left(counter, now)
        if not left or not window:
            return 0
        return len(left) - bisect_left(left, since_of(now) - part(window * 1000), 1)

    def full(self, asked: Asked, now: int) -> dict[str, int]:
        """Of which counters nothing more can be kept, and from when (ms) there may be room."""
        if self._has_room(asked):
            return {}
        self._sweep()
        if self._has_room(asked):
            return {}
        since = since_of(max(now, self._written))
        left = {name: one for name, r in self._counters.items() if (one := needed(r, since))}
        counters, held = len(left), sum(map(len, left.values())) - len(left)
        soonest = min((ms_of(one[0] + one[1]) for one in left.values()), default=now)
        full = {}
        for (name, times), terms in zip(asked.need.items(), asked.terms, strict=True):
            share = 2 if terms.only_counts else 1
            new = hash(name) not in left
            if counters + new > MOST_COUNTERS / share or held + times > MOST_HELD / share:
                full[name] = soonest
            else:
                counters, held = counters + new, held + times
        return full

    def _has_room(self, asked: Asked) -> bool:
        """Whether all of it can be kept in any case."""
        counters = len(self._counters) + len(asked.need)
        impressions = self._impressions + sum(asked.need.values())
        return counters <= MOST_COUNTERS / 2 and impressions <= MOST_HELD / 2

    def tight(self, asked: Asked, full: Mapping[str, int], now: int) -> dict[str, Tight]:
        """The counters whose caps may object: to more than they permit, or for want of room."""
        found: dict[str, Tight] = {}
        doubtful = unsure(self._counters, asked.need, asked.terms)
        if doubtful:
            terms = dict(zip(asked.need, asked.terms, strict=True))
            for name in doubtful:
                left = self._left(name, now)
                room = permitted(left, terms[name].specs, now)
                if asked.need[name] > room:
                    found[name] = Tight(partial(free_at, left, now), room)
        for name in full:
            found[name] = Tight(partial(free_at, self._left(name, now), now), 0, full[name])
        return found

    def _left(self, counter: str, now: int) -> Record | None:
        """What is needed of a counter."""
        record = self._counters.get(hash(counter))
        return record and needed(record, since_of(max(now, self._written)))

    def take(
        self, asked: Asked, times: list[int], full: Mapping[str, int], now: int, batch: int
    ) -> None:
        """Count ``times`` impressions of each counter, and keep them for as long as is asked.

        Counters that are ``full`` count nothing; ``batch`` is below 2 ** BATCH_BITS.
        """
        since = since_of(max(now, self._written))
        if now < self._written:
            # The clock was set back: what was over stays so.
            self._sweep()
        if full:
            times = [0 if name in full else n for name, n in zip(asked.need, times, strict=True)]
        stamp = part(now) | batch
        found = grown(self._counters, asked.need, asked.terms, times, stamp=stamp, since=since)
        if found:
            self._counters.update(found)
            self._impressions += sum(times)
            self._written = now
            if len(self._counters) > self._room:
                self._sweep()

    def give_back(self, counter: str, at: int) -> None:
        """Take back one impression of that moment and, where it knows it, of that batch."""
        name = hash(counter)
        record = self._counters.get(name)
        left = record and without(record, at, at.batch if isinstance(at, Moment) else None)
        if left is None or left is record:
            return
        self._impressions -= 1
        if len(left) > 1:
            self._counters[name] = left
        else:
            del self._counters[name]

    def over_at(self, now: int) -> int:
        """When (ms) the last of it is over."""
        records = {*self._counters.values()}
        return max((ms_of(min(one[-1], since_of(now)) + one[0]) for one in records), default=0)

    def _sweep(self) -> None:
        """Take out what is over."""
        since, records = since_of(self._written), self._counters.items()
        self._counters = {name: one for name, r in records if (one := needed(r, since))}
        self._impressions = sum(map(len, self._counters.values())) - len(self._counters)
        self._room = max(_FEW, 2 * len(self._counters))

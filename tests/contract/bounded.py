"""A ledger told word by word, its bounds too, and real ones whose bounds are small."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple
from unittest.mock import patch

from contract.places import Place
from guardrail.caps import CapRequest, Grant, Ledger, RedisLedger, asked, held, plan, records
from guardrail.connection import Script

NEVER = 2**62
Asks = Sequence[Sequence[CapRequest]]


class Bounds(NamedTuple):
    """How much is kept: impressions of one counter, counters of a customer, impressions of all.

    ``packed``: so many impressions of one response on one counter are held as one.
    """

    impressions: int = 4000
    counters: int = 8192
    held: int = 32_768
    packed: int = 1


class Entry(NamedTuple):
    """What one batch counted."""

    ms: int
    batch: int
    times: int


class Kept:
    """One counter: for how long (ms) it keeps an impression, and what it has."""

    def __init__(self, keep: int, entries: list[Entry]) -> None:
        self.keep = keep
        self.entries = entries

    def at(self, now: int) -> Kept:
        return Kept(self.keep, [one for one in self.entries if one.ms > now - self.keep])

    @property
    def moments(self) -> list[int]:
        return [one.ms for one in self.entries for _ in range(one.times)]


class Told:
    """The promise of `Ledger` and the table of bounds in docs/explanation/caps.md, no more."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.kept: dict[str, Kept] = {}
        self.batches = itertools.count()

    def at(self, now: int) -> dict[str, Kept]:
        """What is not over."""
        left = {name: one.at(now) for name, one in self.kept.items()}
        return {name: one for name, one in left.items() if one.entries}

    def lasts(self, now: int) -> int:
        """For how long (ms) something is needed still."""
        kept = self.at(now).values()
        return max(
            (min(e.ms, now) + one.keep - now for one in kept for e in one.entries), default=0
        )

    def count(self, counter: str, window: int, now: int) -> int:
        one = self.at(now).get(counter)
        return sum(ms > now - window * 1000 for ms in one.moments) if one and window else 0

    def release(self, batch: int) -> None:
        for one in self.kept.values():
            one.entries = [entry for entry in one.entries if entry.batch != batch]

    def full(self, asks: Asks, now: int) -> dict[str, int]:
        """Counters of which nothing more can be kept, with the moment that makes room."""
        left = self.at(now)
        counters, entries = len(left), sum(len(one.entries) for one in left.values())
        soonest = min((e.ms + one.keep for one in left.values() for e in one.entries), default=now)
        need = Counter(name for ask in asks for name in dict.fromkeys(cap.counter for cap in ask))
        full = {}
        for name, times in need.items():
            share = 1 if any(_binds(c) for ask in asks for c in ask if c.counter == name) else 2
            more, new = -(-times // self.bounds.packed), name not in left
            most = self.bounds.counters / share, self.bounds.held / share
            if counters + new > most[0] or entries + more > most[1]:
                full[name] = soonest
            else:
                counters, entries = counters + new, entries + more
        return full

    def reserve(self, asks: Asks, now: int, count: bool) -> tuple[tuple[Grant, ...], int]:
        """Grants in order, and the batch."""
        batch, full, left = next(self.batches), self.full(asks, now), self.at(now)
        taken: Counter[str] = Counter()
        grants = []
        for ask in asks:
            over = []
            for k, cap in enumerate(ask):
                one = left.get(cap.counter)
                moments = [*(one.moments if one else ()), *[now] * taken[cap.counter]]
                wait = self.wait(cap, moments, now)
                if cap.counter in full and _binds(cap):
                    wait = max(wait or 0, full[cap.counter] - now)
                if wait is not None:
                    over.append((wait, cap.enforced, k))
            refused = any(enforced for _, enforced, _ in over)
            if over:
                bound = max((w for w in over if w[1] == refused), key=lambda w: (w[0], -w[2]))
                longest = max(over)[0]
                retry = None if longest >= NEVER else max(1, -(-longest // 1000))
                grants.append(Grant(not refused, bound[2], retry))
            else:
                grants.append(Grant(True))
            if not refused:
                taken.update({cap.counter for cap in ask if cap.enforced or not over})
        if count:
            self.write(asks, {n: k for n, k in taken.items() if n not in full}, now, batch)
        return tuple(grants), batch

    def wait(self, cap: CapRequest, moments: list[int], now: int) -> int | None:
        """Milliseconds until a cap permits again, tried at one boundary after the other."""
        limit, window = cap.limit, cap.window * 1000
        if limit is not None:
            limit = min(limit, self.bounds.impressions)
            if limit == 0 and not cap.cooldown:
                return NEVER
            if limit == 0 or window == 0:
                limit = None
        moments = [min(ms, now) for ms in moments]
        ends = {ms + wait for ms in moments for wait in (window, cap.cooldown * 1000)}
        for at in sorted({now, *(end for end in ends if end > now)}):
            inside = sum(at - ms < window for ms in moments)
            soon = any(at - ms < cap.cooldown * 1000 for ms in moments)
            if not soon and (limit is None or inside < limit):
                return at - now or None
        raise AssertionError("a cap with a window always permits again")

    def write(self, asks: Asks, taken: dict[str, int], now: int, batch: int) -> None:
        keeps: dict[str, int] = {}
        for cap in itertools.chain.from_iterable(asks):
            keep = max(cap.window, cap.cooldown) * 1000
            keeps[cap.counter] = max(keep, keeps.get(cap.counter, 0))
        after, changed = self.at(now), False
        for name, keep in keeps.items():
            one, times = after.get(name), taken.get(name, 0)
            if one is None and times and keep:
                one = after[name] = Kept(keep, [])
            if one is not None and (times or keep > one.keep):
                changed, one.keep = True, max(keep, one.keep)
                while times > 0:
                    one.entries.append(Entry(now, batch, min(times, self.bounds.packed)))
                    times -= self.bounds.packed
                del one.entries[: -self.bounds.impressions]
        if changed:
            self.kept = after


def _binds(cap: CapRequest) -> bool:
    """Whether it may ever object."""
    limited = cap.limit is not None and not (cap.limit > 0 and cap.window == 0)
    return bool(cap.cooldown) or limited


@contextmanager
def bounded(place: Place, bounds: Bounds) -> Iterator[Ledger]:
    """A ledger of that place whose bounds are these."""
    numbers = plan._numbers, asked._terms
    with (
        patch.object(plan, "MOST_IMPRESSIONS", bounds.impressions),
        patch.object(records, "MOST_IMPRESSIONS", bounds.impressions),
        patch.object(records, "compiled", None),
        patch.object(held, "MOST_COUNTERS", bounds.counters),
        patch.object(held, "MOST_HELD", bounds.held),
    ):
        for known in numbers:
            known.cache_clear()
        ledger = place.ledger()
        if isinstance(ledger, RedisLedger):
            ledger._reserve = Script(_small(ledger._reserve.text, bounds))
        yield ledger
    for known in numbers:
        known.cache_clear()


def _small(text: str, bounds: Bounds) -> str:
    """The script with these bounds."""
    impressions, counters, most, _ = bounds
    for before, after in (
        ("= 3, 26, 4096, 4000, 15\n", f"= 3, 26, 4096, {impressions}, 15\n"),
        (
            "MOST_COUNTERS, MOST_HELD = 8192, 32768\n",
            f"MOST_COUNTERS, MOST_HELD = {counters}, {most}\n",
        ),
    ):
        assert text.count(before) == 1
        text = text.replace(before, after)
    return text

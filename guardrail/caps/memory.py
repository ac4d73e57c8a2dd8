"""A ledger in the memory of one process: the same promise as in Redis, bounded in size."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

from guardrail.caps.judge import NEVER, Over, free_at, grant
from guardrail.caps.ledger import CapRequest, Grant, LedgerError, Reservation, Wanted
from guardrail.caps.plan import (
    MOST_COUNTERS,
    MOST_HELD,
    MOST_IMPRESSIONS,
    Moment,
    Spec,
    checked_ms,
    moment,
    spec,
    taken_by,
)

Asked = list[list[tuple[str, Spec]]]
"""Of every ask, each cap's counter and terms."""


class _Counter:
    """When one counter counted, in the order it did, and for how long that is kept (ms)."""

    __slots__ = ("keep", "stamps")

    def __init__(self) -> None:
        self.keep = 0
        self.stamps: list[Moment] = []

    def visible(self, now: int) -> list[Moment]:
        return [at for at in self.stamps if at > now - self.keep]


class _Customer:
    """One customer's counters, by the process's own keyed hash of their text."""

    __slots__ = ("counters",)

    def __init__(self) -> None:
        self.counters: dict[int, _Counter] = {}

    def visible(self, counter: str, now: int) -> list[Moment]:
        found = self.counters.get(hash(counter))
        return found.visible(now) if found else []

    def full(self, asked: Asked, now: int) -> dict[str, int]:
        """Of which counters nothing more can be kept, and from when (ms) there may be room."""
        most = sum(map(len, asked))
        stamps = sum(len(c.stamps) for c in self.counters.values())
        if len(self.counters) + most <= MOST_COUNTERS / 2 and stamps + most <= MOST_HELD / 2:
            return {}
        visible = [(c.keep, v) for c in self.counters.values() if (v := c.visible(now))]
        counters, held = len(visible), sum(len(v) for _, v in visible)
        soonest = min((keep + min(v) for keep, v in visible), default=now)
        needed = Counter(name for ask in asked for name in dict(ask))
        first = {name: terms for ask in reversed(asked) for name, terms in reversed(ask)}
        full = {}
        for name, times in needed.items():
            share = 2 if first[name].only_counts else 1
            new = not self.visible(name, now)
            if counters + new > MOST_COUNTERS / share or held + times > MOST_HELD / share:
                full[name] = soonest
            else:
                counters, held = counters + new, held + times
        return full

    def keep(self, now: int, taken: Sequence[tuple[str, Moment]], keeps: dict[str, int]) -> None:
        """Count what was taken, for as long as ``keeps`` (ms) says, and drop what is over."""
        held = {k: found for k in keeps if (found := self.counters.get(hash(k)))}
        if not taken and all(c.keep >= keeps[k] for k, c in held.items()):
            return
        for counter in self.counters.values():
            counter.stamps = counter.visible(now)
        for name, at in taken:
            if keeps[name]:
                counter = self.counters.setdefault(hash(name), _Counter())
                counter.stamps.append(at)
                del counter.stamps[:-MOST_IMPRESSIONS]
        for name, keep in keeps.items():
            if found := self.counters.get(hash(name)):
                found.keep = max(found.keep, keep)
        self.drop_empty()

    def drop(self, counter: str, at: int) -> None:
        """Take back one impression of that moment and, where it knows it, of that batch."""
        batch = at.batch if isinstance(at, Moment) else None
        stamps = self.counters[hash(counter)].stamps if hash(counter) in self.counters else []
        for k, stamp in enumerate(stamps):
            if stamp == at and batch in (None, stamp.batch):
                del stamps[k]
                return

    def drop_empty(self) -> None:
        self.counters = {k: c for k, c in self.counters.items() if c.stamps}

    def over_at(self, now: int) -> int:
        """When (ms) the last of it is over."""
        return max((min(max(c.stamps), now) + c.keep for c in self.counters.values()), default=0)


class MemoryLedger:
    """Counts impressions in this process alone.

    ``clock`` gives epoch milliseconds. At most ``max_customers`` are held: where one more comes,
    customers whose impressions are all over go first, then those not seen for longest. Safe
    among threads.
    """

    def __init__(self, clock: Callable[[], int], max_customers: int = 100_000) -> None:
        if max_customers < 1:
            raise ValueError(f"max_customers {max_customers} must be at least 1")
        self._clock = clock
        self._most = max_customers
        self._customers: OrderedDict[str, _Customer] = OrderedDict()
        self._ends: list[tuple[int, str]] = []
        self._batches = itertools.count()
        self._lock = Lock()

    def __len__(self) -> int:
        """How many customers are held."""
        return len(self._customers)

    def reserve(
        self,
        customer: str,
        asks: Sequence[Sequence[CapRequest]],
        *,
        now_ms: int | None = None,
        count: bool = True,
    ) -> Reservation:
        """Reserve one impression for every ask; see `Ledger.reserve`. ``retry_after`` None: never.

        Raises ValueError for a cap or a moment that can't be.
        """
        return self._reserve(customer, asks, _specs(asks), self._now(now_ms), count)

    def reserve_many(
        self,
        wanted: Sequence[Wanted],
        *,
        now_ms: int | None = None,
        count: bool = True,
    ) -> list[Reservation | LedgerError]:
        """`reserve` for many customers, in order; see `Ledger.reserve_many`."""
        now = self._now(now_ms)
        specs = [_specs(asks) for _, asks in wanted]
        return [
            self._reserve(customer, asks, asked, now, count)
            for (customer, asks), asked in zip(wanted, specs, strict=True)
        ]

    def _reserve(
        self,
        customer: str,
        asks: Sequence[Sequence[CapRequest]],
        asked: Asked,
        now: int,
        count: bool,
    ) -> Reservation:
        with self._lock:
            name = self._current(customer)
            held = self._customers.get(name) or _Customer()
            full = held.full(asked, now)
            grants = _judge(held, asked, full, now)
            if not count:
                return Reservation(customer, grants)
            taken = taken_by(asks, grants, moment(now, next(self._batches)))
            keeps: dict[str, int] = {}
            for counter, terms in itertools.chain.from_iterable(asked):
                keeps[counter] = max(keeps.get(counter, 0), terms.keep * 1000)
            held.keep(now, [one for one in taken if one[0] not in full], keeps)
            self._hold(name, held, now)
        return Reservation(customer, grants, taken)

    def release(self, reservation: Reservation) -> None:
        """Give back exactly what the reservation took; safe to call twice."""
        with self._lock:
            name = self._current(reservation.customer)
            held = self._customers.get(name)
            if held is None:
                return
            for counter, at in reservation.taken:
                held.drop(counter, at)
            held.drop_empty()
            if not held.counters:
                del self._customers[name]

    def counts(
        self, customer: str, counters: Sequence[tuple[str, int]], *, now_ms: int | None = None
    ) -> list[int]:
        """Impressions within the last ``window`` seconds of each (counter, window)."""
        now = self._now(now_ms)
        with self._lock:
            held = self._customers.get(self._current(customer)) or _Customer()
            return [
                sum(now - min(at, now) < window * 1000 for at in held.visible(counter, now))
                for counter, window in counters
            ]

    def erase(self, customer: str) -> None:
        """Forget every impression of that customer."""
        with self._lock:
            for name in customer.split(" "):
                self._customers.pop(name, None)

    def _now(self, now_ms: int | None) -> int:
        return checked_ms(self._clock() if now_ms is None else now_ms)

    def _current(self, customer: str) -> str:
        """The current pseudonym; what is held under a previous one is moved to it first."""
        name, *previous = customer.split(" ")
        for old in previous:
            if old in self._customers and name not in self._customers:
                self._customers[name] = self._customers.pop(old)
                heapq.heappush(self._ends, (0, name))
        if name in self._customers:
            self._customers.move_to_end(name)
        return name

    def _hold(self, name: str, held: _Customer, now: int) -> None:
        if not held.counters:
            self._customers.pop(name, None)
            return
        if name not in self._customers:
            self._customers[name] = held
            heapq.heappush(self._ends, (held.over_at(now), name))
        while len(self._customers) > self._most:
            self._evict(now)
        if len(self._ends) > 2 * self._most + 64:
            self._ends = [(c.over_at(now), n) for n, c in self._customers.items()]
            heapq.heapify(self._ends)

    def _evict(self, now: int) -> None:
        while self._ends and self._ends[0][0] <= now:
            _, name = heapq.heappop(self._ends)
            held = self._customers.get(name)
            if held and held.over_at(now) > now:
                heapq.heappush(self._ends, (held.over_at(now), name))
            elif held:
                del self._customers[name]
                return
        self._customers.popitem(last=False)


def _specs(asks: Sequence[Sequence[CapRequest]]) -> Asked:
    return [[(request.counter, spec(request)) for request in ask] for ask in asks]


def _judge(held: _Customer, asked: Asked, full: dict[str, int], now: int) -> tuple[Grant, ...]:
    """Grants in order; what an ask takes is seen by those after it.

    ``full``: counters of which nothing more can be kept, and until when (ms).
    """
    grants = []
    stamps: dict[str, list[int]] = {}
    for ask in asked:
        objections = []
        for place, (counter, terms) in enumerate(ask):
            if counter not in stamps:
                stamps[counter] = sorted(min(now, at) for at in held.visible(counter, now))
            free = free_at(terms, stamps[counter], now)
            withheld = counter in full and not terms.only_counts
            if withheld:
                free = max(free, full[counter])
            if free > now or withheld:
                wait = NEVER if free == NEVER else free - now
                objections.append(Over(place, terms.enforced, wait))
        granted = grant(objections)
        grants.append(granted)
        if granted.granted:
            for counter in {c for c, terms in ask if terms.enforced or granted.bound is None}:
                stamps[counter].append(now)
    return tuple(grants)

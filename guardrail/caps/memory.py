"""A ledger in the memory of one process: the same promise as in Redis, bounded in size."""

from __future__ import annotations

import heapq
import itertools
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

from guardrail.caps.asked import Asked
from guardrail.caps.held import Held
from guardrail.caps.ledger import (
    Awaited,
    CapRequest,
    Ledger,
    LedgerError,
    Reservation,
    Taken,
    Wanted,
)
from guardrail.caps.plan import checked_ms, moment
from guardrail.caps.records import BATCH_BITS


class MemoryLedger(Ledger):
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
        self._customers: OrderedDict[str, Held] = OrderedDict()
        self._ends: list[tuple[int, str]] = []
        self._batches = itertools.count()
        self._lock = Lock()

    def __len__(self) -> int:
        """How many customers are held."""
        return len(self._customers)

    def begin(
        self,
        customer: str,
        asks: Sequence[Sequence[CapRequest]],
        *,
        now_ms: int | None = None,
        count: bool = True,
        packed: bytes | None = None,  # noqa: ARG002 - memory packs nothing
    ) -> Awaited:
        """What `reserve` gives; here nothing has to be waited for."""
        taken = self._reserve(customer, Asked(asks), self._now(now_ms), count)
        return Awaited(lambda: taken)

    def reserve_many(
        self,
        wanted: Sequence[Wanted],
        *,
        now_ms: int | None = None,
        count: bool = True,
    ) -> list[Reservation | LedgerError]:
        """`reserve` for many customers, in order; see `Ledger.reserve_many`."""
        now = self._now(now_ms)
        every = [Asked(asks) for _, asks in wanted]
        return [
            self._reserve(customer, asked, now, count)
            for (customer, _), asked in zip(wanted, every, strict=True)
        ]

    def _reserve(self, customer: str, asked: Asked, now: int, count: bool) -> Reservation:
        if not asked.need:
            return Reservation(customer, asked.granted().grants)
        with self._lock:
            name = self._current(customer)
            held = self._customers.get(name)
            if held is None:
                held = Held()
            full = held.full(asked, now)
            tight = held.tight(asked, full, now)
            grants, times = asked.judged(tight, now) if tight else asked.granted()
            batch = next(self._batches) % 2**BATCH_BITS
            if count:
                held.take(asked, times, full, now, batch)
                self._hold(name, held, now)
        if not count or not any(times):
            return Reservation(customer, grants)
        at = moment(now, batch)
        return Reservation(customer, grants, Taken(lambda: asked.taken(grants, at)), at)

    def release(self, reservation: Reservation) -> None:
        """Give back exactly what the reservation took; safe to call twice."""
        with self._lock:
            name = self._current(reservation.customer)
            held = self._customers.get(name)
            if held is None:
                return
            for counter, at in reservation.taken:
                held.give_back(counter, at)
            if not held:
                del self._customers[name]

    def counts(
        self, customer: str, counters: Sequence[tuple[str, int]], *, now_ms: int | None = None
    ) -> list[int]:
        """Impressions within the last ``window`` seconds of each (counter, window)."""
        now = self._now(now_ms)
        with self._lock:
            held = self._customers.get(self._current(customer)) or Held()
            return [held.count(counter, window, now) for counter, window in counters]

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

    def _hold(self, name: str, held: Held, now: int) -> None:
        if not held:
            self._customers.pop(name, None)
            return
        if name not in self._customers:
            self._customers[name] = held
            heapq.heappush(self._ends, (held.over_at(now), name))
        while len(self._customers) > self._most:
            self._evict(now)
        if len(self._ends) > 2 * self._most + 64:
            # Of those who came again their earliest: what is looked at too early is put back.
            kept: dict[str, int] = {}
            for at, known in self._ends:
                if known in self._customers:
                    kept[known] = min(at, kept.get(known, at))
            self._ends = [(at, known) for known, at in kept.items()]
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

"""A ledger in Redis: one script call for a response, whatever it asks."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

import msgspec

from guardrail.caps.ledger import CapRequest, Grant, LedgerError, Reservation
from guardrail.caps.plan import Moment, checked_ms, moment, plan, taken_by
from guardrail.connection import Connection, Script, Unreachable
from guardrail.keys import Keys

_OWN_TIME = -1
_BATCHES = 64
_GRANTED = Grant(True)


def _script(name: str) -> Script:
    folder = files("guardrail.caps")
    return Script("\n".join((folder / f"{part}.lua").read_text() for part in ("state", name)))


class RedisLedger:
    """Counts impressions in Redis, one packed string per customer (`state.lua`).

    ``clock`` gives epoch milliseconds; by default the time is Redis's own, taken in the script.
    ``customer`` is what `Keys.identity` gives: what is kept under a previous pseudonym is moved
    to the current one in the same trip. A value that is not ours in form is dropped and counting
    starts again; a key of another type raises LedgerError.
    """

    def __init__(
        self, connection: Connection, keys: Keys, clock: Callable[[], int] | None = None
    ) -> None:
        self._connection = connection
        self._keys = keys
        self._clock = clock
        self._codes = lru_cache(maxsize=65536)(keys.counter)
        self._batches = itertools.count(os.urandom(1)[0])
        self._reserve = _script("reserve")
        self._release = _script("release")
        self._counts = _script("counts")

    def reserve(
        self,
        customer: str,
        asks: Sequence[Sequence[CapRequest]],
        *,
        now_ms: int | None = None,
        count: bool = True,
    ) -> Reservation:
        """Reserve one impression for every ask; see `Ledger.reserve`. ``retry_after`` None: never.

        After a timeout it is unknown whether anything was counted.
        """
        batch = next(self._batches) % _BATCHES
        body, numbered, counters, plain = plan(asks, self._now(now_ms), count, batch)
        grants = [_GRANTED] * len(asks)
        if not counters:
            return Reservation(customer, tuple(grants))
        answer = self._run(self._reserve, customer, (body, numbered), counters)
        for k in range(1, len(answer), 4):
            ask, granted, cap, retry = answer[k : k + 4]
            grants[ask - 1] = Grant(granted == 1, cap - 1, None if retry < 0 else retry)
        if not count:
            return Reservation(customer, tuple(grants))
        at = moment(answer[0], batch)
        if plain and len(answer) == 1:
            taken = tuple([(request[1], at) for ask in asks for request in ask])
        else:
            taken = taken_by(asks, grants, at)
        return Reservation(customer, tuple(grants), taken)

    def release(self, reservation: Reservation) -> None:
        """Give back exactly what the reservation took; safe to call twice. Raises LedgerError."""
        if not reservation.taken:
            return
        times: Counter[tuple[str, int, int]] = Counter()
        for counter, at in reservation.taken:
            batch = at.batch if isinstance(at, Moment) else None
            times[counter, int(at), _OWN_TIME if batch is None else batch] += 1
        body = msgspec.json.encode([(at, batch, n) for (_, at, batch), n in times.items()])
        names = [counter for counter, _, _ in times]
        self._run(self._release, reservation.customer, (body,), names)

    def counts(
        self, customer: str, counters: Sequence[tuple[str, int]], *, now_ms: int | None = None
    ) -> list[int]:
        """Impressions within the last ``window`` seconds of each (counter, window)."""
        if not counters:
            return []
        body = msgspec.json.encode((self._now(now_ms), [window for _, window in counters]))
        answer: list[int] = self._run(
            self._counts, customer, (body,), [counter for counter, _ in counters]
        )
        return answer

    def erase(self, customer: str) -> None:
        """Forget every impression of that customer. Raises LedgerError."""
        keys = [self._keys.caps(pseudonym) for pseudonym in customer.split(" ")]
        try:
            self._connection.call(lambda client: [client.unlink(key) for key in keys])
        except Unreachable as error:
            raise LedgerError(str(error)) from None

    def _now(self, now_ms: int | None) -> int:
        if now_ms is not None:
            return checked_ms(now_ms)
        return _OWN_TIME if self._clock is None else checked_ms(self._clock())

    def _run(
        self, script: Script, customer: str, bodies: tuple[bytes, ...], counters: Sequence[str]
    ) -> Any:
        current, *previous = customer.split(" ")
        key = self._keys.caps(current)
        moves = [(self._keys.caps(old), key) for old in previous]
        codes = map(b"".join, zip(*map(self._codes, counters), strict=True))
        args = (*bodies, *codes)
        try:
            return self._connection.call(lambda client: script.run(client, [key], args, moves))
        except Unreachable as error:
            raise LedgerError(str(error)) from None

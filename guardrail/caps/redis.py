"""A ledger in Redis: one script call for a response, whatever it asks."""

from __future__ import annotations

import itertools
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec

from guardrail.caps.batch import taken_by, takes
from guardrail.caps.ledger import (
    GRANTED,
    Awaited,
    CapRequest,
    Grant,
    Ledger,
    LedgerError,
    Reservation,
    Taken,
    Wanted,
)
from guardrail.caps.plan import Codes, Moment, Plan, checked_ms, moment, plan
from guardrail.caps.seen import Seen
from guardrail.caps.trips import Call, run_each
from guardrail.connection import Connection, Script, Unreachable
from guardrail.keys import Keys

try:
    from guardrail.caps import reckoning as compiled
except ImportError:
    compiled = None  # type: ignore[assignment]

_OWN_TIME = -1
_BATCHES = 64
_SLACK_MS = 1000
"""So far a clock here may be ahead of Redis's without a cost."""


def _script(*parts: str) -> Script:
    folder = files("guardrail.caps")
    return Script("\n".join((folder / f"{part}.lua").read_text() for part in parts))


def _here() -> int:
    """Epoch milliseconds of this machine."""
    return time.time_ns() // 1_000_000


def _tag() -> bytes:
    """What tells a value from every other one."""
    return os.urandom(8)


class _Planned(NamedTuple):
    """One customer's asks on their way to the script."""

    asks: Sequence[Sequence[CapRequest]]
    plan: Plan
    batch: int
    counting: bool

    @property
    def args(self) -> tuple[bytes, ...]:
        """What the script is given."""
        return (self.plan.body, self.plan.asks, _tag(), b"", *self.plan.codes)

    def args_with(self, reckoned: compiled.Reckoned) -> tuple[bytes, ...]:
        """The same, and what comes of it if nothing has changed since it was read."""
        body, asks, codes = self.plan.body, self.plan.asks, self.plan.codes
        return (body, asks, _tag(), reckoned.said, *codes, reckoned.tag, *reckoned.parts)

    def nothing(self, customer: str) -> Reservation:
        """What comes of asks that no cap concerns."""
        return Reservation(customer, (GRANTED,) * len(self.asks))

    def reservation(self, customer: str, answer: Sequence[int]) -> Reservation:
        """What the script's answer means."""
        asks, (now, *objections) = self.asks, answer
        grants = _grants(answer, len(asks)) if objections else (GRANTED,) * len(asks)
        if not self.counting or (objections and not takes(asks, grants)):
            return Reservation(customer, grants)
        at = moment(now, self.batch)
        return Reservation(customer, grants, Taken(lambda: taken_by(asks, grants, at)), at)


def _when(at: int) -> tuple[int, int]:
    """A moment, and the batch that counted then."""
    batch = at.batch if isinstance(at, Moment) else None
    return int(at), _OWN_TIME if batch is None else batch


def _grants(answer: Sequence[int], many: int) -> tuple[Grant, ...]:
    """The grants that the script's answer names, and that of all others."""
    said = [*zip(answer[2::4], answer[3::4], answer[4::4], strict=True)]
    of_ask = dict(zip(answer[1::4], said, strict=True))
    each: dict[tuple[int, int, int] | None, Grant] = {
        one: Grant(one[0] == 1, one[1] - 1, None if one[2] < 0 else one[2]) for one in {*said}
    }
    each[None] = GRANTED
    return tuple(map(each.__getitem__, map(of_ask.get, range(1, many + 1))))


class RedisLedger(Ledger):
    """Counts impressions in Redis, one packed string per customer (`state.lua`).

    ``clock`` gives epoch milliseconds; by default the time is Redis's own, taken in the script.
    ``customer`` is what `Keys.identity` gives: what is kept under a previous pseudonym is moved
    to the current one in the same trip. A value that is not ours in form is dropped and counting
    starts again; a key of another type raises LedgerError. ``here`` gives epoch milliseconds of
    this machine, which decide nothing: by them it is guessed when Redis will answer.
    """

    def __init__(
        self,
        connection: Connection,
        keys: Keys,
        clock: Callable[[], int] | None = None,
        here: Callable[[], int] = _here,
    ) -> None:
        self._connection = connection
        self._keys = keys
        self._clock = clock
        self._here = here
        self._codes = [Codes(name) for name in keys.counter_namers]
        self._batches = itertools.count(os.urandom(1)[0])
        self.reckons = compiled is not None and len(self._codes) == 1
        """Whether it is of use to `reserve` what was read of a customer before."""
        self._reserve = _script(
            "reckoned", "state", "current", "reserve", "look", "weigh", "judge", "grow", "write"
        )
        self._release = _script("state", "release")
        self._counts = _script("state", "counts")

    def begin(
        self,
        customer: str,
        asks: Sequence[Sequence[CapRequest]],
        *,
        now_ms: int | None = None,
        count: bool = True,
        packed: bytes | None = None,
    ) -> Awaited:
        """Ask for what `reserve` gives; see `Ledger.begin`.

        After a timeout it is unknown whether anything was counted. What comes of ``packed`` is
        reckoned here, and holds where the key has that very value still; else it is reckoned there.
        """
        planned = self._planned(asks, now_ms, count)
        if planned.plan.asks_nothing:
            nothing = planned.nothing(customer)
            return Awaited(lambda: nothing)
        reckoned = None if packed is None else self._reckoned(planned, packed)
        args = planned.args if reckoned is None else planned.args_with(reckoned)
        key, given, moves = self._call(customer, args)
        try:
            answered = self._reserve.begin(self._connection, [key], given, moves)
        except Unreachable as error:
            raise LedgerError(str(error)) from None

        def reservation() -> Reservation:
            try:
                answer = answered()
            except Unreachable as error:
                raise LedgerError(str(error)) from None
            if reckoned is not None and isinstance(answer, int):
                answer = reckoned.answer(answer)
            return planned.reservation(customer, answer)

        if reckoned is None or not reckoned.many:
            return Awaited(reservation)
        now = planned.plan.now_ms if planned.plan.now_ms >= 0 else self._here()
        return Awaited(reservation, _grants(reckoned.answer(now), len(asks)))

    def reserve_many(
        self,
        wanted: Sequence[Wanted],
        *,
        now_ms: int | None = None,
        count: bool = True,
    ) -> list[Reservation | LedgerError]:
        """`reserve` for many customers in order; a trip takes 250 of them, or 1 MiB of asks."""
        planned = [self._planned(asks, now_ms, count) for _, asks in wanted]
        asking = [
            (k, self._call(wanted[k].customer, one.args))
            for k, one in enumerate(planned)
            if not one.plan.asks_nothing
        ]
        answers: dict[int, Any] = dict(
            zip(
                (k for k, _ in asking),
                run_each(self._connection, self._reserve, [call for _, call in asking]),
                strict=True,
            )
        )
        out: list[Reservation | LedgerError] = []
        for k, one in enumerate(planned):
            answer = answers.get(k)
            if answer is None:
                out.append(one.nothing(wanted[k].customer))
            elif isinstance(answer, Unreachable):
                out.append(LedgerError(str(answer)))
            else:
                out.append(one.reservation(wanted[k].customer, answer))
        return out

    def release(self, reservation: Reservation) -> None:
        """Give back exactly what the reservation took; safe to call twice. Raises LedgerError."""
        if not reservation.taken:
            return
        counters, moments = zip(*reservation.taken, strict=True)
        # Moments of one time and several batches are equal, and so told apart by what they are.
        distinct = dict(zip(map(id, moments), moments, strict=True))
        whens = {which: _when(at) for which, at in distinct.items()}
        times = Counter(zip(counters, map(whens.__getitem__, map(id, moments)), strict=True))
        body = msgspec.json.encode([(*when, n) for (_, when), n in times.items()])
        args = (body, _tag(), *self._named([counter for counter, _ in times]))
        self._run(self._release, self._call(reservation.customer, args))

    def counts(
        self, customer: str, counters: Sequence[tuple[str, int]], *, now_ms: int | None = None
    ) -> list[int]:
        """Impressions within the last ``window`` seconds of each (counter, window)."""
        if not counters:
            return []
        body = msgspec.json.encode((self._now(now_ms), [window for _, window in counters]))
        args = (body, *self._named([counter for counter, _ in counters]))
        answer: list[int] = self._run(self._counts, self._call(customer, args))
        return answer

    def places(self, customer: str) -> list[str]:
        """The key of a customer's impressions, then the previous ones that are moved to it."""
        return [self._keys.caps(pseudonym) for pseudonym in customer.split(" ")]

    def seen_in(self, raw: bytes | None, now_ms: int) -> Callable[[str, int], int]:
        """What `counts` says of a counter and a window, from a value that was read already."""
        seen = Seen(raw, now_ms)
        return lambda counter, window: seen.count([c.of([counter]) for c in self._codes], window)

    def erase(self, customer: str) -> None:
        """Forget every impression of that customer. Raises LedgerError."""
        keys = self.places(customer)
        try:
            self._connection.call(lambda client: [client.unlink(key) for key in keys])
        except Unreachable as error:
            raise LedgerError(str(error)) from None

    def _reckoned(self, planned: _Planned, packed: bytes) -> compiled.Reckoned | None:
        """What comes of asks by a value that was read before; None where Redis has to reckon."""
        _, asks, codes, plain, now_ms, specs, groups = planned.plan
        if not (self.reckons and plain and planned.counting):
            return None
        at_ms = now_ms if now_ms >= 0 else max(self._here() - _SLACK_MS, 0)
        return compiled.reckon(packed, asks, groups, specs, codes[0], now_ms, at_ms, planned.batch)

    def _now(self, now_ms: int | None) -> int:
        if now_ms is not None:
            return checked_ms(now_ms)
        return _OWN_TIME if self._clock is None else checked_ms(self._clock())

    def _named(self, counters: Sequence[str]) -> list[bytes]:
        """The bytes that stand for counters, for each secret."""
        return [one.of(counters) for one in self._codes]

    def _run(self, script: Script, call: Call) -> Any:
        try:
            return self._connection.call(
                lambda client: script.run(client, [call.key], call.args, call.moves)
            )
        except Unreachable as error:
            raise LedgerError(str(error)) from None

    def _call(self, customer: str, args: tuple[bytes, ...]) -> Call:
        current, *previous = customer.split(" ")
        key = self._keys.caps(current)
        moves = tuple((self._keys.caps(old), key) for old in previous)
        return Call(key, args, moves)

    def _planned(
        self, asks: Sequence[Sequence[CapRequest]], now_ms: int | None, count: bool
    ) -> _Planned:
        batch = next(self._batches) % _BATCHES
        planned = plan(asks, self._now(now_ms), count, batch, self._codes)
        return _Planned(asks, planned, batch, count)

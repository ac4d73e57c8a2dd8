"""Two ledgers over one Redis that are asked the same, one of them with what was read before."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import redis

from guardrail.caps import CapRequest, RedisLedger, Reservation
from guardrail.caps.redis import compiled
from guardrail.connection import Connection
from guardrail.keys import Keys

KEYS = Keys("one")
NUMBERS = itertools.count()
TAG = slice(6, 14)


class Told:
    """What was reckoned, and who is to know when that holds; it is asked for nothing else."""

    many = 0

    def __init__(self, reckoned: Any, ledger: Telling) -> None:
        self.said, self.tag, self.parts = reckoned.said, reckoned.tag, reckoned.parts
        self._reckoned, self._ledger = reckoned, ledger

    def answer(self, now: int) -> Any:
        """As it is, and counted."""
        self._ledger.held += 1
        return self._reckoned.answer(now)


class Telling(RedisLedger):
    """It tells how often the reckoning held. ``early_by``: so many ms before a given moment it is
    reckoned, as it is by a clock of this machine.
    """

    held = 0
    early_by = 0

    def _reckoned(self, planned: Any, packed: bytes) -> Any:
        plan = planned.plan
        if self.early_by and compiled is not None and plan.plain:
            at_ms = plan.now_ms - self.early_by
            numbers = plan.asks, plan.groups, plan.specs, plan.codes[0], plan.now_ms, at_ms
            found = compiled.reckon(packed, *numbers, planned.batch)
        else:
            found = super()._reckoned(planned, packed)
        return None if found is None else Told(found, self)


class Twins:
    """``ahead`` is given what was read of its customer, ``plain`` never anything.

    ``exact``: what they keep is compared byte for byte, else by what it counts.
    """

    def __init__(
        self, connection: Connection, client: redis.Redis, *, exact: bool = True, **more: Any
    ) -> None:
        self.client = client
        self.exact = exact
        self.counters: set[tuple[str, int]] = set()
        self.now = 0
        self.ahead = Telling(connection, KEYS, **more)
        self.plain = Telling(connection, KEYS, **more)
        # A moment tells which batch it was.
        self.ahead._batches = itertools.count()
        self.plain._batches = itertools.count()
        number = next(NUMBERS)
        self.names = f"ahead-{number}", f"plain-{number}"
        self.values: list[bytes] = [b""]
        """What the one had, after each call."""

    def read(self, name: str) -> bytes:
        found: bytes = self.client.get(KEYS.caps(name)) or b""  # type: ignore[assignment]
        return found

    def reserve(
        self, asks: Sequence[Sequence[CapRequest]], packed: bytes | None, **more: Any
    ) -> tuple[Reservation, Reservation]:
        """What both say; the same, or it fails."""
        ahead, plain = self.names
        self.now = more.get("now_ms", 0)
        self.counters |= {(one.counter, one.window) for ask in asks for one in ask}
        first = self.ahead.reserve(ahead, asks, packed=packed, **more)
        second = self.plain.reserve(plain, asks, **more)
        assert first.grants == second.grants
        assert [*first.taken] == [*second.taken]
        self.same()
        return first, second

    def release(self, both: tuple[Reservation, Reservation]) -> None:
        """Both give back what both took."""
        self.ahead.release(both[0])
        self.plain.release(both[1])
        self.same()

    def erase(self) -> None:
        """Both forget."""
        self.ahead.erase(self.names[0])
        self.plain.erase(self.names[1])
        self.same()

    def same(self) -> None:
        """Both have the same bytes, but for the tag, and for as long."""
        one, other = map(self.read, self.names)
        if not self.exact:
            asked = [*self.counters]
            counted = self.ahead.counts(self.names[0], asked, now_ms=self.now)
            assert counted == self.plain.counts(self.names[1], asked, now_ms=self.now)
            self.values.append(one)
            return
        assert without_tag(one) == without_tag(other)
        if one:
            assert one[TAG] != other[TAG]
            lives = [self.client.pttl(KEYS.caps(name)) for name in self.names]
            assert abs(lives[0] - lives[1]) < 10_000  # type: ignore[operator]
        self.values.append(one)


def without_tag(value: bytes) -> bytes:
    """What two writes of the same have in common."""
    return value[: TAG.start] + value[TAG.stop :]

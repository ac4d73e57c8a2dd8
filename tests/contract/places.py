"""The places a ledger or choices may be kept in, each behind the same few calls."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from guardrail.caps import Batch, CapRequest, CapRow, Ledger, MemoryLedger, RedisLedger
from guardrail.caps.batch import Cap, Values
from guardrail.choices import Choices, MemoryChoices, RedisChoices
from guardrail.connection import Connection
from guardrail.keys import Keys

START = 1_790_000_000_000


class Place:
    """One kind of store: `ledger` and `choices` under a secret, all over the same data."""

    def __init__(self, name: str, connection: Connection | None = None) -> None:
        self.name = name
        self.connection = connection
        self._memory = MemoryLedger(lambda: START)
        self._memory_choices = MemoryChoices()

    def ledger(self, secret: str = "one", clock: Callable[[], int] | None = None) -> Ledger:
        """The ledger as a worker with this secret sees it."""
        if self.connection is None:
            return MemoryLedger(clock) if clock else self._memory
        return RedisLedger(self.connection, Keys(secret), clock)

    def packed(self, customer: str, secret: str = "one") -> bytes | None:
        """What is counted of a customer, read ahead; None where it is kept in memory."""
        if self.connection is None:
            return None
        return read_ahead(self.connection, RedisLedger(self.connection, Keys(secret)), customer)

    def lives(self, customer: str, secret: str = "one") -> float:
        """For how long (ms) what is counted of a customer is kept; in memory there is no end."""
        if self.connection is None:
            return math.inf
        key, *_ = RedisLedger(self.connection, Keys(secret)).places(customer)
        return float(self.connection.call(lambda client: client.pttl(key)))  # type: ignore[arg-type]

    def choices(self, secret: str = "one") -> Choices:
        """The choices as a worker with this secret sees them."""
        if self.connection is None:
            return self._memory_choices
        return RedisChoices(self.connection, Keys(secret))


def read_ahead(connection: Connection, ledger: RedisLedger, customer: str) -> bytes:
    """What is counted of a customer, as the guard reads it before items are judged."""
    key, *_ = ledger.places(customer)
    found: bytes | None = connection.call(lambda client: client.get(key))
    return found or b""


def batch(
    rules: Sequence[Sequence[str]], caps: Sequence[Sequence[Cap]], values: Sequence[Values]
) -> Batch:
    """Asks that share nothing: of each the rules of its caps, its caps, and its item's values."""
    return Batch([CapRow(*each) for each in zip(rules, caps, strict=True)], values)


def cap(counter: str, limit: int = 1, window: int = 60, **more: int | bool) -> CapRequest:
    """A cap whose rule is named after its counter."""
    return CapRequest(f"rule {counter}", counter, limit, window, **more)  # type: ignore[arg-type]

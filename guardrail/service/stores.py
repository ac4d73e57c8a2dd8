"""What the guard keeps between responses: impressions, choices, counts and the switched mode.

In memory for one process, or in Redis for all of them; callers can't tell the difference.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from guardrail.caps import Ledger, MemoryLedger, RedisLedger
from guardrail.choices import Choices, ChoicesByCustomer, MemoryChoices, RedisChoices
from guardrail.config import Settings, weakness
from guardrail.connection import Connection, Unreachable, connect
from guardrail.keys import Keys
from guardrail.model import Decision
from guardrail.record import (
    Counters,
    Counting,
    ModeSwitch,
    RedisCounters,
    RedisModeSwitch,
    Stats,
    Switch,
)

log = logging.getLogger("guardrail")


class Stores:
    """The stores of one guard."""

    def __init__(self, settings: Settings, now_ms: Callable[[], int]) -> None:
        """``now_ms``: epoch milliseconds, for what is kept in memory."""
        self.keys = Keys(settings.secret or secrets.token_urlsafe(32), settings.key_prefix)
        self._connection: Connection | None = None
        self._lost = False
        self.ledger: Ledger
        self._kept: Choices
        self._modes: Switch
        self._counts: Counting
        if settings.redis_url is None:
            self.ledger = MemoryLedger(now_ms)
            self._kept = MemoryChoices()
            self._modes = ModeSwitch()
            self._counts = Counters()
        else:
            weak = weakness(settings.secret or "")
            if weak:
                log.warning("%s", weak)
            connection = connect(settings.redis_url, settings.redis_timeout)
            self._connection = connection
            self.ledger = RedisLedger(connection, self.keys)
            self._kept = RedisChoices(connection, self.keys)
            self._modes = RedisModeSwitch(connection, self.keys)
            self._counts = RedisCounters(connection, self.keys)
        self.choices = ChoicesByCustomer(self._kept, self.keys)

    def bucket(self, identity: str | None) -> int:
        """Where a customer stands in a rollout, 0-99; unknown customers are in from the start."""
        return 0 if identity is None else self.keys.bucket(identity.split(" ", 1)[0], "rollout")

    def count(self, decision: Decision) -> None:
        """Count a decision; it is written out with the next flush."""
        self._counts.add(decision)

    def flush(self, now_ms: int) -> None:
        """Write the counts out. What can't be written is kept for the next time."""
        if self._counts.flush(now_ms) and self._lost:
            self._lost = False
            log.warning("the store is reached again")

    def stats(self, since_ms: int, now_ms: int) -> Stats:
        """The counts of all processes within a time; raises `Unreachable`."""
        self._counts.flush(now_ms)
        return self._counts.stats(since_ms, now_ms)

    def switched(self, known: Mapping[str, str]) -> Mapping[str, str]:
        """The modes that were switched by hand; the last known ones while nobody can be asked."""
        try:
            return self._modes.get()
        except Unreachable as error:
            self.note_trouble(str(error))
            return known

    def switch(self, mode: str, surface: str | None) -> None:
        """Switch the mode for every worker; raises `Unreachable`."""
        self._modes.set(mode, surface)

    def kept_choices(self, identity: str) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        """The choices kept for a customer, and a problem while they can't be read."""
        try:
            return self._kept.get(identity) or {}, ()
        except Unreachable as error:
            self.note_trouble(str(error))
            return {}, ("choices: they can't be read at the moment",)

    def note_trouble(self, why: str) -> None:
        """Log once when the store is lost; `flush` says when it is back."""
        if not self._lost:
            self._lost = True
            log.warning("the store can't be reached (%s); rules without caps still apply", why)

    def close(self, now_ms: int) -> None:
        """Write out what is counted and let go of the connection."""
        self._counts.flush(now_ms)
        if self._connection is not None:
            self._connection.close()

"""What the guard keeps between responses: impressions, choices, counts and the switched mode.

In memory for one process, or in Redis for all of them; callers can't tell the difference.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence

from guardrail.caps import Ledger, MemoryLedger, RedisLedger
from guardrail.choices import Choices, ChoicesByCustomer, MemoryChoices, RedisChoices
from guardrail.config import Settings, weakness
from guardrail.connection import Connection, Unreachable, connect
from guardrail.facts import Tally
from guardrail.keys import Keys
from guardrail.model import Decision
from guardrail.record import (
    Cell,
    Counters,
    Counting,
    Facts,
    ModeSwitch,
    RedisCounters,
    RedisModeSwitch,
    Stats,
    Switch,
    cells_of_facts,
    facts_in,
    hour_of,
)
from guardrail.service.early import Kept, MemoryReader, Reader, RedisReader
from guardrail.service.impressions import Impressions

log = logging.getLogger("guardrail")

UNREAD = "choices: they can't be read at the moment"
"""The problem of a customer whose kept choices are out of reach."""


class Stores:
    """The stores of one guard."""

    def __init__(self, settings: Settings, now_ms: Callable[[], int]) -> None:
        """``now_ms``: epoch milliseconds, for what is kept in memory."""
        self.keys = Keys(settings.secret or secrets.token_urlsafe(32), settings.key_prefix)
        self._now_ms = now_ms
        self._connection: Connection | None = None
        self._lost = False
        self._answered = True
        self.ledger: Ledger
        self._kept: Choices
        self._modes: Switch
        self._counts: Counting
        self.reader: Reader
        if settings.redis_url is None:
            self.ledger = MemoryLedger(now_ms)
            self._kept = MemoryChoices()
            self._modes = ModeSwitch()
            self._counts = Counters()
            self.reader = MemoryReader(self._kept, self.ledger)
        else:
            weak = weakness(settings.secret or "")
            if weak:
                log.warning("%s", weak)
            connection = connect(settings.redis_url, settings.redis_timeout)
            self._connection = connection
            self.ledger = ledger = RedisLedger(connection, self.keys)
            self._kept = choices = RedisChoices(connection, self.keys)
            self._modes = RedisModeSwitch(connection, self.keys)
            self._counts = RedisCounters(connection, self.keys)
            self.reader = RedisReader(
                connection,
                choices,
                ledger,
                unread=self._unread,
                changes=lambda: self.choices.changes,
            )
        self.choices = ChoicesByCustomer(self._kept, self.keys)
        self.impressions = Impressions(self.ledger, self.note, self._first_impression)

    @property
    def shared(self) -> bool:
        """Whether other processes share them, so that reading them takes a trip."""
        return self._connection is not None

    @property
    def lost(self) -> bool:
        """Whether the store could not be reached and has not been since."""
        return self._lost

    def bucket(self, identity: str | None) -> int:
        """Where a customer stands in a rollout, 0-99; unknown customers are in from the start."""
        return 0 if identity is None else self.keys.bucket(identity.split(" ", 1)[0], "rollout")

    def count(self, decision: Decision) -> None:
        """Count a decision; it is written out with the next flush."""
        self._counts.add(decision)

    def note(self, cells: Mapping[Cell, int], at_ms: int | None = None) -> None:
        """Count cells that no decision tells of; ``at_ms`` (epoch ms) None = now."""
        self._counts.note(self._now_ms() if at_ms is None else at_ms, cells)

    def note_facts(self, surface: str, counted: Tally) -> None:
        """Count how the facts of one response of a surface came about."""
        self._counts.note(hour_of(self._now_ms()), cells_of_facts(surface, counted))

    def facts(self, since_ms: int, now_ms: int) -> Mapping[str, Facts]:
        """The facts that all processes saw, by surface, in whole hours; raises `Unreachable`."""
        self._counts.flush(now_ms)
        return facts_in(self._counts.snapshot(hour_of(since_ms), now_ms))

    def flush(self, now_ms: int) -> None:
        """Write the counts out. What can't be written is kept for the next time."""
        self.impressions.tell()
        self.impressions.check(now_ms)
        # With nothing to write it asks nobody, so that alone does not say that the store is back.
        if self._counts.flush(now_ms) and self._lost and self._answered:
            self._lost = False
            log.warning("the store is reached again")

    def stats(self, since_ms: int, now_ms: int) -> Stats:
        """The counts of all processes within a time; raises `Unreachable`."""
        self.impressions.tell()
        self._counts.flush(now_ms)
        return self._counts.stats(since_ms, now_ms)

    def switched(self, known: Mapping[str, str]) -> Mapping[str, str]:
        """The modes that were switched by hand; the last known ones while nobody can be asked."""
        try:
            found = self._modes.get()
        except Unreachable as error:
            self._answered = False
            self.note_trouble(str(error))
            return known
        self._answered = True
        return found

    def switch(self, mode: str, surface: str | None) -> None:
        """Switch the mode for every worker; raises `Unreachable`."""
        self._modes.set(mode, surface)

    def kept_choices(self, identity: str) -> Kept:
        """The choices kept for a customer, and a problem while they can't be read."""
        try:
            return self._kept.get(identity) or {}, ()
        except Unreachable as error:
            return self._unread(error)

    def kept_choices_of(self, identities: Sequence[str]) -> list[Kept]:
        """`kept_choices` of many customers, in order, in as few trips as there can be."""
        found = self._kept.get_many(identities) if identities else ()
        return [
            self._unread(one) if isinstance(one, Unreachable) else (one or {}, ()) for one in found
        ]

    def _unread(self, error: Unreachable) -> Kept:
        self.note_trouble(str(error))
        return {}, (UNREAD,)

    def _first_impression(self) -> None:
        """Say once what a cap means without Redis."""
        if self._connection is None:
            log.warning(
                "impressions are counted in the memory of this process alone: several workers "
                "each grant what a cap allows; GUARDRAIL_REDIS_URL makes them count together"
            )

    def note_trouble(self, why: str) -> None:
        """Log once when the store is lost; `flush` says when it is back."""
        if not self._lost:
            self._lost = True
            log.warning("the store can't be reached (%s); rules without caps still apply", why)

    def close(self, now_ms: int) -> None:
        """Write out what is counted and let go of the connection."""
        self.impressions.tell()
        self._counts.flush(now_ms)
        if self._connection is not None:
            self._connection.close()

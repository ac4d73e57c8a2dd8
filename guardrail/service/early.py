"""What is kept of a customer, read in one trip: before the app runs where it is known for whom.

Verdicts need the choices of a customer, and some rules what was shown before; a reservation needs
the verdicts. So two trips are needed, and where the first can overlap the app's own work, a
response waits for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from guardrail.caps import Ledger, RedisLedger
from guardrail.choices import Choices, RedisChoices
from guardrail.connection import Connection, Unreachable, reason
from guardrail.connection.sent import Sent
from guardrail.decide.history import History

Kept = tuple[Mapping[str, Any], tuple[str, ...]]
"""The choices kept for a customer, and a problem while they can't be read."""
NOTHING_KEPT: Kept = ({}, ())
Places = Sequence[Sequence[str]]
"""Of each store that is read, the key of a customer and the previous ones that are moved to it."""


class ToRead(msgspec.Struct, frozen=True):
    """What is to be read of a customer (`guardrail.keys.Keys.identity`), as of a moment.

    ``packed``: also what is counted of them, if something else is read anyway and the ledger can
    make use of it.
    """

    identity: str
    choices: bool
    history: bool
    packed: bool = False


class Known(msgspec.Struct, frozen=True):
    """What was read. ``history`` None: it was not asked for, or can't be read. ``packed``: see
    `guardrail.caps.Ledger.reserve`.
    """

    kept: Kept = NOTHING_KEPT
    history: History | None = None
    packed: bytes | None = None


class Early:
    """A read of some places under way; ``changes``: how often choices had been set by then.

    ``known``: the id by which the app named the customer; None = it did not.
    """

    __slots__ = ("_sent", "changes", "known", "places", "wanted")

    def __init__(self, wanted: ToRead, places: Places, sent: Sent, changes: int) -> None:
        self.wanted = wanted
        self.places = places
        self.changes = changes
        self.known: str | None = None
        self._sent: Sent | None = sent

    def take(self) -> Sent | None:
        """What was sent, once; None from then on."""
        sent, self._sent = self._sent, None
        return sent

    def drop(self) -> None:
        """Forget it, if nobody took it; never waits and never raises."""
        sent = self.take()
        if sent is not None:
            sent.drop()


class Reader(Protocol):
    """Reads what is kept of customers, wherever that is."""

    def start(self, wanted: ToRead) -> Early | None:
        """Send a read and do not wait; None where there is nothing to wait for."""
        ...

    def known(self, wanted: ToRead, now_ms: int, early: Early | None = None) -> Known:
        """What is kept, as of a moment; from ``early`` where that asked for the same."""
        ...

    def histories(self, identities: Sequence[str], now_ms: int) -> list[History | None]:
        """What each of many customers was shown before, in one trip."""
        ...


class MemoryReader:
    """Reads the memory of this process. ``choices`` and ``ledger`` are the stores."""

    def __init__(self, choices: Choices, ledger: Ledger) -> None:
        self._choices = choices
        self._ledger = ledger

    def start(self, wanted: ToRead) -> Early | None:  # noqa: ARG002
        """None: memory does not let anybody wait."""
        return None

    def known(self, wanted: ToRead, now_ms: int, early: Early | None = None) -> Known:  # noqa: ARG002
        """What is kept, as of a moment."""
        kept = (self._choices.get(wanted.identity) or {}) if wanted.choices else {}
        return Known((kept, ()), self._history(wanted.identity, now_ms) if wanted.history else None)

    def histories(self, identities: Sequence[str], now_ms: int) -> list[History | None]:
        """What each of many customers was shown before."""
        return [self._history(identity, now_ms) for identity in identities]

    def _history(self, identity: str, now_ms: int) -> History:
        counts = self._ledger.counts
        return History(lambda name, window: counts(identity, [(name, window)], now_ms=now_ms)[0])


class RedisReader:
    """Reads choices and impressions of a customer in one trip: they share a hash slot.

    ``unread`` is told why something could not be read, and says what holds of the choices then.
    ``changes`` says how often choices were set or erased in this process.
    """

    def __init__(
        self,
        connection: Connection,
        choices: RedisChoices,
        ledger: RedisLedger,
        *,
        unread: Callable[[Unreachable], Kept],
        changes: Callable[[], int],
    ) -> None:
        self._connection = connection
        self._choices = choices
        self._ledger = ledger
        self._unread = unread
        self._changes = changes

    def start(self, wanted: ToRead) -> Early | None:
        """Send a read and do not wait; None where nothing is asked for or nobody can be."""
        if not (wanted.choices or wanted.history):
            return None
        places = self._places(wanted)
        try:
            return Early(wanted, places, self._connection.send(_commands(places)), self._changes())
        except Unreachable:
            return None

    def known(self, wanted: ToRead, now_ms: int, early: Early | None = None) -> Known:
        """What is kept, as of a moment; asked for now where ``early`` is not of the same.

        What the app itself changed of choices meanwhile was not read yet.
        """
        if not (wanted.choices or wanted.history):
            return Known()
        sent = None
        if early is not None and early.wanted == wanted and early.changes == self._changes():
            sent = early.take()
        places = self._places(wanted) if early is None or sent is None else early.places
        try:
            answers = (sent or self._connection.send(_commands(places))).answers()
        except Unreachable as error:
            return Known(self._unread(error) if wanted.choices else NOTHING_KEPT)
        return self._read(wanted, places, now_ms, answers)

    def histories(self, identities: Sequence[str], now_ms: int) -> list[History | None]:
        """What each of many customers was shown before, in one trip."""
        wanted = [ToRead(identity, choices=False, history=True) for identity in identities]
        places = [self._places(one) for one in wanted]
        commands = [_commands(one) for one in places]
        try:
            answers = self._connection.send([c for listed in commands for c in listed]).answers()
        except Unreachable as error:
            self._unread(error)
            return [None] * len(wanted)
        found = []
        for one, where, listed in zip(wanted, places, commands, strict=True):
            found.append(self._read(one, where, now_ms, answers[: len(listed)]).history)
            del answers[: len(listed)]
        return found

    def _places(self, wanted: ToRead) -> Places:
        places = []
        if wanted.choices:
            places.append(self._choices.places(wanted.identity))
        if wanted.history or (wanted.packed and self._ledger.reckons):
            places.append(self._ledger.places(wanted.identity))
        return places

    def _read(self, wanted: ToRead, places: Places, now_ms: int, answers: list[Any]) -> Known:
        kept = NOTHING_KEPT
        if wanted.choices:
            key, *older = places[0]
            kept = self._kept(key, answers[len(older)], moved=1 in answers[: len(older)])
            if len(places) == 1:
                return Known(kept)
        raw = answers[-1]
        if isinstance(raw, Exception):
            self._unread(self._error(raw))
            return Known(kept)
        history = History(self._ledger.seen_in(raw, now_ms)) if wanted.history else None
        return Known(kept, history, raw or b"")

    def _kept(self, key: str, raw: Any, *, moved: bool) -> Kept:
        if isinstance(raw, Exception):
            return self._unread(self._error(raw))
        try:
            return self._choices.opened(key, moved, raw) or {}, ()
        except Unreachable as error:
            return self._unread(error)

    def _error(self, error: Exception) -> Unreachable:
        return Unreachable(reason(error), self._connection.where)


def _commands(places: Places) -> list[tuple[str, ...]]:
    """Of each store: its previous keys are moved, then the key is read."""
    commands: list[tuple[str, ...]] = []
    for key, *older in places:
        if older:
            commands += [("RENAMENX", old, key) for old in older]
        commands.append(("GET", key))
    return commands

"""A stream before the guard: each record is asked about alone, as one item of its surface."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from guardrail.intercept.identity import Identity
from guardrail.intercept.needs import Answer, Guard
from guardrail.intercept.records import Change, Records
from guardrail.model import Decision
from guardrail.ruleset import Surface
from guardrail.trouble import report


class Asker(NamedTuple):
    """For whom a stream is judged. ``counts``: impressions count. ``in_force``: the guard is not
    switched off meanwhile. ``note``: told each record's decision.
    """

    guard: Guard
    surface: Surface
    who: Identity
    gpc: bool
    counts: bool
    in_force: Callable[[], bool]
    note: Callable[[Decision], None]


class Stream:
    """One stream on its way to the client, judged record by record.

    Nothing here raises: what fails lets the rest of the stream pass, or ends it where the
    surface wants a blank.
    """

    def __init__(self, asker: Asker, kind: type[Records], limit: int) -> None:
        """``limit``: the most bytes of one record."""
        self._asker = asker
        # A record is an item: a body that is a list of one, and nothing is filled in.
        self._surface = replace(asker.surface, items=".", minimum_items=0)
        self._records = kind(self._judged, self._too_long, limit)
        self._unsent: list[Answer] = []
        self._given_up: Change | None = None
        self._failed = False

    def feed(self, piece: bytes) -> bytes:
        """What may go out once this piece of the app's body has come; often nothing."""
        if self._failed:
            return piece if self._given_up is None else b""
        try:
            return self._records.feed(piece)
        except Exception as error:  # noqa: BLE001 - a page never breaks because of its guard
            return self._give_up(error)

    def finish(self) -> bytes:
        """What may go out once the app's body has ended."""
        try:
            return b"" if self._failed else self._records.finish()
        except Exception as error:  # noqa: BLE001 - as above
            return self._give_up(error)

    def sent(self) -> None:
        """The server took what it was given: those impressions count."""
        self._unsent.clear()

    def release(self) -> None:
        """Give back what was reserved for records that the server never took."""
        unsent, self._unsent = self._unsent, []
        for answer in unsent:
            self._asker.guard.release(answer)

    def _judged(self, record: bytes) -> Change | None:
        asker = self._asker
        try:
            if not asker.in_force():
                return None
            answer = asker.guard.answer(
                b"[%b]" % record,
                self._surface,
                customer=asker.who.customer,
                gpc=asker.gpc,
                session=asker.who.session,
                fresh=asker.who.fresh,
                count=asker.counts,
            )
        except Exception as error:  # noqa: BLE001 - as above
            return self._ruled(partial(self._mistake, error))
        self._unsent.append(answer)
        asker.note(answer.decision)
        return _change(answer)

    def _too_long(self) -> Change | None:
        return self._ruled(partial(self._unreadable, "too_large"))

    def _unreadable(self, why: str) -> Answer:
        asker = self._asker
        return asker.guard.unreadable(
            why,
            self._surface,
            customer=asker.who.customer,
            gpc=asker.gpc,
            session=asker.who.session,
            body=None,
        )

    def _mistake(self, error: Exception) -> Answer:
        return self._asker.guard.failed(error, self._surface, customer=self._asker.who.customer)

    def _ruled(self, ask: Callable[[], Answer]) -> Change | None:
        """What the surface wants for a record that can't be judged; it passes if that fails too."""
        try:
            answer = ask()
            self._asker.note(answer.decision)
            return _change(answer)
        except Exception as error:  # noqa: BLE001 - as above
            report("the guard failed, a record passes as it came", error)
            return None

    def _give_up(self, error: Exception) -> bytes:
        self._failed = True
        self._given_up = self._ruled(partial(self._mistake, error))
        rest = self._records.give_up()
        return rest if self._given_up is None else b""


def _change(answer: Answer) -> Change | None:
    if answer.body is None:
        return None
    # A list of one, or an empty one.
    return Change(answer.body.strip()[1:-1].strip() or None)

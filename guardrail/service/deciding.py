"""From items read to a decision: the pipeline's two halves around the one call to the ledger."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from guardrail.caps import Ledger, LedgerError, Reservation
from guardrail.config import Settings
from guardrail.enrich import Catalogue
from guardrail.extract import Read
from guardrail.extract.brief import Briefs
from guardrail.model import Decision
from guardrail.pipeline import Request, Result, first_pass, second_pass
from guardrail.ruleset import Surface
from guardrail.service.armed import Armed
from guardrail.service.failing import on_failure
from guardrail.service.in_force import InForce
from guardrail.service.reserve import part_of, reserve
from guardrail.service.stores import Stores
from guardrail.service.who import Who

OUTCOMES = {"enforce": "guarded", "observe": "observed"}


class Decided(NamedTuple):
    """One response decided: under which rules, in which mode, for whom, with what reserved."""

    armed: Armed
    mode: str
    who: Who
    result: Result
    reservation: Reservation | None


class Deciding:
    """Decides items by what is in force. ``now_ms`` gives epoch milliseconds; ``own_clock``: it
    is not the system's, so the ledger has to go by it too.
    """

    def __init__(
        self,
        settings: Settings,
        in_force: InForce,
        stores: Stores,
        now_ms: Callable[[], int],
        *,
        own_clock: bool,
        catalogue: Catalogue | None = None,
    ) -> None:
        self._settings = settings
        self._in_force = in_force
        self._stores = stores
        self._now_ms = now_ms
        self._own_clock = own_clock
        self._catalogue = catalogue

    def completed(self, reads: Sequence[Read]) -> Sequence[Read]:
        """The items with what the catalogue knows of them."""
        return reads if self._catalogue is None else self._catalogue.complete(reads)

    def request(
        self, armed: Armed, surface: Surface, who: Who, mode: str, now_ms: int | None
    ) -> Request:
        """What is known before the items are looked at."""
        return Request(
            plan=armed.engine.plan(surface, who.customer, self._stores.bucket(who.identity)),
            surface=surface,
            customer=who.customer,
            tolerance=who.tolerance,
            mode=mode,
            now_ms=self._now_ms() if now_ms is None else now_ms,
            pool=armed.pools.get(surface.name, ()),
            creatives=armed.creatives.get(surface.name),
            drop_unreadable=on_failure(surface, self._settings, who.customer) == "blank",
        )

    def decide(
        self,
        surface: Surface,
        reads: Sequence[Read],
        who: Who,
        *,
        briefs: Briefs | None = None,
        armed: Armed | None = None,
        mode: str | None = None,
        count: bool = True,
        now_ms: int | None = None,
        ledger: Ledger | None = None,
    ) -> Decided:
        """Judge items and reserve their impressions. ``ledger``: another than the guard's own.

        ``briefs``: the same items as ``reads``, read for the rules that ``armed`` holds.
        """
        armed = armed or self._in_force.armed
        mode = mode or self._in_force.mode_of(surface)
        if self._catalogue is not None:
            reads, briefs = self.completed(reads), None
        draft = first_pass(self.request(armed, surface, who, mode, now_ms), reads, briefs)
        if now_ms is None and self._own_clock:
            now_ms = self._now_ms()
        reserved = reserve(
            draft,
            self._stores.ledger if ledger is None else ledger,
            who.identity,
            withhold=who.withhold,
            count=count,
            now_ms=now_ms,
        )
        if reserved.trouble:
            self._stores.note_trouble(reserved.trouble)
        result = second_pass(draft, reserved.bounds)
        if result.give_back and reserved.reservation is not None:
            self.give_back(part_of(reserved.reservation, draft, result.give_back))
        return Decided(armed, mode, who, result, reserved.reservation)

    def give_back(self, reservation: Reservation | None) -> None:
        """Give back what was reserved for something that is not shown. Never raises."""
        if reservation is None or not reservation.taken:
            return
        try:
            self._stores.ledger.release(reservation)
        except LedgerError as error:
            self._stores.note_trouble(str(error))

    def decision(
        self,
        surface: Surface,
        decided: Decided,
        shown: tuple[Any, ...] | Callable[[], tuple[Any, ...]] = (),
        *,
        now_ms: int | None = None,
        recorded: bool = True,
        cut: Mapping[str, int] = MappingProxyType({}),
    ) -> Decision:
        """The decision as it is told and, unless it was a trial, counted."""
        decision = Decision(
            decision_id=secrets.token_hex(8),
            revision=decided.armed.rules.revision,
            surface=surface.name,
            mode=decided.mode,
            at_ms=self._now_ms() if now_ms is None else now_ms,
            outcome=OUTCOMES[decided.mode],
            items=lambda: decided.result.verdicts,
            backfill=tuple(offer.item.id for offer in decided.result.backfill),
            shown=shown,
            problems=decided.who.problems,
            cut=cut,
            tally=decided.result.tally,
        )
        if recorded:
            self._stores.count(decision)
        return decision

    def undecided(self, surface: Surface, outcome: str) -> Decision:
        """A decision without items, counted: nothing to judge, not readable, or failed."""
        decision = Decision(
            decision_id=secrets.token_hex(8),
            revision=self._in_force.rules.revision,
            surface=surface.name,
            mode=self._in_force.mode_of(surface),
            at_ms=self._now_ms(),
            outcome=outcome,
        )
        self._stores.count(decision)
        return decision

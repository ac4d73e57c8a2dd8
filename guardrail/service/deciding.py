"""From items read to a decision: the pipeline's two halves around the one call to the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from guardrail.caps import Ledger, LedgerError, Reservation
from guardrail.config import Settings
from guardrail.decide.history import History
from guardrail.enrich import Catalogue, Completed
from guardrail.extract import Read
from guardrail.extract.brief import Briefs
from guardrail.extract.scan import Scanned
from guardrail.model import Decision
from guardrail.pipeline import Request, Result, first_pass, second_pass
from guardrail.ruleset import Surface
from guardrail.service.armed import Armed
from guardrail.service.decided import Begun, Decided, Drafted
from guardrail.service.facts import FactsSeen
from guardrail.service.failing import on_failure
from guardrail.service.ids import new_id
from guardrail.service.in_force import InForce
from guardrail.service.pools import Pools
from guardrail.service.reserve import FRESH_SECONDS, Reserved, begin, part_of
from guardrail.service.stores import Stores
from guardrail.service.who import Who

OUTCOMES = {"enforce": "guarded", "observe": "observed"}
UNCOUNTED = "caps: they can't be counted at the moment"
"""Among the problems of a decision for which the ledger did not answer."""


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
        pools: Pools | None = None,
    ) -> None:
        self._settings = settings
        self._in_force = in_force
        self._stores = stores
        self._now_ms = now_ms
        self._own_clock = own_clock
        self._catalogue = catalogue
        self._pools = pools or Pools({}, now_ms)
        self.facts = FactsSeen(stores.note_facts)
        """What is taken along of responses, to be counted with the next heartbeat."""

    def completed(self, reads: Sequence[Read]) -> Sequence[Read]:
        """The items with what the catalogue knows of them."""
        return reads if self._catalogue is None else self._catalogue.complete(reads)

    def request(
        self, armed: Armed, surface: Surface, who: Who, mode: str, now_ms: int | None
    ) -> Request:
        """What is known before the items are looked at."""
        bucket = self._stores.bucket(who.identity) if armed.rolls_out else 0
        return Request(
            plan=armed.engine.plan(surface, who.customer, bucket),
            surface=surface,
            customer=who.customer,
            tolerance=who.tolerance,
            mode=mode,
            now_ms=self._now_ms() if now_ms is None else now_ms,
            pool=self._pools.of(surface, armed.pools.get(surface.name, ())),
            creatives=armed.creatives.get(surface.name),
            history=who.history,
            drop_unreadable=on_failure(surface, self._settings, who.customer) == "blank",
        )

    def histories(
        self, surface: Surface, identities: Sequence[str], now_ms: int | None
    ) -> Mapping[str | None, History | None]:
        """What each of many customers was shown before, in one trip, where a rule asks for it."""
        if not identities or not self.remembers(surface):
            return {}
        found = self._stores.reader.histories(identities, self.moment(now_ms))
        return dict(zip(identities, found, strict=True))

    def begin(
        self,
        surface: Surface,
        reads: Sequence[Read],
        who: Who,
        *,
        briefs: Briefs | Scanned | None = None,
        armed: Armed | None = None,
        mode: str | None = None,
        count: bool = True,
        now_ms: int | None = None,
        ledger: Ledger | None = None,
    ) -> Begun:
        """Judge items, and ask for their impressions without waiting for the answer.

        ``ledger``: another than the guard's own. `decided` must be called with what is returned.
        """
        drafted = self.draft(
            surface, reads, who, briefs=briefs, armed=armed, mode=mode, now_ms=now_ms
        )
        reserved = begin(
            drafted.draft,
            self._stores.ledger if ledger is None else ledger,
            who.identity,
            withhold=who.withhold,
            count=count,
            now_ms=self.ledger_now(now_ms),
            longest=FRESH_SECONDS if who.fresh else None,
            # A session that was made just now has nothing yet.
            packed=b"" if who.packed is None and who.fresh else who.packed,
        )
        return Begun(drafted, reserved, ledger is None)

    def decided(self, begun: Begun, likely: Result | None = None) -> Decided:
        """The decision once the ledger has answered; with `Begun.likely` it is that if it holds."""
        reserved = begun.reserved.wait()
        if likely is not None and reserved.bounds != begun.reserved.likely:
            likely = None
        return self.finish(begun.drafted, reserved, recorded=begun.recorded, result=likely)

    def draft(
        self,
        surface: Surface,
        reads: Sequence[Read],
        who: Who,
        *,
        briefs: Briefs | Scanned | None = None,
        armed: Armed | None = None,
        mode: str | None = None,
        now_ms: int | None = None,
    ) -> Drafted:
        """Judge items as far as that goes without their caps.

        ``briefs``: the same items as ``reads``, read for the rules that ``armed`` holds.
        """
        armed = armed or self._in_force.armed
        mode = mode or self._in_force.mode_of(surface)
        request = self.request(armed, surface, who, mode, now_ms)
        if self._catalogue is None:
            draft = first_pass(request, reads, briefs)
        elif briefs is None or (exact := briefs.exact()) is None:
            draft = first_pass(request, self._catalogue.complete(reads))
        else:
            known = self._catalogue.complete_briefly(exact)
            draft = first_pass(request, Completed(reads, self._catalogue), known)
        return Drafted(armed, mode, who, draft, reads)

    def finish(
        self,
        drafted: Drafted,
        reserved: Reserved,
        *,
        recorded: bool = True,
        result: Result | None = None,
    ) -> Decided:
        """The decision once the ledger has answered. What is not shown after all is given back.

        ``result``: what comes of ``reserved``, where that is known.
        """
        who, draft = drafted.who, drafted.draft
        if recorded:
            self.facts.look(drafted.armed, draft, drafted.reads)
            self._stores.impressions.note(draft, reserved)
        if reserved.trouble:
            self._stores.note_trouble(reserved.trouble)
            who = replace(who, problems=(*who.problems, UNCOUNTED))
        if result is None:
            result = second_pass(draft, reserved.bounds)
        if result.give_back and reserved.reservation is not None:
            self.give_back(part_of(reserved.reservation, draft, result.give_back))
        return Decided(drafted.armed, drafted.mode, who, result, reserved.reservation)

    def remembers(self, surface: Surface) -> bool:
        """Whether a rule may ask there what a customer was shown before."""
        return self._in_force.armed.remembers(surface)

    def moment(self, now_ms: int | None) -> int:
        """That moment, else this one (epoch ms)."""
        return self._now_ms() if now_ms is None else now_ms

    def ledger_now(self, now_ms: int | None) -> int | None:
        """The moment that the ledger goes by; None = its own."""
        return self._now_ms() if now_ms is None and self._own_clock else now_ms

    def give_back(self, reservation: Reservation | None) -> None:
        """Give back what was reserved for something that is not shown. Never raises."""
        if reservation is None or not reservation.taken:
            return
        try:
            self._stores.ledger.release(reservation)
        except LedgerError as error:
            self._stores.note_trouble(str(error))
            self._stores.impressions.given_back(reservation, done=False)
        else:
            self._stores.impressions.given_back(reservation, done=True)

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
        decision = self.told(
            surface,
            decided.armed,
            decided.mode,
            decided.who,
            decided.result,
            shown=shown,
            at_ms=self.moment(now_ms),
            cut=cut,
        )
        if recorded:
            self.count(decision)
        return decision

    def told(
        self,
        surface: Surface,
        armed: Armed,
        mode: str,
        who: Who,
        result: Result,
        *,
        shown: tuple[Any, ...] | Callable[[], tuple[Any, ...]],
        at_ms: int,
        cut: Mapping[str, int],
    ) -> Decision:
        """The decision as it is told; nothing is counted."""
        return Decision(
            decision_id=new_id(),
            revision=armed.rules.revision,
            surface=surface.name,
            mode=mode,
            at_ms=at_ms,
            outcome=OUTCOMES[mode],
            items=lambda: result.verdicts,
            backfill=tuple([offer.item.id for offer in result.backfill]),
            shown=shown,
            problems=who.problems,
            cut=cut,
            sorts=result.sorts,
        )

    def count(self, decision: Decision) -> None:
        """Count a decision that was told."""
        self._stores.count(decision)

    def undecided(self, surface: Surface, outcome: str) -> Decision:
        """A decision without items, counted: nothing to judge, not readable, or failed."""
        decision = Decision(
            decision_id=new_id(),
            revision=self._in_force.rules.revision,
            surface=surface.name,
            mode=self._in_force.mode_of(surface),
            at_ms=self._now_ms(),
            outcome=outcome,
        )
        self._stores.count(decision)
        return decision

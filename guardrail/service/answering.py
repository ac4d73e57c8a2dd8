"""What the guard makes of one response body: judged and put together anew, or let through."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from guardrail.act import blank
from guardrail.caps import Reservation
from guardrail.config import Settings
from guardrail.customer import customer_id, read_customer
from guardrail.extract import NotReadable, extract
from guardrail.model import Customer, Decision
from guardrail.ruleset import Surface
from guardrail.service.decided import Begun
from guardrail.service.deciding import Deciding
from guardrail.service.early import Early, Known, ToRead
from guardrail.service.failing import on_failure, stated_on_failure
from guardrail.service.hurried import hurried
from guardrail.service.in_force import InForce
from guardrail.service.making import Made, Making
from guardrail.service.stores import Stores
from guardrail.service.who import Who, identity_of_session, who_is
from guardrail.trouble import report

TOO_SLOW = "not_readable(too_slow)"
_NOT_ASKED = Known()


class Answer(NamedTuple):
    """What the guard makes of one response.

    ``body``: the bytes to send instead, None = the app's own bytes unchanged. ``reservation``:
    what caps took, to be given back if the response never went out. ``personal``: the result
    depends on the customer, so no shared cache may keep it.
    """

    body: bytes | None
    decision: Decision
    reservation: Reservation | None = None
    personal: bool = False


class Answering:
    """Answers responses by what is in force; see the methods of `Guard` with the same names.

    ``now_ms`` gives epoch milliseconds, ``stopwatch`` seconds from any moment on.
    """

    def __init__(
        self,
        settings: Settings,
        in_force: InForce,
        stores: Stores,
        deciding: Deciding,
        *,
        now_ms: Callable[[], int],
        stopwatch: Callable[[], float],
    ) -> None:
        self.settings = settings
        self._in_force = in_force
        self._stores = stores
        self._deciding = deciding
        self._now_ms = now_ms
        self._stopwatch = stopwatch

    def read_ahead(self, surface: Surface, customer: object, session: str | None) -> Early | None:
        """Ask for what is kept of a customer, and do not wait; None where nothing is to be had."""
        known = customer_id(customer)
        wanted = self._wanted(known, session, surface)
        early = None if wanted is None else self._stores.reader.start(wanted)
        if early is not None:
            early.known = known
        return early

    @hurried
    def answer(
        self,
        body: bytes,
        surface: Surface,
        *,
        customer: object,
        gpc: bool,
        session: str | None,
        count: bool,
        fresh: bool,
        early: Early | None,
    ) -> Answer:
        """Guard one response body. Never raises."""
        try:
            who = self.who(customer, gpc, session, surface, early=early, fresh=fresh)
            started = self._stopwatch()
            armed = self._in_force.armed
            try:
                readers = armed.readers.get(surface.name)
                reader = None if readers is None else readers.of(who.customer)
                extracted = extract(body, surface, reader=reader)
                if self._too_slow(started):
                    return self._unjudged(TOO_SLOW, surface, who.customer, body)
                begun = self._deciding.begin(
                    surface,
                    extracted.items,
                    who,
                    briefs=extracted.briefs,
                    armed=armed,
                    count=count,
                )
            except NotReadable as unreadable:
                outcome = f"not_readable({unreadable.why})"
                return self._unjudged(outcome, surface, who.customer, body)
            making = Making(self._deciding, body, extracted, surface, begun.drafted, self._now_ms())
            made = self._likely(begun, making)
            decided = self._deciding.decided(begun, None if made is None else made.result)
            if self._too_slow(started):
                self._deciding.give_back(decided.reservation)
                return self._unjudged(TOO_SLOW, surface, who.customer, body)
            if made is None or made.result is not decided.result or made.who is not decided.who:
                try:
                    made = making.of(decided.result, decided.who)
                except Exception:
                    self._deciding.give_back(decided.reservation)
                    raise
            sent, decision = made.sent, made.decision
            self._deciding.count(decision)
        except Exception as error:  # noqa: BLE001 - our mistake is never the page's
            return self.failed_so(error, surface, customer, body)
        changed = None if sent is body else sent
        return Answer(changed, decision, decided.reservation, personal=decided.mode == "enforce")

    def _likely(self, begun: Begun, making: Making) -> Made | None:
        """What is sent unless something is counted meanwhile, made while the ledger works; None
        where it is not waited for.
        """
        if not self._stores.shared:
            return None
        try:
            return making.of(begun.likely(), begun.drafted.who)
        except Exception:  # noqa: BLE001 - it is met again once the ledger has answered
            return None

    def unreadable(
        self,
        why: str,
        surface: Surface,
        *,
        customer: object,
        gpc: bool,
        session: str | None,
        body: bytes | None,
        early: Early | None,
    ) -> Answer:
        """The answer to a response that can't be read at all: the app's bytes, or a blank."""
        try:
            who = self.who(customer, gpc, session, surface, early=early)
            return self._unjudged(f"not_readable({why})", surface, who.customer, body)
        except Exception as error:  # noqa: BLE001 - our mistake is never the page's
            return self.failed_so(error, surface, customer, body)

    def failed(
        self, error: Exception, surface: Surface, customer: object, body: bytes | None
    ) -> Answer:
        """The answer where a mistake of our own got in the way: the app's bytes, or a blank."""
        outcome = f"failed({type(error).__name__})"
        known, _ = read_customer(customer)
        for held in (body, None):
            try:
                return self._unjudged(outcome, surface, known, held)
            except Exception as again:  # noqa: BLE001 - as above
                report(f"no answer could be made on surface {surface.name}", again)
        # Not even counting works: what is left needs nothing but the surface.
        mode = self._in_force.mode_of(surface)
        decision = Decision("none", "none", surface.name, mode, 0, outcome)
        if mode == "observe" or on_failure(surface, self.settings, known) == "pass":
            return Answer(None, decision)
        return Answer(blank(None, surface), decision, personal=True)

    def failed_so(
        self, error: Exception, surface: Surface, raw: object, body: bytes | None
    ) -> Answer:
        """`failed`, and said in the log."""
        report(f"the guard failed on surface {surface.name}", error)
        return self.failed(error, surface, raw, body)

    def who(
        self,
        raw: object,
        gpc: bool,
        session: str | None,
        surface: Surface,
        *,
        early: Early | None = None,
        now_ms: int | None = None,
        fresh: bool = False,
    ) -> Who:
        """Who a response is for, with what is kept of them."""
        wanted = self._wanted(customer_id(raw), session, surface, early)
        identity, known = None, _NOT_ASKED
        if wanted is not None:
            identity = wanted.identity
            if wanted.choices or wanted.history:
                moment = self._now_ms() if now_ms is None else now_ms
                known = self._stores.reader.known(wanted, moment, early)
        return who_is(
            raw,
            gpc=gpc,
            session=session,
            unknown_identity=self.settings.unknown_identity,
            stores=self._stores,
            rules=self._in_force.rules,
            identity=identity,
            kept=known.kept,
            history=known.history,
            fresh=fresh,
            packed=known.packed,
        )

    def _wanted(
        self, known: str | None, session: str | None, surface: Surface, early: Early | None = None
    ) -> ToRead | None:
        """What is to be read of a customer before items can be judged; None of nobody.

        ``known``: the app's own id of the customer, None where it named nobody.
        """
        keys = self._stores.keys
        if known is None:
            identity = identity_of_session(session, self.settings.unknown_identity, keys)
        elif early is not None and early.known == known:
            identity = early.wanted.identity
        else:
            identity = keys.identity(known)
        if identity is None:
            return None
        armed = self._in_force.armed
        history = armed.looks_back and armed.remembers(surface)
        return ToRead(identity, known is not None, history, armed.counts(surface))

    def _too_slow(self, started: float) -> bool:
        """Whether the time budget is used up; a step that has begun is not interrupted."""
        budget = self.settings.time_budget
        return budget > 0 and self._stopwatch() - started > budget

    def _unjudged(
        self, outcome: str, surface: Surface, customer: Customer | None, body: bytes | None
    ) -> Answer:
        """The app's bytes or a blank; personal where that depends on who the customer is."""
        decision = self._deciding.undecided(surface, outcome)
        if decision.mode == "observe":
            return Answer(None, decision)
        if on_failure(surface, self.settings, customer) == "blank":
            return Answer(blank(body, surface), decision, personal=True)
        return Answer(None, decision, personal=not stated_on_failure(surface, self.settings))

"""The guard: a rule set and its stores, ready to judge responses.

Everything here may fail (a disk, a network, our own mistake); nothing of it reaches the page.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from guardrail import config
from guardrail.act import apply_objects, blank, shown_in, splice
from guardrail.caps import Ledger, LedgerError, MemoryLedger, Reservation
from guardrail.choices import Choices
from guardrail.config import Settings
from guardrail.customer import read_customer, resolve_tolerance
from guardrail.extract import NotReadable, Read, extract, read_line, read_objects
from guardrail.model import Customer, Decision, Verdict
from guardrail.pipeline import Request, Result, first_pass, second_pass
from guardrail.record import Stats
from guardrail.rulefile import Problem, RuleStore
from guardrail.ruleset import RuleSet, Surface, lowest_mode
from guardrail.service.armed import Armed, arm
from guardrail.service.pulse import Pulse
from guardrail.service.reserve import part_of, reserve
from guardrail.service.stores import Stores
from guardrail.service.who import Who, who_is

log = logging.getLogger("guardrail")

OUTCOMES = {"enforce": "guarded", "observe": "observed", "off": "not_covered"}
DAY_MS = 86_400_000


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


class _Decided(NamedTuple):
    """One response decided: under which rules, for whom, in which mode, with what reserved."""

    armed: Armed
    mode: str
    who: Who
    result: Result
    reservation: Reservation | None


class Guard:
    """Judges responses by one rule directory, with one set of stores. Thread-safe and fork-safe.

    Once built it never raises into a page; only `set_mode`, `stats` and `choices` say what they
    could not reach.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], float] | None = None) -> None:
        """``clock`` gives epoch seconds; None = the system's clock (and Redis's for the ledger).

        Raises `guardrail.rulefile.RuleFileError` when the rules are wrong and
        `guardrail.config.ConfigError` when a setting is.
        """
        self.settings = settings
        self._clock = clock
        self._store = RuleStore(settings.rules, on_problem=_log_problems)
        self._armed: Armed = arm(self._store.current)
        self._stores = Stores(settings, self._now_ms)
        self._switch: Mapping[str, str] = {}
        self._pulse = Pulse(self.refresh, clock or time.time)

    @classmethod
    def from_arguments(
        cls, arguments: Mapping[str, Any], app_config: Mapping[str, Any] | None = None
    ) -> Guard:
        """A guard from keyword arguments (``clock`` among them), app config and environment."""
        given = dict(arguments)
        clock = given.pop("clock", None)
        return cls(config.resolve(given, app_config), clock=clock)

    # -- what is in force

    @property
    def rules(self) -> RuleSet:
        """The rule set in force."""
        return self._armed.rules

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why the newest rule files are not in force; empty when they are."""
        return self._store.broken

    @property
    def choices(self) -> Choices:
        """The tolerance and choices that the guard keeps, by customer id: get, set, erase."""
        return self._stores.choices

    def refresh(self) -> None:
        """Take over changed rules and switched modes, write the counts out. Never raises."""
        try:
            self._store.refresh()
            if self._store.current is not self._armed.rules:
                self._armed = arm(self._store.current)
                log.info("rules %s are in force", self._armed.rules.revision)
            self._switch = self._stores.switched(self._switch)
            self._stores.flush(self._now_ms())
        except Exception:
            log.exception("the heartbeat failed; what was in force stays in force")

    def mode_of(self, surface: Surface) -> str:
        """The mode in effect on a surface: the lowest that anybody asks for."""
        switch = self._switch
        return lowest_mode(
            self.settings.mode,
            self._armed.rules.mode,
            surface.mode,
            switch.get("*"),
            switch.get(surface.name),
        )

    def modes(self, surface: str | None = None) -> dict[str, str]:
        """Who asks for which mode: source -> mode; a source that says nothing is left out."""
        self._switch = self._stores.switched(self._switch)
        asked = {
            "settings": self.settings.mode,
            "rule files": self.rules.mode,
            "guardrail mode": self._switch.get("*"),
        }
        if surface is not None:
            asked[f"rule files, surface {surface}"] = self.rules.surface(surface).mode
            asked[f"guardrail mode --surface {surface}"] = self._switch.get(surface)
        return {source: mode for source, mode in asked.items() if mode}

    def set_mode(self, mode: str, surface: str | None = None) -> None:
        """Switch the mode for every worker that shares this guard's stores; raises Unreachable."""
        self._stores.switch(mode, surface)
        self._switch = self._stores.switched(self._switch)

    def stats(self, since_ms: int | None = None, now_ms: int | None = None) -> Stats:
        """What was decided since a moment (default: the last 24 hours), over all processes."""
        now = self._now_ms() if now_ms is None else now_ms
        return self._stores.stats(now - DAY_MS if since_ms is None else since_ms, now)

    def surface_for(self, method: str, path: str) -> Surface | None:
        """The surface that a request belongs to; None where nothing is guarded or mode is off."""
        surface = self._armed.routes.find(method, path)
        if surface is None:
            return None
        self._pulse.beat()
        return None if self.mode_of(surface) == "off" else surface

    def sign(self, text: str) -> str:
        """The text with a signature, for a cookie."""
        return self._stores.keys.sign(text)

    def unsign(self, text: str) -> str | None:
        """The text of a signed cookie, None when the signature is not ours."""
        return self._stores.keys.unsign(text)

    def close(self) -> None:
        """Write out what is counted and let go of connections."""
        self._pulse.stop()
        self._stores.close(self._now_ms())

    # -- judging

    def answer(
        self,
        body: bytes,
        surface: Surface,
        *,
        customer: object = None,
        gpc: bool = False,
        session: str | None = None,
        count: bool = True,
    ) -> Answer:
        """Guard one response body. ``session``: the id of a signed session, for unknown customers.

        ``count`` False (a prefetch): caps are looked at, nothing is counted.
        """
        try:
            who = self._who(customer, gpc, session)
            try:
                extracted = extract(body, surface)
            except NotReadable as unreadable:
                return self._unreadable(unreadable.why, surface, who.customer, body)
            decided = self._decide(surface, extracted.items, who, count=count)
            fill = [offer.json for offer in decided.result.backfill]
            try:
                sent = splice(body, extracted, surface, decided.result.placed, fill)
            except Exception:
                self._give_back(decided.reservation)
                raise
            decision = self._decided(surface, decided, lambda: shown_in(sent, surface))
        except Exception as error:
            return self._failed(error, surface, customer, body)
        changed = None if sent is body else sent
        return Answer(changed, decision, decided.reservation, personal=decided.mode == "enforce")

    def unreadable(
        self,
        why: str,
        surface: Surface,
        *,
        customer: object = None,
        gpc: bool = False,
        session: str | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """The answer to a response that can't be read at all: the app's bytes, or a blank."""
        try:
            return self._unreadable(why, surface, self._who(customer, gpc, session).customer, body)
        except Exception as error:
            return self._failed(error, surface, customer, body)

    def not_covered(self, surface: Surface) -> Decision:
        """The decision for a response of a guarded path that there was nothing to judge in."""
        return self._undecided(surface, "not_covered")

    def release(self, answer: Answer) -> None:
        """Give back what an answer reserved, because it never went out."""
        self._give_back(answer.reservation)

    def review(
        self,
        items: Iterable[Any],
        *,
        customer: object = None,
        surface: str = "default",
        count: bool = True,
        gpc: bool = False,
        now_ms: int | None = None,
    ) -> Decision:
        """Judge items where there is no HTTP response; the decision's ``kept`` are those to show."""
        listed = list(items)
        found = self.rules.surface(surface)
        try:
            self._pulse.beat()
            if self.mode_of(found) == "off":
                return replace(self._undecided(found, "not_covered"), shown=tuple(listed))
            who = self._who(customer, gpc, None)
            reads = read_objects(listed, found)
            decided = self._decide(found, reads, who, count=count, now_ms=now_ms)
            fill = [offer.json for offer in decided.result.backfill]
            kept = apply_objects(listed, reads, found, decided.result.placed, fill)
            return self._decided(found, decided, tuple(kept))
        except Exception as error:
            failed = self._failed(error, found, customer, None)
            return replace(failed.decision, shown=tuple(listed) if failed.body is None else ())

    def review_many(
        self, pairs: Iterable[tuple[Iterable[Any], object]], *, surface: str = "default"
    ) -> list[Decision]:
        """`review` for many (items, customer) pairs, in order."""
        return [self.review(items, customer=customer, surface=surface) for items, customer in pairs]

    def score_item(
        self,
        raw: bytes,
        surface: str = "default",
        customer: object = None,
        now_ms: int | None = None,
    ) -> Verdict:
        """The verdict on one item's JSON, judged alone: no caps, no backfill, nothing counted.

        Raises `guardrail.extract.ItemError` when it is no item.
        """
        found = self.rules.surface(surface)
        read = Read(item=read_line(raw, found), span=(0, len(raw)))
        who = self._on_trial(customer)
        request = self._request(self._armed, found, who, self._trial_mode(found), now_ms)
        draft = first_pass(request, (read,))
        return second_pass(draft, [None] * len(draft.asks)).verdicts[0]

    def score_body(
        self,
        body: bytes,
        surface: str = "default",
        customer: object = None,
        now_ms: int | None = None,
    ) -> Decision:
        """The decision on one response body, with caps counted from nothing and kept nowhere.

        Raises `guardrail.extract.NotReadable` when it can't be read.
        """
        found = self.rules.surface(surface)
        now = self._now_ms() if now_ms is None else now_ms
        decided = self._decide(
            found,
            extract(body, found).items,
            self._on_trial(customer)._replace(identity="trial"),
            mode=self._trial_mode(found),
            now_ms=now,
            ledger=MemoryLedger(lambda: now),
        )
        return self._decided(found, decided, now_ms=now, recorded=False)

    # -- the steps

    def _now_ms(self) -> int:
        return int((self._clock or time.time)() * 1000)

    def _who(self, raw: object, gpc: bool, session: str | None) -> Who:
        return who_is(
            raw,
            gpc=gpc,
            session=session,
            unknown_identity=self.settings.unknown_identity,
            stores=self._stores,
            rules=self.rules,
        )

    def _on_trial(self, raw: object) -> Who:
        """The customer of a trial: nobody's choices are looked up, nothing is counted."""
        customer, problems = read_customer(raw)
        tolerance, problem = resolve_tolerance(customer, self.rules)
        return Who(customer, None, tolerance, (*problems, problem) if problem else problems)

    def _trial_mode(self, surface: Surface) -> str:
        """What is off is tried as in observe."""
        mode = self.mode_of(surface)
        return "observe" if mode == "off" else mode

    def _request(
        self, armed: Armed, surface: Surface, who: Who, mode: str, now_ms: int | None
    ) -> Request:
        return Request(
            plan=armed.engine.plan(surface, who.customer, self._stores.bucket(who.identity)),
            surface=surface,
            customer=who.customer,
            tolerance=who.tolerance,
            mode=mode,
            now_ms=self._now_ms() if now_ms is None else now_ms,
            pool=armed.pools.get(surface.name, ()),
            drop_unreadable=self._on_failure(surface, who.customer) == "blank",
        )

    def _decide(
        self,
        surface: Surface,
        reads: Sequence[Read],
        who: Who,
        *,
        count: bool = True,
        mode: str | None = None,
        now_ms: int | None = None,
        ledger: Ledger | None = None,
    ) -> _Decided:
        armed = self._armed
        ledger = ledger or self._stores.ledger
        mode = mode or self.mode_of(surface)
        draft = first_pass(self._request(armed, surface, who, mode, now_ms), reads)
        if now_ms is None and self._clock is not None:
            now_ms = self._now_ms()
        reserved = reserve(
            draft, ledger, who.identity, withhold=who.withhold, count=count, now_ms=now_ms
        )
        if reserved.trouble:
            self._stores.note_trouble(reserved.trouble)
        result = second_pass(draft, reserved.bounds)
        reservation = reserved.reservation
        if result.give_back and reservation is not None:
            self._give_back(part_of(reservation, draft, result.give_back))
        return _Decided(armed, mode, who, result, reservation)

    def _give_back(self, reservation: Reservation | None) -> None:
        if reservation is None or not reservation.taken:
            return
        try:
            self._stores.ledger.release(reservation)
        except LedgerError as error:
            self._stores.note_trouble(str(error))

    def _on_failure(self, surface: Surface, customer: Customer | None) -> str:
        """What happens to what can't be judged: as the surface or a setting says, else by risk."""
        stated = surface.on_failure or self.settings.on_failure
        if stated:
            return stated
        at_risk = customer and (customer.age_band == "child" or not customer.personalisation)
        return "blank" if surface.kind == "ad" or at_risk else "pass"

    def _unreadable(
        self, why: str, surface: Surface, customer: Customer | None, body: bytes | None
    ) -> Answer:
        decision = self._undecided(surface, f"not_readable({why})")
        if decision.mode == "observe" or self._on_failure(surface, customer) == "pass":
            return Answer(None, decision)
        return Answer(blank(body, surface), decision, personal=True)

    def _failed(
        self, error: Exception, surface: Surface, raw: object, body: bytes | None
    ) -> Answer:
        """Our own mistake is never the page's."""
        log.error("the guard failed on surface %s", surface.name, exc_info=error)
        decision = self._undecided(surface, f"failed({type(error).__name__})")
        if decision.mode == "observe":
            return Answer(None, decision)
        try:
            customer, _ = read_customer(raw)
            if self._on_failure(surface, customer) == "pass":
                return Answer(None, decision)
            return Answer(blank(body, surface), decision, personal=True)
        except Exception:
            log.exception("no blank could be made for surface %s", surface.name)
            return Answer(blank(None, surface), decision, personal=True)

    def _undecided(self, surface: Surface, outcome: str) -> Decision:
        """A decision without items, counted."""
        decision = Decision(
            decision_id=secrets.token_hex(8),
            revision=self.rules.revision,
            surface=surface.name,
            mode=self.mode_of(surface),
            at_ms=self._now_ms(),
            outcome=outcome,
        )
        self._stores.count(decision)
        return decision

    def _decided(
        self,
        surface: Surface,
        decided: _Decided,
        shown: tuple[Any, ...] | Callable[[], tuple[Any, ...]] = (),
        *,
        now_ms: int | None = None,
        recorded: bool = True,
    ) -> Decision:
        decision = Decision(
            decision_id=secrets.token_hex(8),
            revision=decided.armed.rules.revision,
            surface=surface.name,
            mode=decided.mode,
            at_ms=self._now_ms() if now_ms is None else now_ms,
            outcome=OUTCOMES[decided.mode],
            items=decided.result.verdicts,
            backfill=tuple(offer.item.id for offer in decided.result.backfill),
            shown=shown,
            problems=decided.who.problems,
        )
        if recorded:
            self._stores.count(decision)
        return decision


def _log_problems(problems: Sequence[Problem]) -> None:
    for problem in problems:
        log.error("rules not taken over: %s", problem.text())

"""The guard: a rule set and its stores, ready to judge responses.

Everything here may fail (a disk, a network, our own mistake); nothing of it reaches the page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from guardrail import config
from guardrail.act import Cuts, blank, splice
from guardrail.caps import Reservation
from guardrail.choices import ChoicesByCustomer
from guardrail.config import Settings
from guardrail.customer import customer_id, read_customer
from guardrail.enrich import Catalogue, open_catalogue
from guardrail.extract import NotReadable, extract, read_objects
from guardrail.model import Customer, Decision, Verdict
from guardrail.record import Facts, Stats
from guardrail.rulefile import Problem
from guardrail.ruleset import RuleSet, Surface
from guardrail.service.batch import Batches, How
from guardrail.service.deciding import Deciding
from guardrail.service.early import Early, Known, ToRead
from guardrail.service.explaining import Explained
from guardrail.service.failing import on_failure, stated_on_failure
from guardrail.service.hurried import hurried
from guardrail.service.in_force import InForce
from guardrail.service.pools import Answers, PoolReport, Pools, checked
from guardrail.service.pulse import Pulse
from guardrail.service.reviewed import reviewed
from guardrail.service.stores import Stores
from guardrail.service.trial import Trial
from guardrail.service.who import Who, identity_of, who_is
from guardrail.trouble import report

DAY_MS = 86_400_000
TOO_SLOW = "not_readable(too_slow)"


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


class Guard:
    """Judges responses by one rule directory, with one set of stores. Thread-safe and fork-safe.

    Once built it never raises into a page; only `set_mode`, `stats` and `choices` say what they
    could not reach.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], float] | None = None,
        stopwatch: Callable[[], float] = time.monotonic,
        fallback: Mapping[str, Answers] | None = None,
    ) -> None:
        """``clock`` gives epoch seconds; None = the system's clock (and Redis's for the ledger).

        ``fallback``: by surface, a callable that gives items to fall back on (`Pools`).

        ``stopwatch`` gives seconds from any moment on, and is never set back.

        Raises `guardrail.rulefile.RuleFileError` when the rules are wrong,
        `guardrail.enrich.CatalogueError` when the catalogue is and
        `guardrail.config.ConfigError` when a setting is.
        """
        self.settings = settings
        self._clock = clock or time.time
        self._stopwatch = stopwatch
        self._stores = Stores(settings, self._now_ms)
        self._in_force = InForce(settings, self._stores)
        self.catalogue: Catalogue | None = (
            None if settings.catalog is None else open_catalogue(settings.catalog, self._now_ms)
        )
        """What is known of items beside what responses say; None where no setting names it."""
        self._pools = Pools(checked(fallback or {}, self.rules.surfaces), self._now_ms)
        self._deciding = Deciding(
            settings,
            self._in_force,
            self._stores,
            self._now_ms,
            own_clock=clock is not None,
            catalogue=self.catalogue,
            pools=self._pools,
        )
        self._trial = Trial(self._in_force, self._deciding)
        self._pulse = Pulse(self.refresh, self._clock)

    @classmethod
    def from_arguments(
        cls, arguments: Mapping[str, Any], app_config: Mapping[str, Any] | None = None
    ) -> Guard:
        """A guard from keyword arguments, app config and environment.

        ``clock`` and ``fallback`` among the arguments are no settings, and only given here.
        """
        given = dict(arguments)
        clock, fallback = given.pop("clock", None), given.pop("fallback", None)
        return cls(config.resolve(given, app_config), clock=clock, fallback=fallback)

    # -- what is in force

    @property
    def rules(self) -> RuleSet:
        """The rule set in force."""
        return self._in_force.rules

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why the newest rule files are not in force; empty when they are."""
        return self._in_force.problems

    @property
    def choices(self) -> ChoicesByCustomer:
        """The tolerance and choices that the guard keeps, by customer id: get, set, erase."""
        return self._stores.choices

    @property
    def fallbacks(self) -> Mapping[str, PoolReport]:
        """How each callable that gives fallback items does, by surface, in this process."""
        return self._pools.report()

    @property
    def reaches_stores(self) -> bool:
        """Whether what keeps impressions, choices and counts answers, as of the last heartbeat."""
        return not self._stores.lost

    def refresh(self) -> None:
        """Take over changed rules, switched modes and a changed catalogue, write the counts out.

        Never raises.
        """
        try:
            self._in_force.refresh()
            if self.catalogue is not None:
                self.catalogue.refresh()
            self._deciding.facts.count()
            self._stores.flush(self._now_ms())
        except Exception as error:  # noqa: BLE001 - what is in force stays
            report("the heartbeat failed; what was in force stays in force", error)

    def mode_of(self, surface: Surface) -> str:
        """The mode in effect on a surface: the lowest that anybody asks for."""
        return self._in_force.mode_of(surface)

    def modes(self, surface: str | None = None) -> dict[str, str]:
        """Who asks for which mode: source -> mode; a source that says nothing is left out."""
        return self._in_force.modes(surface)

    def set_mode(self, mode: str, surface: str | None = None) -> None:
        """Switch the mode for every worker that shares this guard's stores; raises Unreachable."""
        self._in_force.switch(mode, surface)

    def stats(self, since_ms: int | None = None, now_ms: int | None = None) -> Stats:
        """What was decided since a moment (default: the last 24 hours), over all processes."""
        now = self._at(now_ms)
        return self._stores.stats(now - DAY_MS if since_ms is None else since_ms, now)

    def facts(self, since_ms: int | None = None, now_ms: int | None = None) -> Mapping[str, Facts]:
        """How facts came about since a moment (default: the last 24 hours), by surface.

        Over all processes, of one response in `guardrail.service.facts.EVERY`. Raises
        `Unreachable`.
        """
        now = self._at(now_ms)
        self._deciding.facts.count()
        return self._stores.facts(now - DAY_MS if since_ms is None else since_ms, now)

    def surface_for(self, method: str, path: str) -> Surface | None:
        """The surface that a request belongs to; None where nothing is guarded or mode is off."""
        routes = self._in_force.armed.routes
        surface = routes.find(method, path) or routes.find_alike(method, path)
        if surface is None:
            return None
        self.beat()
        return None if self.mode_of(surface) == "off" else surface

    @hurried
    def beat(self) -> None:
        """Keep the heartbeat going; for requests that do not come through `surface_for`.

        Never raises.
        """
        try:
            self._pulse.beat()
        except Exception as error:  # noqa: BLE001 - a page never goes unguarded because of it
            report("the heartbeat failed; what was in force stays in force", error)

    def sign(self, text: str) -> str:
        """The text with a signature, for a cookie."""
        return self._stores.keys.sign(text)

    def unsign(self, text: str) -> str | None:
        """The text of a signed cookie, None when the signature is not ours."""
        return self._stores.keys.unsign(text)

    def close(self) -> None:
        """Write out what is counted and let go of connections."""
        self._pulse.stop()
        self._deciding.facts.count()
        self._stores.close(self._now_ms())
        if self.catalogue is not None:
            self.catalogue.close()

    # -- judging what goes out

    @property
    def reads_ahead(self) -> bool:
        """Whether something is to be gained where a customer is known before the app runs."""
        return self._stores.shared

    def read_ahead(
        self, surface: Surface, *, customer: object = None, session: str | None = None
    ) -> Early | None:
        """Ask for what is kept of a customer while the app still works, and do not wait for it.

        None where there is nothing to wait for. What is given must go to `answer` or `unreadable`,
        or be dropped.
        """
        wanted = self._wanted(customer, session, surface)
        return None if wanted is None else self._stores.reader.start(wanted)

    @hurried
    def answer(
        self,
        body: bytes,
        surface: Surface,
        *,
        customer: object = None,
        gpc: bool = False,
        session: str | None = None,
        count: bool = True,
        fresh: bool = False,
        early: Early | None = None,
    ) -> Answer:
        """Guard one response body. ``session``: the id of a signed session, for unknown customers.

        ``count`` False (a prefetch): caps are looked at, nothing is counted. ``fresh``: the
        session was made just now, and its impressions are kept for an hour until it comes back.
        ``early``: what `read_ahead` gave for this request.
        """
        try:
            who = self._who(customer, gpc, session, surface, early=early)
            who = who._replace(fresh=fresh and session is not None)
            started = self._stopwatch()
            armed = self._in_force.armed
            try:
                extracted = extract(body, surface, reader=armed.readers.get(surface.name))
                if self._too_slow(started):
                    return self._unjudged(TOO_SLOW, surface, who.customer, body)
                decided = self._deciding.decide(
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
            if self._too_slow(started):
                self._deciding.give_back(decided.reservation)
                return self._unjudged(TOO_SLOW, surface, who.customer, body)
            fill = [offer.json for offer in decided.result.backfill]
            cuts = Cuts(decided.armed.rules.leaks, surface)
            try:
                sent = splice(body, extracted, surface, decided.result.placed, fill, cuts=cuts)
            except Exception:
                self._deciding.give_back(decided.reservation)
                raise
            decision = self._deciding.decision(
                surface, decided, lambda: _items_in(sent, surface), cut=cuts.counts
            )
        except Exception as error:  # noqa: BLE001 - our mistake is never the page's
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
        early: Early | None = None,
    ) -> Answer:
        """The answer to a response that can't be read at all: the app's bytes, or a blank."""
        try:
            who = self._who(customer, gpc, session, surface, early=early)
            return self._unjudged(f"not_readable({why})", surface, who.customer, body)
        except Exception as error:  # noqa: BLE001 - our mistake is never the page's
            return self._failed(error, surface, customer, body)

    def failed(
        self,
        error: Exception,
        surface: Surface,
        *,
        customer: object = None,
        body: bytes | None = None,
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
        decision = Decision("none", "none", surface.name, self.mode_of(surface), 0, outcome)
        if decision.mode == "observe" or on_failure(surface, self.settings, known) == "pass":
            return Answer(None, decision)
        return Answer(blank(None, surface), decision, personal=True)

    def not_covered(self, surface: Surface) -> Decision:
        """The decision for a response of a guarded path that there was nothing to judge in."""
        return self._deciding.undecided(surface, "not_covered")

    def release(self, answer: Answer) -> None:
        """Give back what an answer reserved, because it never went out."""
        self._deciding.give_back(answer.reservation)

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
        """Judge items where there is no HTTP response; ``kept`` of the decision are to be shown."""
        listed = list(items)
        found = self.rules.surface(surface)
        try:
            self._pulse.beat()
            if self.mode_of(found) == "off":
                return self.not_covered(found).showing(tuple(listed))
            who = self._who(customer, gpc, None, found, now_ms=now_ms)
            reads = read_objects(listed, found)
            decided = self._deciding.decide(found, reads, who, count=count, now_ms=now_ms)
            return reviewed(self._deciding, found, listed, reads, decided, now_ms=now_ms)
        except Exception as error:  # noqa: BLE001 - our mistake is never the page's
            return self.not_reviewed(error, found, customer, listed)

    def not_reviewed(
        self, error: Exception, surface: Surface, customer: object, items: Sequence[Any]
    ) -> Decision:
        """The decision where a mistake of our own got in the way: all of the items, or none."""
        try:
            failed = self._failed(error, surface, customer, None)
        except Exception as again:  # noqa: BLE001 - of whom nothing can be read may have opted out
            failed = self._failed(again, surface, {"personalisation": False}, None)
        return failed.decision.showing(tuple(items) if failed.body is None else ())

    def review_many(
        self,
        pairs: Iterable[tuple[Iterable[Any], object]],
        *,
        surface: str = "default",
        count: bool = True,
        now_ms: int | None = None,
    ) -> list[Decision]:
        """`review` for many (items, customer) pairs, in order, with few trips to the stores."""
        return list(self.review_stream(pairs, surface=surface, count=count, now_ms=now_ms))

    def review_stream(
        self,
        pairs: Iterable[tuple[Iterable[Any], object]],
        *,
        surface: str = "default",
        count: bool = True,
        now_ms: int | None = None,
    ) -> Iterator[Decision]:
        """`review_many` for a stream of any length; see `guardrail.service.batch.Batches`."""
        return self._batch().stream(pairs, How(surface, count, now_ms))

    # -- trying rules out

    def score_item(
        self,
        raw: bytes,
        surface: str = "default",
        customer: object = None,
        now_ms: int | None = None,
    ) -> Verdict:
        """The verdict on one item's JSON, judged alone; see `Trial.item`."""
        return self._trial.item(raw, surface, customer, self._at(now_ms))

    def score_body(
        self,
        body: bytes,
        surface: str = "default",
        customer: object = None,
        now_ms: int | None = None,
    ) -> Decision:
        """The decision on one response body, with nothing counted; see `Trial.body`."""
        return self._trial.body(body, surface, customer, self._at(now_ms))

    def explain_item(
        self,
        raw: bytes,
        surface: str = "default",
        customer: object = None,
        now_ms: int | None = None,
    ) -> Explained:
        """What led to the verdict of `score_item`; see `Trial.explain_item`."""
        return self._trial.explain_item(raw, surface, customer, self._at(now_ms))

    def explain_body(
        self,
        body: bytes,
        surface: str = "default",
        customer: object = None,
        now_ms: int | None = None,
        *,
        ident: str | None = None,
    ) -> Explained:
        """What led to one verdict of `score_body`; see `Trial.explain_body`."""
        return self._trial.explain_body(body, surface, customer, self._at(now_ms), ident)

    def score_stream(
        self,
        pairs: Iterable[tuple[Iterable[Any], object]],
        *,
        surface: str = "default",
        now_ms: int | None = None,
    ) -> Iterator[Decision]:
        """What `review_stream` would decide, customer by customer, with nothing counted."""
        return self._batch().stream(pairs, How(surface, counting=False, now_ms=now_ms, trial=True))

    # -- the steps

    def _batch(self) -> Batches:
        return Batches(self, self._deciding, self._stores)

    def _at(self, now_ms: int | None) -> int:
        return self._now_ms() if now_ms is None else now_ms

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)

    def _too_slow(self, started: float) -> bool:
        """Whether the time budget is used up; a step that has begun is not interrupted."""
        budget = self.settings.time_budget
        return budget > 0 and self._stopwatch() - started > budget

    def _wanted(self, raw: object, session: str | None, surface: Surface) -> ToRead | None:
        """What is to be read of a customer before items can be judged; None of nobody."""
        identity = identity_of(
            raw,
            session=session,
            unknown_identity=self.settings.unknown_identity,
            keys=self._stores.keys,
        )
        if identity is None:
            return None
        named = customer_id(raw) is not None
        return ToRead(identity, named, self._deciding.remembers(surface))

    def _who(
        self,
        raw: object,
        gpc: bool,
        session: str | None,
        surface: Surface,
        *,
        early: Early | None = None,
        now_ms: int | None = None,
    ) -> Who:
        wanted = self._wanted(raw, session, surface)
        known = Known()
        if wanted is not None:
            known = self._stores.reader.known(wanted, self._at(now_ms), early)
        return who_is(
            raw,
            gpc=gpc,
            session=session,
            unknown_identity=self.settings.unknown_identity,
            stores=self._stores,
            rules=self.rules,
            kept=known.kept,
            history=known.history,
        )

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

    def _failed(
        self, error: Exception, surface: Surface, raw: object, body: bytes | None
    ) -> Answer:
        """Our own mistake is never the page's."""
        report(f"the guard failed on surface {surface.name}", error)
        return self.failed(error, surface, customer=raw, body=body)


def _items_in(body: bytes, surface: Surface) -> tuple[Any, ...]:
    """The items of a body that went out, as plain data."""
    found = extract(body, surface)
    spans = [span for one in found.lists for span in one.elements]
    return tuple(msgspec.json.decode(found.source[start:end]) for start, end in spans)

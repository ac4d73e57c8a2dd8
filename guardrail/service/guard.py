"""The guard: a rule set and its stores, ready to judge responses.

Everything here may fail (a disk, a network, our own mistake); nothing of it reaches the page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from guardrail import config
from guardrail.choices import ChoicesByCustomer
from guardrail.config import Settings
from guardrail.enrich import Catalogue, open_catalogue
from guardrail.model import Decision, Verdict
from guardrail.record import Facts, Stats
from guardrail.rulefile import Problem
from guardrail.ruleset import RuleSet, Surface
from guardrail.service.answering import Answer, Answering
from guardrail.service.batch import Batches, How
from guardrail.service.deciding import Deciding
from guardrail.service.early import Early
from guardrail.service.explaining import Explained
from guardrail.service.facts import MOST_A_BEAT
from guardrail.service.hurried import hurried
from guardrail.service.in_force import InForce
from guardrail.service.pools import Answers, PoolReport, Pools, checked
from guardrail.service.pulse import Pulse
from guardrail.service.reviews import Reviews
from guardrail.service.stores import Stores
from guardrail.service.trial import Trial
from guardrail.trouble import report

__all__ = ["Answer", "Guard"]

DAY_MS = 86_400_000


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
        self._stores = Stores(settings, self._now_ms)
        self.reads_ahead = self._stores.shared
        """Whether something is to be gained where a customer is known before the app runs."""
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
        self._pulse = Pulse(self._refreshing, self._clock)
        self._answering = Answering(
            settings,
            self._in_force,
            self._stores,
            self._deciding,
            now_ms=self._now_ms,
            stopwatch=stopwatch,
        )
        self._reviews = Reviews(self._answering, self._in_force, self._deciding, self._pulse.beat)

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
        for _ in self._refreshing():
            pass

    def _refreshing(self) -> Iterator[None]:
        """The same step by step."""
        try:
            self._in_force.refresh()
            yield
            if self.catalogue is not None:
                self.catalogue.refresh()
                yield
            for _ in range(MOST_A_BEAT):
                if not self._deciding.facts.count(1):
                    break
                yield
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

        Over all processes, of the responses that `guardrail.service.facts` takes along. Raises
        `Unreachable`.
        """
        now = self._at(now_ms)
        self._deciding.facts.count()
        return self._stores.facts(now - DAY_MS if since_ms is None else since_ms, now)

    def surface_for(self, method: str, path: str) -> Surface | None:
        """The surface that a request belongs to; None where nothing is guarded or mode is off."""
        surface = self._in_force.armed.routes.of(method, path)
        if surface is None:
            return None
        if self._pulse.due:
            self.beat()
        return None if self._in_force.mode_of(surface) == "off" else surface

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

    def read_ahead(
        self, surface: Surface, *, customer: object = None, session: str | None = None
    ) -> Early | None:
        """Ask for what is kept of a customer while the app still works, and do not wait for it.

        None where there is nothing to wait for. What is given must go to `answer` or `unreadable`,
        or be dropped.
        """
        return self._answering.read_ahead(surface, customer, session)

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
        return self._answering.answer(
            body,
            surface,
            customer=customer,
            gpc=gpc,
            session=session,
            count=count,
            fresh=fresh,
            early=early,
        )

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
        return self._answering.unreadable(
            why, surface, customer=customer, gpc=gpc, session=session, body=body, early=early
        )

    def failed(
        self,
        error: Exception,
        surface: Surface,
        *,
        customer: object = None,
        body: bytes | None = None,
    ) -> Answer:
        """The answer where a mistake of our own got in the way: the app's bytes, or a blank."""
        return self._answering.failed(error, surface, customer, body)

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
        return self._reviews.review(
            items, customer=customer, surface=surface, count=count, gpc=gpc, now_ms=now_ms
        )

    def not_reviewed(
        self, error: Exception, surface: Surface, customer: object, items: Sequence[Any]
    ) -> Decision:
        """The decision where a mistake of our own got in the way: all of the items, or none."""
        return self._reviews.not_reviewed(error, surface, customer, items)

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

"""Fallback items that the app itself answers for: callables, one for each surface that has one.

No response waits for them beyond `FIRST_WAIT` once. What they answered last is what is used; it
is asked for anew beside the requests, and a callable that fails or hangs changes nothing but a
count. What they give is a fallback like any other: it is judged before it is shown.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from threading import Event, Lock, Thread
from typing import Any, NamedTuple

import msgspec

from guardrail.config import ConfigError, suggestion
from guardrail.extract import ItemError, read_line
from guardrail.ruleset import Surface
from guardrail.score.depth import item_depth
from guardrail.treat import Offer
from guardrail.trouble import report

log = logging.getLogger("guardrail")

FRESH_MS = 60_000
"""How long an answer is used before it is asked for anew, in milliseconds."""
RETRY_MS = 5_000
"""When it is asked again after it failed, in milliseconds."""
KEPT_MS = 3_600_000
"""How long the last good answer is used while there is no newer one, in milliseconds."""
FIRST_WAIT = 0.1
"""Seconds that the first response of a process waits for the first answer at most."""
FEWEST = 24
"""At least so many items are asked for: each treated item looks at up to eight of them."""
MOST = 200
"""So many of an answer are read."""

Answers = Callable[[str, int], Iterable[Any]]
"""From a surface's name and how many items would serve to items in the surface's own shape."""


class PoolReport(NamedTuple):
    """One callable in this process so far.

    ``items`` in use; ``asked`` so often, ``failed`` so often; ``refused``: items of its answers
    that could not be used. ``pending``: it is being asked at the moment. ``problem``: what was
    wrong the last time, None when nothing was.
    """

    items: int
    asked: int
    failed: int
    refused: int
    pending: bool
    problem: str | None


class Pools:
    """The callables by surface. Thread-safe, fork-safe, and never raises once it is made."""

    def __init__(self, answers: Mapping[str, Answers], now_ms: Callable[[], int]) -> None:
        self._pools = {name: _Pool(name, one, now_ms) for name, one in answers.items()}

    def of(self, surface: Surface, kept: tuple[Offer, ...]) -> tuple[Offer, ...]:
        """What may stand in on a surface: the app's items, then ``kept``, those of its file."""
        pool = self._pools.get(surface.name)
        return kept if pool is None else _joined(pool.offers(surface), kept)

    def report(self) -> Mapping[str, PoolReport]:
        """How each callable does, by surface."""
        return {name: pool.report() for name, pool in self._pools.items()}


def checked(given: Any, surfaces: Iterable[str]) -> dict[str, Answers]:
    """The callables by surface; raises `ConfigError` for what is none."""
    if not isinstance(given, Mapping):
        raise ConfigError(
            f"the argument fallback is a {type(given).__name__}; it must be a mapping from the "
            "name of a surface to a callable that takes that name and how many items would serve"
        )
    known = sorted(surfaces)
    for name, answers in given.items():
        if name not in known:
            near = suggestion(str(name), known) or f"; there are {', '.join(known) or 'none'}"
            raise ConfigError(f"fallback is given for {name!r}, which is no surface{near}")
        if not callable(answers):
            raise ConfigError(
                f"fallback of surface {name!r} is a {type(answers).__name__}; it must be a "
                "callable that takes the surface's name and how many items would serve"
            )
    return dict(given)


class _Pool:
    """One callable: at most one ask at a time, the last good answer in use."""

    def __init__(self, name: str, answers: Answers, now_ms: Callable[[], int]) -> None:
        self._name = name
        self._answers = answers
        self._now_ms = now_ms
        self._lock = Lock()
        self._pid = os.getpid()
        self._offers: tuple[Offer, ...] = ()
        self._shape: object = None
        self._asked_ms: int | None = None
        self._good_ms = 0
        self._asked_shape: object = None
        self._running: Event | None = None
        self._late: Event | None = None
        self._asked = self._failed = self._refused = 0
        self._problem: str | None = None

    def offers(self, surface: Surface) -> tuple[Offer, ...]:
        """What was answered last; a new answer is asked for where that is getting old."""
        now = self._now_ms()
        shape = (surface.shape, surface.fields)
        with self._lock:
            if self._pid != os.getpid():
                # The thread that asks did not come along when the process forked.
                self._pid, self._running = os.getpid(), None
            first = self._asked_ms is None
            running = self._running
            if self._is_old(now, shape):
                if running is None:
                    running = self._ask(surface, now, shape)
                elif running is not self._late:
                    self._late = running
                    self._note_late(now)
        if first and running is not None:
            running.wait(FIRST_WAIT)
        with self._lock:
            usable = shape == self._shape and 0 <= now - self._good_ms < KEPT_MS
            return self._offers if usable else ()

    def report(self) -> PoolReport:
        """How it does."""
        with self._lock:
            return PoolReport(
                len(self._offers),
                self._asked,
                self._failed,
                self._refused,
                self._running is not None,
                self._problem,
            )

    def _is_old(self, now: int, shape: object) -> bool:
        if self._asked_ms is None or shape != self._asked_shape:
            return True
        fresh = FRESH_MS if self._problem is None else RETRY_MS
        return not 0 <= now - self._asked_ms < fresh

    def _note_late(self, now: int) -> None:
        self._failed += 1
        waited = max(0, now - (self._asked_ms or 0)) // 1000
        self._problem = f"it has not answered for {waited} s"
        log.warning("the fallback of surface %s: %s", self._name, self._problem)

    def _ask(self, surface: Surface, now: int, shape: object) -> Event:
        done = self._running = Event()
        self._asked_ms, self._asked_shape = now, shape
        self._asked += 1
        name = f"guardrail-fallback-{self._name}"
        thread = Thread(target=self._run, args=(surface, shape, done), name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # No thread can be started: the machine is full, or the interpreter is ending.
            self._running = None
            self._failed += 1
            self._problem = "no thread could be started to ask it"
        return done

    def _run(self, surface: Surface, shape: object, done: Event) -> None:
        offers: tuple[Offer, ...] = ()
        refused = 0
        problem: str | None = None
        error: Exception | None = None
        try:
            offers, refused = _read(self._answers(surface.name, _wanted(surface)), surface)
            if not offers:
                problem = "it gave no item that can be used"
        except Exception as raised:  # noqa: BLE001 - the app's own code; the pages go on
            error, problem = raised, f"it raised {type(raised).__name__}"
        with self._lock:
            if self._running is not done:
                return
            changed = problem != self._problem
            self._running, self._problem = None, problem
            self._refused += refused
            if problem is None:
                self._offers, self._shape, self._good_ms = offers, shape, self._now_ms()
            else:
                self._failed += 1
        if error is not None and changed:
            report(f"the fallback of surface {self._name} can't be asked", error)
        done.set()


def _wanted(surface: Surface) -> int:
    return max(FEWEST, 2 * max(surface.show or 0, surface.minimum_items))


def _read(answered: Iterable[Any], surface: Surface) -> tuple[tuple[Offer, ...], int]:
    """The items of an answer that can be used, and how many can't."""
    offers: dict[str, Offer] = {}
    refused = 0
    for one, _ in zip(answered, range(MOST), strict=False):
        offer = _offer(one, surface)
        if offer is None or offer.item.id is None or offer.item.id in offers:
            refused += 1
        else:
            offers[offer.item.id] = offer
    return tuple(offers.values()), refused


def _offer(one: Any, surface: Surface) -> Offer | None:
    """An item of the answer; None where it is none, or where it says that it is personal."""
    try:
        raw = bytes(one) if isinstance(one, bytes | bytearray) else msgspec.json.encode(one)
        item = read_line(raw, surface)
    except (ItemError, msgspec.MsgspecError, TypeError, ValueError, RecursionError):
        return None
    if item.signals is None:
        return Offer(msgspec.structs.replace(item, signals=()), raw)
    return Offer(item, raw) if item_depth(item.signals) == 0 else None


def _joined(first: tuple[Offer, ...], then: tuple[Offer, ...]) -> tuple[Offer, ...]:
    ids = {offer.item.id for offer in first}
    return (*first, *_others(ids, then))


def _others(ids: set[str | None], offers: tuple[Offer, ...]) -> Iterator[Offer]:
    return (offer for offer in offers if offer.item.id not in ids)

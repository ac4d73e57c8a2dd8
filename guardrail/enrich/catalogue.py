"""The catalogue in force, and how much of what goes out it knows."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import NamedTuple, Protocol

from guardrail.enrich.facts import Facts
from guardrail.enrich.fault import CatalogueError
from guardrail.enrich.join import complete, complete_briefly
from guardrail.extract import Read
from guardrail.extract.brief import Briefs
from guardrail.trouble import report

log = logging.getLogger("guardrail")

TELL_EVERY_MS = 60_000
"""Unknown ids are told in the log once in so many milliseconds at most."""
EXAMPLES = 10
_LONGEST_EXAMPLE = 80


class Source(Protocol):
    """Where facts come from. Its methods may raise anything."""

    @property
    def size(self) -> int | None:
        """How many items there are; None where nobody has counted."""
        ...

    @property
    def repeated(self) -> int:
        """Rows whose id a later row has too."""
        ...

    def facts(self, ids: Sequence[str], now_ms: int) -> Mapping[str, Facts]:
        """What is known of these ids."""
        ...

    def refresh(self, now_ms: int) -> bool:
        """Take over what has changed; True if something has."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...


class Report(NamedTuple):
    """What the catalogue knew of the items that this process has judged since it started.

    ``source``: the file, or ``callable``. ``items``: in the catalogue, None where nobody has
    counted. ``repeated``: rows whose id a later row has too. ``asked``: items that were looked
    up, ``unknown``: those that were not there, ``examples``: the last few of their ids.
    ``problem``: why the newest state of the file is not in force, None when it is.
    """

    source: str
    items: int | None
    repeated: int
    asked: int
    unknown: int
    examples: tuple[str, ...]
    problem: str | None


class Catalogue:
    """Completes items from a source. Thread-safe; once made it never raises.

    ``now_ms`` gives epoch milliseconds.
    """

    def __init__(self, name: str, source: Source, now_ms: Callable[[], int]) -> None:
        self._name = name
        self._source = source
        self._now_ms = now_ms
        self._counting = Lock()
        self._refreshing = Lock()
        self._asked = self._unknown = 0
        self._told_unknown = self._told_asked = 0
        self._told_ms: int | None = None
        self._failed = 0
        self._examples: deque[str] = deque(maxlen=EXAMPLES)
        self._problem: str | None = None

    def complete(self, reads: Sequence[Read]) -> Sequence[Read]:
        """The items with the facts that they do not say themselves.

        An item that is not in the catalogue stays as it is; so do all when it can't be asked.
        """
        return complete(reads, self._lookup)

    def complete_briefly(self, briefs: Briefs) -> Briefs:
        """The same for items that were read briefly."""
        return complete_briefly(briefs, self._lookup)

    def _lookup(self, ids: Sequence[str]) -> Mapping[str, Facts]:
        try:
            found = self._source.facts(ids, self._now_ms())
        except Exception as error:  # noqa: BLE001 - items that nothing is known of are judged too
            found = {}
            with self._counting:
                self._failed += 1
                first = self._failed == 1
            if first:
                report(f"the catalogue {self._name} can't be asked; items stay unknown", error)
        missing = [ident for ident in ids if ident not in found]
        with self._counting:
            self._asked += len(ids)
            self._unknown += len(missing)
            self._examples.extend(ident[:_LONGEST_EXAMPLE] for ident in missing)
        return found

    def refresh(self) -> None:
        """Take over a changed file, and tell of unknown ids. Never raises.

        What was in force stays where the newest state is wrong. A thread that finds another one
        refreshing goes on with what is in force.
        """
        if not self._refreshing.acquire(blocking=False):
            return
        try:
            self._take_over()
            self._tell()
        finally:
            self._refreshing.release()

    def _take_over(self) -> None:
        try:
            if self._source.refresh(self._now_ms()):
                self._problem = None
                log.info("catalogue %s was read again", self._name)
        except CatalogueError as error:
            self._refused(str(error))
        except Exception as error:  # noqa: BLE001 - the last good catalogue stays
            self._refused(f"{self._name}: can't be read ({type(error).__name__})")

    def _refused(self, problem: str) -> None:
        if problem != self._problem:
            self._problem = problem
            log.error("catalogue not taken over: %s", problem)

    def _tell(self) -> None:
        now = self._now_ms()
        with self._counting:
            if self._told_ms is not None and 0 <= now - self._told_ms < TELL_EVERY_MS:
                return
            unknown = self._unknown - self._told_unknown
            asked = self._asked - self._told_asked
            failed, self._failed = self._failed, 0
            if not unknown and not failed:
                return
            self._told_ms, self._told_unknown, self._told_asked = now, self._unknown, self._asked
        text = "%d of %d items were not in the catalogue %s"
        log.warning(text, unknown, asked, self._name)
        if failed:
            log.error("the catalogue %s could not be asked %d times", self._name, failed)

    def report(self) -> Report:
        """What was in the catalogue and what was not, in this process so far."""
        with self._counting:
            return Report(
                self._name,
                self._source.size,
                self._source.repeated,
                self._asked,
                self._unknown,
                tuple(self._examples),
                self._problem,
            )

    def close(self) -> None:
        """Let go of what is open."""
        self._source.close()

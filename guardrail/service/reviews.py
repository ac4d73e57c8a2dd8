"""Items judged where there is no HTTP response: a page made on the server, an e-mail, a push."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from guardrail.extract import read_objects
from guardrail.model import Decision
from guardrail.ruleset import Surface
from guardrail.service.answering import Answering
from guardrail.service.deciding import Deciding
from guardrail.service.in_force import InForce
from guardrail.service.reviewed import reviewed


class Reviews:
    """Reviews lists of items by what is in force; see the methods of `Guard` with the same names.

    ``beat`` is called before each, and may raise.
    """

    def __init__(
        self,
        answering: Answering,
        in_force: InForce,
        deciding: Deciding,
        beat: Callable[[], None],
    ) -> None:
        self._answering = answering
        self._in_force = in_force
        self._deciding = deciding
        self._beat = beat

    def review(
        self,
        items: Iterable[Any],
        *,
        customer: object,
        surface: str,
        count: bool,
        gpc: bool,
        now_ms: int | None,
    ) -> Decision:
        """Judge items for one customer. Raises only what ``items`` raises."""
        listed = list(items)
        found = self._in_force.rules.surface(surface)
        try:
            self._beat()
            if self._in_force.mode_of(found) == "off":
                return self._deciding.undecided(found, "not_covered").showing(tuple(listed))
            who = self._answering.who(customer, gpc, None, found, now_ms=now_ms)
            reads = read_objects(listed, found)
            begun = self._deciding.begin(found, reads, who, count=count, now_ms=now_ms)
            decided = self._deciding.decided(begun)
            return reviewed(self._deciding, found, listed, reads, decided, now_ms=now_ms)
        except Exception as error:  # noqa: BLE001 - our mistake is never the page's
            return self.not_reviewed(error, found, customer, listed)

    def not_reviewed(
        self, error: Exception, surface: Surface, customer: object, items: Sequence[Any]
    ) -> Decision:
        """The decision where a mistake of our own got in the way: all of the items, or none."""
        failed_so = self._answering.failed_so
        try:
            failed = failed_so(error, surface, customer, None)
        except Exception as again:  # noqa: BLE001 - of whom nothing can be read may have opted out
            failed = failed_so(again, surface, {"personalisation": False}, None)
        return failed.decision.showing(tuple(items) if failed.body is None else ())

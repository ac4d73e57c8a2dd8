"""What became of the impressions that caps were asked for, counted so that operators see it.

A cap may be missed in two ways, and both are numbers: more than it allows was counted
(``over``, which one atomic script makes impossible, and which is checked all the same), or an
impression was counted that nobody saw (``not_given_back``), which is then withheld.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

from guardrail.caps import Ledger, LedgerError, Reservation
from guardrail.pipeline import Draft
from guardrail.record import Cell
from guardrail.service.reserve import Reserved

CHECK_EVERY_MS = 60_000
"""How often one reservation is counted again, in each process."""


class _Limit(NamedTuple):
    counter: str
    rule: str
    most: int
    window: int


class _Sample(NamedTuple):
    """A reservation of late, and the enforced limits that it had to keep."""

    customer: str
    at_ms: int
    limits: tuple[_Limit, ...]


class Impressions:
    """Counts, by rule, what was granted, refused, unanswered, given back or not, and over.

    ``count`` takes cells; it neither raises nor waits. ``first`` is called once, when the first
    impression was granted.
    """

    def __init__(
        self,
        ledger: Ledger,
        count: Callable[[Mapping[Cell, int]], None],
        first: Callable[[], None] = lambda: None,
    ) -> None:
        self._ledger = ledger
        self._count = count
        self._first: Callable[[], None] | None = first
        self._sample: _Sample | None = None
        self._checked_ms: int | None = None

    def note(self, draft: Draft, reserved: Reserved) -> None:
        """Count what a response asked for and got."""
        if not draft.asks:
            return
        if reserved.trouble:
            self._add(unanswered=draft.asks.by_rule())
        elif reserved.reservation is not None:
            reservation = reserved.reservation
            if not reservation.all_granted:
                refused = Counter(b.rule.id for b in reserved.bounds if b and not b.granted)
                self._add(granted=_by_rule(reservation), refused=refused)
            elif reservation.taken:
                self._add(granted=draft.asks.by_rule())
            self._keep(draft, reservation)

    def given_back(self, reservation: Reservation, *, done: bool) -> None:
        """Count what was given back, or could not be and is withheld from now on."""
        self._add(**{"given_back" if done else "not_given_back": _by_rule(reservation)})

    def check(self, now_ms: int) -> None:
        """About once a minute: ask whether a late reservation kept its limits.

        While workers change over to a lower limit, what the others still grant counts as over.
        """
        if self._checked_ms is not None and now_ms - self._checked_ms < CHECK_EVERY_MS:
            return
        sample, self._sample, self._checked_ms = self._sample, None, now_ms
        if sample is None:
            return
        asked = [(limit.counter, limit.window) for limit in sample.limits]
        try:
            counted = self._ledger.counts(sample.customer, asked, now_ms=sample.at_ms)
        except LedgerError:
            return
        over: dict[str, int] = {}
        for limit, seen in zip(sample.limits, counted, strict=True):
            if seen > limit.most:
                over[limit.rule] = over.get(limit.rule, 0) + seen - limit.most
        self._add(over=over)

    def _add(self, **by_rule: Mapping[str, int]) -> None:
        cells = {
            Cell("cap", "", rule, value=value): n
            for value, rules in by_rule.items()
            for rule, n in rules.items()
        }
        if cells:
            self._count(cells)

    def _keep(self, draft: Draft, reservation: Reservation) -> None:
        if not reservation.taken:
            return
        if self._first is not None:
            first, self._first = self._first, None
            first()
        if self._sample is not None:
            return
        counted = {counter for counter, _ in reservation.taken}
        limits = {
            one.counter: _Limit(one.counter, one.rule.id, one.rule.max_impressions, one.rule.window)
            for ask in draft.asks
            for one in ask
            if one.enforced and one.rule.max_impressions and one.counter in counted
        }
        if limits:
            at_ms = int(reservation.taken[0][1])
            self._sample = _Sample(reservation.customer, at_ms, tuple(limits.values()))


def _by_rule(reservation: Reservation) -> Mapping[str, int]:
    """Impressions by the rule's id, with which every counter begins."""
    return Counter(counter.partition("\x00")[0] for counter, _ in reservation.taken)

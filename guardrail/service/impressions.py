"""What became of the impressions that caps were asked for, counted so that operators see it.

A cap may be missed in two ways, and both are numbers: more than it allows was counted
(``over``, which one atomic script makes impossible, and which is checked all the same), or an
impression was counted that nobody saw (``not_given_back``), which is then withheld.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple
from weakref import WeakMethod

import msgspec

from guardrail.caps import Grant, Ledger, LedgerError, Reservation
from guardrail.decide.reserve import Ask, Asks, Row
from guardrail.pipeline import Draft
from guardrail.record import Cell
from guardrail.service.reserve import Reserved

CHECK_EVERY_MS = 60_000
"""How often one reservation is counted again, in each process."""

MOST_NOTED = 64
"""Responses that are only taken note of before what they asked for is counted."""
_MINUTE_MS = 60_000
_outcome: Callable[[Grant], tuple[bool, int | None]] = attrgetter("granted", "bound")


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


class _Noted(msgspec.Struct, frozen=True, gc=False):
    """What a response asked for, and what came of all of it; or with ``grants`` of each ask: then
    ``value`` is what came of those that were granted, empty where nothing was counted.

    Nothing of its customer or its items is held, and nothing that Python's collector of garbage
    would have to look through again and again.
    """

    minute: int
    value: str
    rows: Sequence[Row]
    grants: Sequence[Grant] = ()


class Impressions:
    """Counts, by rule, what was granted, refused, unanswered, given back or not, and over.

    ``count`` takes cells and a moment (epoch ms), None = this one; it neither raises nor waits.
    What responses got is taken note of, and counted with `tell`; after a fork the child begins
    with nothing, since that is the parent's to count. ``first`` is called once, when the first
    impression was granted.
    """

    def __init__(
        self,
        ledger: Ledger,
        count: Callable[[Mapping[Cell, int], int | None], None],
        first: Callable[[], None] = lambda: None,
    ) -> None:
        self._ledger = ledger
        self._count = count
        self._first: Callable[[], None] | None = first
        self._sample: _Sample | None = None
        self._checked_ms: int | None = None
        self._begin()
        begin = WeakMethod(self._begin)
        # Windows has no fork.
        if hasattr(os, "register_at_fork"):  # pragma: no branch
            os.register_at_fork(after_in_child=lambda: (again := begin()) and again())

    def _begin(self) -> None:
        self._noted: deque[_Noted] = deque()

    def note(self, draft: Draft, reserved: Reserved) -> None:
        """Take note of what a response asked for and got."""
        reservation, at_ms = reserved.reservation, draft.request.now_ms
        if not draft.asks or (reservation is None and not reserved.trouble):
            return
        minute, rows = at_ms // _MINUTE_MS, draft.asks.rows
        if reservation is None:
            self._note(_Noted(minute, "unanswered", rows))
        elif any(reserved.bounds):
            value = "granted" if reservation.taken else ""
            self._note(_Noted(minute, value, rows, reservation.grants))
        elif reservation.taken:
            self._note(_Noted(minute, "granted", rows))
        if reservation is not None and (self._first is not None or self._sample is None):
            self._keep(draft, reservation)

    def _note(self, noted: _Noted) -> None:
        self._noted.append(noted)
        if len(self._noted) >= MOST_NOTED:
            self.tell()

    def tell(self) -> None:
        """Count what was taken note of."""
        alike: dict[tuple[int, str], list[Row]] = {}
        some: dict[tuple[int, str], Counter[tuple[Row, tuple[bool, int | None]]]] = {}
        for noted in self._taken():
            under = noted.minute, noted.value
            if noted.grants:
                said = zip(noted.rows, map(_outcome, noted.grants), strict=True)
                some.setdefault(under, Counter()).update(said)
            else:
                alike.setdefault(under, []).extend(noted.rows)
        for (minute, value), rows in alike.items():
            self._add(minute * _MINUTE_MS, **{value: Asks(rows, ()).by_rule()})
        for (minute, value), grants in some.items():
            granted, refused = _by_grant(grants)
            self._add(minute * _MINUTE_MS, refused=refused, **({value: granted} if value else {}))

    def _taken(self) -> Iterable[_Noted]:
        """All that was taken note of, each by one thread alone."""
        while self._noted:
            try:
                yield self._noted.popleft()
            except IndexError:  # another thread had the last one
                return

    def given_back(self, reservation: Reservation, *, done: bool) -> None:
        """Count what was given back, or could not be and is withheld from now on."""
        self._add(None, **{"given_back" if done else "not_given_back": _by_rule(reservation)})

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
        self._add(None, over=over)

    def _add(self, at_ms: int | None, **by_rule: Mapping[str, int]) -> None:
        cells = {
            Cell("cap", "", rule, value=value): n
            for value, rules in by_rule.items()
            for rule, n in rules.items()
        }
        if cells:
            self._count(cells, at_ms)

    def _keep(self, draft: Draft, reservation: Reservation) -> None:
        if not reservation.taken:
            return
        if self._first is not None:
            first, self._first = self._first, None
            first()
        if self._sample is not None or not any(map(_has_limit, set(draft.asks.rows))):
            return
        counted = {counter for counter, _ in reservation.taken}
        limits = {
            one.counter: _Limit(one.counter, one.rule.id, one.rule.max_impressions, one.rule.window)
            for ask in draft.asks
            for one in ask
            if _limits(one) and one.counter in counted
        }
        if limits:
            at_ms = int(reservation.taken[0][1])
            self._sample = _Sample(reservation.customer, at_ms, tuple(limits.values()))


def _limits(ask: Ask) -> bool:
    """Whether there is a number of impressions that must not be exceeded."""
    return ask.enforced and ask.rule.max_impressions > 0


def _has_limit(row: Row) -> bool:
    return any(map(_limits, row.asks))


def _by_rule(reservation: Reservation) -> Mapping[str, int]:
    """Impressions by the rule's id, with which every counter begins."""
    return Counter(counter.partition("\x00")[0] for counter, _ in reservation.taken)


def _by_grant(
    grants: Mapping[tuple[Row, tuple[bool, int | None]], int],
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Impressions that were granted and that were refused, by the rule's id."""
    granted: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for (row, (let, bound)), many in grants.items():
        if let:
            # Where a watched cap is over, none of the watched ones counts.
            for rule, (_, _, terms) in zip(row.rules, row.caps, strict=True):
                granted[rule] += many * (bound is None or terms[3])
        elif bound is not None:
            refused[row.rules[bound]] += many
    return +granted, +refused

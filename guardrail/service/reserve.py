"""Reserving impressions: the one call that a response waits for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import repeat
from operator import attrgetter
from typing import NamedTuple, TypeVar

import msgspec

from guardrail.caps import Batch, Grant, Ledger, LedgerError, Reservation, Wanted, taken_by
from guardrail.decide.capped import Bound
from guardrail.decide.reserve import Ask, Asks, Row
from guardrail.pipeline import Draft

FRESH_SECONDS = 3_600
"""How long impressions of a session are kept whose cookie has not come back yet.

Who keeps no cookies is a new visitor at each request, and leaves a key at each.
"""


_Answer = TypeVar("_Answer", bound=Hashable)
_rules, _granted = attrgetter("rules"), attrgetter("granted")


class Reserved(msgspec.Struct, frozen=True):
    """What the ledger took, which cap binds each ask, and why it could not answer (``trouble``)."""

    reservation: Reservation | None
    bounds: Sequence[Bound | None]
    trouble: str | None = None


class Reserving(msgspec.Struct, frozen=True):
    """What a draft needs, on its way; ``wait`` must be called once.

    ``likely``: the bounds that come of it unless something is counted meanwhile.
    """

    wait: Callable[[], Reserved]
    likely: Sequence[Bound | None]


def begin(
    draft: Draft,
    ledger: Ledger,
    identity: str | None,
    *,
    withhold: bool,
    count: bool,
    now_ms: int | None,
    longest: int | None = None,
    packed: bytes | None = None,
) -> Reserving:
    """Ask for all that a draft needs, in one call, and do not wait for it.

    ``identity`` None: nothing can be counted, so capped items are let through, or with
    ``withhold`` held back. While the ledger can't be reached each cap's ``on_failure`` holds.
    ``longest``: no impression is kept for more seconds, and caps look back no further.
    ``packed``: what was counted of the customer, where it was read before.
    """
    if identity is None or not draft.asking:
        return _known(_uncounted(draft, withhold=withhold))
    try:
        begun = ledger.begin(
            identity, _batch(draft.asks, longest), now_ms=now_ms, count=count, packed=packed
        )
    except LedgerError as error:
        return _known(_counted(draft, error))

    def reserved() -> Reserved:
        try:
            return _counted(draft, begun.wait())
        except LedgerError as error:
            return _counted(draft, error)

    likely = begun.likely
    bounds = [None] * len(draft.asking) if likely is None else _bounds(draft.asks, likely, _bound)
    return Reserving(reserved, bounds)


def reserve(
    draft: Draft,
    ledger: Ledger,
    identity: str | None,
    *,
    withhold: bool,
    count: bool,
    now_ms: int | None,
) -> Reserved:
    """What comes of `begin`, waited for."""
    return begin(draft, ledger, identity, withhold=withhold, count=count, now_ms=now_ms).wait()


class Due(NamedTuple):
    """A draft whose impressions are to be reserved: for whom, see `begin`."""

    draft: Draft
    identity: str | None
    withhold: bool


def reserve_many(
    due: Sequence[Due], ledger: Ledger, *, count: bool, now_ms: int | None
) -> list[Reserved]:
    """`begin` for many customers, in order, in as few trips as the ledger needs.

    Raises ValueError for a cap that can't be, before anything is reserved.
    """
    wanted = [
        Wanted(one.identity, _batch(one.draft.asks))
        for one in due
        if one.identity is not None and one.draft.asks
    ]
    taken = iter(ledger.reserve_many(wanted, now_ms=now_ms, count=count) if wanted else ())
    return [
        _counted(draft, next(taken))
        if identity is not None and draft.asks
        else _uncounted(draft, withhold=withhold)
        for draft, identity, withhold in due
    ]


def _known(reserved: Reserved) -> Reserving:
    """What has not to be waited for."""
    return Reserving(lambda: reserved, reserved.bounds)


def _uncounted(draft: Draft, *, withhold: bool) -> Reserved:
    """What holds where there is nothing to count, or nobody to count it for."""
    if not withhold:
        return Reserved(None, [None] * len(draft.asking))
    return Reserved(None, _without_ledger(draft.asks, lambda ask: ask.enforced))


def _counted(draft: Draft, taken: Reservation | LedgerError) -> Reserved:
    """What the ledger's answer means for a draft."""
    if isinstance(taken, LedgerError):
        return Reserved(None, _without_ledger(draft.asks, _on_failure), str(taken))
    if taken.all_granted:
        return Reserved(taken, [None] * len(draft.asking))
    return Reserved(taken, _bounds(draft.asks, taken.grants, _bound))


def part_of(reservation: Reservation, draft: Draft, given_back: Sequence[int]) -> Reservation:
    """The part of a reservation that belongs to some of a draft's asks, all of them granted."""
    if len(given_back) == sum(map(_granted, reservation.grants)):
        return reservation._replace(grants=())
    if reservation.at is None:
        return reservation
    rows, values = draft.asks.rows, draft.asks.values
    asks = Batch([rows[i] for i in given_back], [values[i] for i in given_back])
    taken = taken_by(asks, [reservation.grants[i] for i in given_back], reservation.at)
    return reservation._replace(grants=(), taken=taken)


def _batch(asks: Asks, longest: int | None = None) -> Batch:
    """What a ledger is asked; with ``longest`` over no more seconds than that."""
    batch = Batch(asks.rows, asks.values)
    return batch if longest is None else batch.within(longest)


def _on_failure(ask: Ask) -> bool:
    return ask.enforced and ask.rule.on_failure == "suppress"


def _without_ledger(asks: Asks, refuses: Callable[[Ask], bool]) -> list[Bound | None]:
    """Of each ask the first cap that refuses where nothing could be counted."""

    def bound(row: Row, _: None) -> Bound | None:
        found = (Bound(a.rule, granted=False, retry_after=None) for a in row.asks if refuses(a))
        return next(found, None)

    return _bounds(asks, repeat(None, len(asks)), bound)


def _bound(row: Row, grant: Grant) -> Bound | None:
    """The cap that is over by the ledger's answer for an item."""
    if grant.bound is None:
        return None
    return Bound(row.asks[grant.bound].rule, grant.granted, grant.retry_after)


def _bounds(
    asks: Asks, answers: Iterable[_Answer], bound: Callable[[Row, _Answer], Bound | None]
) -> list[Bound | None]:
    """Of each ask what ``bound`` gives, once for all with the same rules and the same answer."""
    each = [*zip(map(_rules, asks.rows), answers, strict=True)]
    rows = dict(zip(each, asks.rows, strict=True))
    known = {one: bound(row, one[1]) for one, row in rows.items()}
    return [*map(known.__getitem__, each)]

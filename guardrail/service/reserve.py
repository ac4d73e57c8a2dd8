"""Reserving impressions: the one call that a response waits for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from guardrail.caps import Batch, Ledger, LedgerError, Reservation, Wanted
from guardrail.decide.capped import Bound
from guardrail.decide.reserve import Ask, Asks
from guardrail.pipeline import Draft

FRESH_SECONDS = 3_600
"""How long impressions of a session are kept whose cookie has not come back yet.

Who keeps no cookies is a new visitor at each request, and leaves a key at each.
"""


class Reserved(msgspec.Struct, frozen=True):
    """What the ledger took, which cap binds each ask, and why it could not answer (``trouble``)."""

    reservation: Reservation | None
    bounds: Sequence[Bound | None]
    trouble: str | None = None


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
) -> Callable[[], Reserved]:
    """Ask for all that a draft needs, in one call. What is returned waits for what comes of it, and
    must be called once.

    ``identity`` None: nothing can be counted, so capped items are let through, or with
    ``withhold`` held back. While the ledger can't be reached each cap's ``on_failure`` holds.
    ``longest``: no impression is kept for more seconds, and caps look back no further.
    ``packed``: what was counted of the customer, where it was read before.
    """
    if identity is None or not draft.asks:
        return partial(_uncounted, draft, withhold=withhold)
    try:
        begun = ledger.begin(
            identity, _batch(draft.asks, longest), now_ms=now_ms, count=count, packed=packed
        )
    except LedgerError as error:
        return partial(_counted, draft, error)

    def reserved() -> Reserved:
        try:
            return _counted(draft, begun())
        except LedgerError as error:
            return _counted(draft, error)

    return reserved


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
    return begin(draft, ledger, identity, withhold=withhold, count=count, now_ms=now_ms)()


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


def _uncounted(draft: Draft, *, withhold: bool) -> Reserved:
    """What holds where there is nothing to count, or nobody to count it for."""
    refuses: Callable[[Ask], bool] = (lambda ask: ask.enforced) if withhold else (lambda _: False)
    return Reserved(None, [_without_ledger(asks, refuses) for asks in draft.asks])


def _counted(draft: Draft, taken: Reservation | LedgerError) -> Reserved:
    """What the ledger's answer means for a draft."""
    if isinstance(taken, LedgerError):
        bounds = [_without_ledger(asks, _on_failure) for asks in draft.asks]
        return Reserved(None, bounds, str(taken))
    if taken.all_granted:
        return Reserved(taken, [None] * len(draft.asks))
    return Reserved(
        taken,
        [
            None if g.bound is None else Bound(asks[g.bound].rule, g.granted, g.retry_after)
            for g, asks in zip(taken.grants, draft.asks, strict=True)
        ],
    )


def part_of(reservation: Reservation, draft: Draft, given_back: Sequence[int]) -> Reservation:
    """The part of a reservation that belongs to some of a draft's asks."""
    counters = [a.counter for i in given_back for a in draft.asks[i]]
    taken: list[tuple[str, int]] = []
    for counter, moment in reversed(reservation.taken):
        if counter in counters:
            counters.remove(counter)
            taken.append((counter, moment))
    return reservation._replace(grants=(), taken=tuple(taken))


def _batch(asks: Asks, longest: int | None = None) -> Batch:
    """What a ledger is asked; with ``longest`` over no more seconds than that."""
    batch = Batch.of(asks.rows, asks.values)
    return batch if longest is None else batch.within(longest)


def _on_failure(ask: Ask) -> bool:
    return ask.enforced and ask.rule.on_failure == "suppress"


def _without_ledger(asks: Sequence[Ask], refuses: Callable[[Ask], bool]) -> Bound | None:
    """The first cap that refuses where nothing could be counted."""
    return next((Bound(a.rule, granted=False, retry_after=None) for a in asks if refuses(a)), None)

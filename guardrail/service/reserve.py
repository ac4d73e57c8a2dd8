"""Reserving impressions: the one call that a response waits for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from guardrail.caps import CapRequest, Ledger, LedgerError, Reservation
from guardrail.decide.capped import Bound
from guardrail.decide.reserve import Ask
from guardrail.pipeline import Draft


class Reserved(NamedTuple):
    """What the ledger took, which cap binds each ask, and why it could not answer (``trouble``)."""

    reservation: Reservation | None
    bounds: Sequence[Bound | None]
    trouble: str | None = None


def reserve(
    draft: Draft,
    ledger: Ledger,
    identity: str | None,
    *,
    withhold: bool,
    count: bool,
    now_ms: int | None,
) -> Reserved:
    """Reserve all that a draft asks for, in one call.

    ``identity`` None: nothing can be counted, so capped items are let through, or with
    ``withhold`` held back. While the ledger can't be reached each cap's ``on_failure`` holds.
    """
    if not draft.asks:
        return Reserved(None, ())
    if identity is None:
        refuses: Callable[[Ask], bool] = (
            (lambda ask: ask.enforced) if withhold else (lambda _: False)
        )
        return Reserved(None, [_without_ledger(asks, refuses) for asks in draft.asks])
    try:
        taken = ledger.reserve(
            identity, [_requests(a) for a in draft.asks], now_ms=now_ms, count=count
        )
    except LedgerError as error:
        bounds = [_without_ledger(asks, _on_failure) for asks in draft.asks]
        return Reserved(None, bounds, str(error))
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


def _requests(asks: Sequence[Ask]) -> list[CapRequest]:
    return [
        CapRequest(
            a.rule.id, a.counter, a.rule.max_impressions, a.rule.window, a.rule.cooldown, a.enforced
        )
        for a in asks
    ]


def _on_failure(ask: Ask) -> bool:
    return ask.enforced and ask.rule.on_failure == "suppress"


def _without_ledger(asks: Sequence[Ask], refuses: Callable[[Ask], bool]) -> Bound | None:
    """The first cap that refuses where nothing could be counted."""
    return next((Bound(a.rule, granted=False, retry_after=None) for a in asks if refuses(a)), None)

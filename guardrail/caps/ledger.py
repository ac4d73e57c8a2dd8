"""What a ledger of impressions promises, whatever it is kept in.

All times are whole milliseconds since the epoch, all durations whole seconds. A *counter* is
an opaque text (rule id and what is counted, never the limit), a *customer* an opaque keyed
pseudonym. The ledger hashes counters itself before it stores them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol, overload

import msgspec


class CapRequest(NamedTuple):
    """One cap that an item must pass: at most ``limit`` impressions within ``window`` seconds.

    ``limit`` None: there is no limit, the impression is only counted for ``window`` seconds.
    ``cooldown``: also at least so many seconds since the last one (0 = none). ``limit`` 0 with a
    cooldown means the cooldown alone. ``enforced`` False: the cap is only watched, it never
    refuses, and an item that it would refuse does not use it up.
    """

    rule: str
    counter: str
    limit: int | None
    window: int
    cooldown: int = 0
    enforced: bool = True


class Grant(NamedTuple):
    """The answer for one item: granted or not, which caps were over, when they permit again.

    ``bound``: index into the item's requests of the cap that binds longest, enforced ones
    before watched ones; None when no cap is over. ``retry_after``: seconds until *all* caps that
    are over permit again, at least 1. ``granted`` True with ``bound`` set: only watched caps
    are over.
    """

    granted: bool
    bound: int | None = None
    retry_after: int | None = None


GRANTED = Grant(True)


class Taken(Sequence[tuple[str, int]]):
    """What was taken, listed once somebody looks: most responses give nothing back.

    ``told`` gives at least one.
    """

    def __init__(self, told: Callable[[], tuple[tuple[str, int], ...]]) -> None:
        self._told = told
        self._known: tuple[tuple[str, int], ...] | None = None

    def _all(self) -> tuple[tuple[str, int], ...]:
        if self._known is None:
            self._known = self._told()
        return self._known

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(self._all())

    @overload
    def __getitem__(self, index: int) -> tuple[str, int]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[str, int]]: ...
    def __getitem__(self, index: int | slice) -> tuple[str, int] | Sequence[tuple[str, int]]:
        return self._all()[index]

    def __eq__(self, other: object) -> bool:
        return self._all() == (other._all() if isinstance(other, Taken) else other)

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return repr(self._all())


class Reservation(NamedTuple):
    """What a call to reserve took, so that it can be given back."""

    customer: str
    grants: tuple[Grant, ...]
    taken: Sequence[tuple[str, int]] = ()
    """(counter, moment in ms) of every impression that was counted."""
    at: int | None = None
    """That moment; None where nothing was counted."""

    @property
    def all_granted(self) -> bool:
        """Whether no cap is over, not even a watched one."""
        return self.grants.count(GRANTED) == len(self.grants)


class Awaited(msgspec.Struct, frozen=True):
    """A reservation on its way; `wait` must be called once, and may raise LedgerError.

    ``likely``: what is granted, ask by ask, unless something is counted meanwhile; None where that
    is all of it, or not known.
    """

    wait: Callable[[], Reservation]
    likely: Sequence[Grant] | None = None

    def __call__(self) -> Reservation:
        """The reservation, waited for."""
        return self.wait()


class Wanted(NamedTuple):
    """One customer and the asks of what they are to be shown, for `Ledger.reserve_many`."""

    customer: str
    asks: Sequence[Sequence[CapRequest]]


class LedgerError(Exception):
    """The ledger could not be reached, or did not answer in time. The text says why, no ids."""


class Ledger(Protocol):
    """Counts impressions and hands out those that the caps still allow, exactly, under any race."""

    def reserve(
        self,
        customer: str,
        asks: Sequence[Sequence[CapRequest]],
        *,
        now_ms: int | None = None,
        count: bool = True,
        packed: bytes | None = None,
    ) -> Reservation:
        """Reserve one impression for every ask, in order and atomically as a batch.

        An ask (one item's requests) is granted when every enforced cap permits, counting what
        earlier asks of the same batch took. A granted ask counts one impression on each of its
        distinct counters, but on none of the watched caps when a watched one is over; a refused
        ask counts nothing. An ask without requests is granted. ``count`` False only looks (it
        still sees what earlier asks of the batch would take), and takes nothing. ``now_ms`` None
        = the ledger's own clock. ``packed``: the customer's impressions as they were read before,
        empty for none, None = not read. The answer is the same, however old they are.
        ``retry_after`` None: never. Raises LedgerError, and ValueError for a cap or a moment that
        can't be.
        """
        return self.begin(customer, asks, now_ms=now_ms, count=count, packed=packed)()

    def begin(
        self,
        customer: str,
        asks: Sequence[Sequence[CapRequest]],
        *,
        now_ms: int | None = None,
        count: bool = True,
        packed: bytes | None = None,
    ) -> Awaited:
        """Ask for what `reserve` gives, and do not wait for it. Raises LedgerError."""
        ...

    def reserve_many(
        self,
        wanted: Sequence[Wanted],
        *,
        now_ms: int | None = None,
        count: bool = True,
    ) -> list[Reservation | LedgerError]:
        """`reserve` for many customers, in order, each atomic by itself; one may come again.

        In the place of a reservation stands the LedgerError that `reserve` would have raised.
        Raises ValueError for a cap or a moment that can't be, before anything is reserved.
        """
        ...

    def release(self, reservation: Reservation) -> None:
        """Give back exactly what the reservation took; safe to call twice. Raises LedgerError."""
        ...

    def counts(
        self, customer: str, counters: Sequence[tuple[str, int]], *, now_ms: int | None = None
    ) -> list[int]:
        """Impressions within the last ``window`` seconds of each (counter, window)."""
        ...

    def erase(self, customer: str) -> None:
        """Forget every impression of that customer. Raises LedgerError."""
        ...

"""A batch of asks as it is given: what a ledger needs of many caps, without an object for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, chain, compress
from operator import attrgetter
from typing import NamedTuple, Protocol, TypeVar, overload

from guardrail.caps.ledger import CapRequest, Grant

try:
    from guardrail.caps import counting as compiled
except ImportError:
    compiled = None  # type: ignore[assignment]

Kind = tuple[int | None, int, int, bool]
"""Limit, window, cooldown and whether it is enforced, as of `CapRequest`."""
Cap = tuple[str, int, Kind]
"""A counter, which value of its item follows it (from 1 on, 0 = none), and the kind of cap."""
Values = Sequence[str | None]
"""What an item is counted by."""
T = TypeVar("T", bound=int)
_rules_of, _caps_of = attrgetter("rules"), attrgetter("caps")
_granted = attrgetter("granted")


class Rowed(Protocol):
    """What asks share that only values tell apart. What it has as tuples never changes."""

    def __hash__(self) -> int:
        """Of the very same one."""
        ...

    @property
    def rules(self) -> Sequence[str]:
        """The ids of their rules."""
        ...

    @property
    def caps(self) -> Sequence[Cap]:
        """Their caps."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class CapRow:
    """The caps of an ask, and the ids of their rules; see `Rowed`."""

    rules: Sequence[str]
    caps: Sequence[Cap]


class Columns(NamedTuple):
    """The caps of all asks one after the other, and how many each ask has.

    ``distinct``: it is known that no ask names a counter twice.
    """

    counters: Sequence[str]
    kinds: Sequence[Kind]
    sizes: Sequence[int]
    distinct: bool = False


class Batch(Sequence[Sequence[CapRequest]]):
    """Asks that read like any others where a ledger looks at each.

    ``rows``: what each ask shares with others. ``values``: those of its item. No ask may name a
    counter twice.
    """

    def __init__(self, rows: Sequence[Rowed], values: Sequence[Values]) -> None:
        self.rows = rows
        self.values = values

    @cached_property
    def caps(self) -> Sequence[Sequence[Cap]]:
        """Of each ask its caps."""
        return [*map(_caps_of, self.rows)]

    @cached_property
    def columns(self) -> Columns:
        """The same by columns."""
        sizes = [*map(len, self.caps)]
        if compiled is not None:
            return Columns(*compiled.named(self.caps, self.values), sizes, distinct=True)
        counters = [
            counter + (values[place - 1] or "") if place else counter
            for caps, values in zip(self.caps, self.values, strict=True)
            for counter, place, _ in caps
        ]
        kinds = [kind for _, _, kind in chain.from_iterable(self.caps)]
        return Columns(counters, kinds, sizes, distinct=True)

    def within(self, seconds: int) -> Batch:
        """The same caps, none of which looks back or keeps an impression for longer."""
        rows = {row: _within(row, seconds) for row in dict.fromkeys(self.rows)}
        return Batch([*map(rows.__getitem__, self.rows)], self.values)

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> Sequence[CapRequest]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sequence[CapRequest]]: ...
    def __getitem__(
        self, index: int | slice
    ) -> Sequence[CapRequest] | Sequence[Sequence[CapRequest]]:
        return self._asks[index]

    def __iter__(self) -> Iterator[Sequence[CapRequest]]:
        return iter(self._asks)

    @cached_property
    def _asks(self) -> Sequence[Sequence[CapRequest]]:
        counters, kinds, sizes, _ = self.columns
        rules = chain.from_iterable(map(_rules_of, self.rows))
        each = [
            CapRequest(rule, counter, *kind)
            for rule, counter, kind in zip(rules, counters, kinds, strict=True)
        ]
        ends = accumulate(sizes)
        return [each[end - size : end] for end, size in zip(ends, sizes, strict=True)]


@lru_cache(maxsize=1024)
def _within(row: Rowed, seconds: int) -> CapRow:
    """See `Batch.within`."""
    caps = [
        (counter, place, (limit, min(window, seconds), min(cooldown, seconds), enforced))
        for counter, place, (limit, window, cooldown, enforced) in row.caps
    ]
    return CapRow(row.rules, caps)


def columns_of(asks: Sequence[Sequence[CapRequest]]) -> Columns:
    """The columns of any asks."""
    if isinstance(asks, Batch):
        return asks.columns
    sizes = [*map(len, asks)]
    if not any(sizes):
        return Columns((), (), sizes, distinct=True)
    _, counters, *terms = zip(*chain.from_iterable(asks), strict=True)
    return Columns(counters, [*zip(*terms, strict=True)], sizes)


def takes(asks: Sequence[Sequence[CapRequest]], grants: Sequence[Grant]) -> bool:
    """Whether an impression is counted with these grants."""
    return any(_counted(asks, grants))


def taken_by(
    asks: Sequence[Sequence[CapRequest]], grants: Sequence[Grant], at: T
) -> tuple[tuple[str, T], ...]:
    """(counter, moment) of every impression that is counted with these grants."""
    return tuple([(name, at) for names in _counted(asks, grants) for name in names])


def _counted(
    asks: Sequence[Sequence[CapRequest]], grants: Sequence[Grant]
) -> Iterator[Iterable[str]]:
    """What each granted ask counts: each counter once, and no watched cap where one is over."""
    for index, (_, bound, _) in compress(enumerate(grants), map(_granted, grants)):
        whole = bound is None
        if isinstance(asks, Batch):
            values = asks.values[index]
            yield [
                counter + (values[place - 1] or "") if place else counter
                for counter, place, kind in asks.rows[index].caps
                if whole or kind[3]
            ]
        else:
            yield dict.fromkeys([one.counter for one in asks[index] if whole or one.enforced])

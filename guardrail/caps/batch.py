"""A batch of asks as it is given: what a ledger needs of many caps, without an object for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate, chain
from operator import attrgetter
from typing import NamedTuple, Protocol, overload

from guardrail.caps.ledger import CapRequest

Kind = tuple[int | None, int, int, bool]
"""Limit, window, cooldown and whether it is enforced, as of `CapRequest`."""
Cap = tuple[str, int, Kind]
"""A counter, which value of its item follows it (from 1 on, 0 = none), and the kind of cap."""
Values = Sequence[str | None]
"""What an item is counted by."""
_rules_of, _caps_of = attrgetter("rules"), attrgetter("caps")


class Rowed(Protocol):
    """What asks share that only values tell apart; nothing of it may change."""

    @property
    def rules(self) -> Sequence[str]:
        """The ids of their rules."""
        ...

    @property
    def caps(self) -> Sequence[Cap]:
        """Their caps."""
        ...


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

    ``rules``: of each ask the ids of its caps' rules. ``caps``: its caps. ``values``: those of its
    item. No ask may name a counter twice.
    """

    def __init__(
        self,
        rules: Sequence[Sequence[str]],
        caps: Sequence[Sequence[Cap]],
        values: Sequence[Values],
    ) -> None:
        self._parts = rules, caps
        self.rows: Sequence[Rowed] | None = None
        self.values = values

    @classmethod
    def of(cls, rows: Sequence[Rowed], values: Sequence[Values]) -> Batch:
        """The same from rows, which are listed by columns once somebody looks at these."""
        out = cls((), (), values)
        out.rows = rows
        return out

    @cached_property
    def caps(self) -> Sequence[Sequence[Cap]]:
        """Of each ask its caps."""
        return self._parts[1] if self.rows is None else [*map(_caps_of, self.rows)]

    @property
    def _rules(self) -> Sequence[Sequence[str]]:
        return self._parts[0] if self.rows is None else [*map(_rules_of, self.rows)]

    @cached_property
    def columns(self) -> Columns:
        """The same by columns."""
        counters = [
            counter + (values[place - 1] or "") if place else counter
            for caps, values in zip(self.caps, self.values, strict=True)
            for counter, place, _ in caps
        ]
        kinds = [kind for _, _, kind in chain.from_iterable(self.caps)]
        return Columns(counters, kinds, [*map(len, self.caps)], distinct=True)

    def within(self, seconds: int) -> Batch:
        """The same caps, none of which looks back or keeps an impression for longer."""
        caps = [
            [
                (counter, place, (limit, min(window, seconds), min(cooldown, seconds), enforced))
                for counter, place, (limit, window, cooldown, enforced) in each
            ]
            for each in self.caps
        ]
        return Batch(self._rules, caps, self.values)

    def __len__(self) -> int:
        return len(self.caps if self.rows is None else self.rows)

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
        rules = chain.from_iterable(self._rules)
        each = [
            CapRequest(rule, counter, *kind)
            for rule, counter, kind in zip(rules, counters, kinds, strict=True)
        ]
        ends = accumulate(sizes)
        return [each[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def columns_of(asks: Sequence[Sequence[CapRequest]]) -> Columns:
    """The columns of any asks."""
    if isinstance(asks, Batch):
        return asks.columns
    sizes = [*map(len, asks)]
    if not any(sizes):
        return Columns((), (), sizes, distinct=True)
    _, counters, *terms = zip(*chain.from_iterable(asks), strict=True)
    return Columns(counters, [*zip(*terms, strict=True)], sizes)

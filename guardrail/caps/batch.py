"""A batch of asks by columns: what a ledger needs of many caps, without an object for each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain
from typing import NamedTuple, Protocol, overload

from guardrail.caps.ledger import CapRequest

Kind = tuple[int | None, int, int, bool]
"""Limit, window, cooldown and whether it is enforced, as of `CapRequest`."""


class Columns(NamedTuple):
    """The caps of all asks one after the other, and how many each ask has.

    ``distinct``: it is known that no ask names a counter twice.
    """

    counters: Sequence[str]
    kinds: Sequence[Kind]
    sizes: Sequence[int]
    distinct: bool = False


class Named(Protocol):
    """Something with an id."""

    @property
    def id(self) -> str:
        """Its id."""
        ...


class Batch(Sequence[Sequence[CapRequest]]):
    """Asks given by columns, which read like any others where a ledger looks at each.

    ``rules``: what has the ``id`` of each cap's rule. No ask may name a counter twice.
    """

    def __init__(
        self,
        rules: Sequence[Named],
        counters: Sequence[str],
        kinds: Sequence[Kind],
        sizes: Sequence[int],
    ) -> None:
        self._rules = rules
        self.columns = Columns(counters, kinds, sizes, distinct=True)

    def __len__(self) -> int:
        return len(self.columns.sizes)

    @overload
    def __getitem__(self, index: int) -> Sequence[CapRequest]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sequence[CapRequest]]: ...
    def __getitem__(
        self, index: int | slice
    ) -> Sequence[CapRequest] | Sequence[Sequence[CapRequest]]:
        counters, kinds, sizes, _ = self.columns
        ends = [*accumulate(sizes)]
        each = [
            CapRequest(rule.id, counter, *kind)
            for rule, counter, kind in zip(self._rules, counters, kinds, strict=True)
        ]
        return [each[end - size : end] for end, size in zip(ends, sizes, strict=True)][index]


def columns_of(asks: Sequence[Sequence[CapRequest]]) -> Columns:
    """The columns of any asks."""
    if isinstance(asks, Batch):
        return asks.columns
    sizes = [*map(len, asks)]
    if not any(sizes):
        return Columns((), (), sizes, distinct=True)
    _, counters, *terms = zip(*chain.from_iterable(asks), strict=True)
    return Columns(counters, [*zip(*terms, strict=True)], sizes)

"""What of each item may have to be looked at beside its sort, without reading it carefully."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol

from guardrail.extract.brief import Briefs
from guardrail.extract.scan import Scanned
from guardrail.model import Item


class Items(Protocol):
    """The items of one body. ``by_sort``: the sort of an item tells `reasoned`."""

    by_sort: bool

    def reasoned(self, index: int) -> bool | None:
        """None where an item has no reason, True where that is the surface's neutral one already;
        always the same where the sort tells it.
        """
        ...

    def copy(self, index: int) -> tuple[str | None, str | None]:
        """The title and the reason."""
        ...

    def facts(self, index: int, names: Sequence[str]) -> Hashable:
        """Those facts (categories, signals) as they are given; None where the sort tells them."""
        ...

    def counted(self, index: int) -> Item:
        """What rules count an item by; nothing else of it."""
        ...


class BriefItems:
    """Items that were read briefly: of one sort are those with the same facts."""

    by_sort = False

    def __init__(self, briefs: Briefs, neutral: str | None) -> None:
        self._briefs = briefs
        self._neutral = neutral
        self.copy = briefs.copy
        self.counted = briefs.counted

    def reasoned(self, index: int) -> bool | None:
        """See `Items`."""
        reason = self._briefs.reasons[index]
        return None if reason is None else reason == self._neutral

    def facts(self, _index: int, _names: Sequence[str]) -> Hashable:
        """See `Items`."""
        return None


class ScannedItems:
    """Items that were scanned: of one sort are those whose facts rules can't tell apart."""

    by_sort = True

    def __init__(self, scanned: Scanned) -> None:
        self._scanned = scanned
        self._columns: dict[str, Sequence[bytes | None]] = {}
        self.copy = scanned.copy
        self.counted = scanned.counted

    def reasoned(self, _index: int) -> bool | None:
        """See `Items`."""
        return None

    def facts(self, index: int, names: Sequence[str]) -> Hashable:
        """See `Items`."""
        return tuple(self._column(name)[index] for name in names)

    def _column(self, name: str) -> Sequence[bytes | None]:
        if name not in self._columns:
            self._columns[name] = self._scanned.scan.raws(name)
        return self._columns[name]

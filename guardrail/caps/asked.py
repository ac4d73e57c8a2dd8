"""A batch of asks by its distinct counters: what the ledger in memory has to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from guardrail.caps.batch import Batch, Columns, Kind, columns_of, taken_by
from guardrail.caps.judge import NEVER, Over, grant
from guardrail.caps.ledger import GRANTED, CapRequest, Grant
from guardrail.caps.plan import Moment, Spec, spec

try:
    from guardrail.caps import counting as compiled
except ImportError:
    compiled = None  # type: ignore[assignment]


class Tight(NamedTuple):
    """A counter that may not permit all that is asked of it.

    ``free``: from when (ms) a cap of it permits, after so many impressions of now. ``room``: how
    many more impressions all of its caps permit.
    """

    free: Callable[[Spec, int], int]
    room: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What the caps of one counter ask together.

    ``sure``: no cap objects while no more impressions are held and asked for. ``keep``: for how
    long (ms) an impression is needed. ``only_counts``: none of them ever objects.
    """

    sure: int
    keep: int
    only_counts: bool
    specs: tuple[Spec, ...]


class Judgement(NamedTuple):
    """Grants in order, and how often each distinct counter is counted for them."""

    grants: tuple[Grant, ...]
    times: list[int]


class Asked:
    """What a batch asks. Raises ValueError for a cap that can't be.

    ``need``: each distinct counter and how many asks name it. ``terms``: those of each.
    """

    __slots__ = ("_asks", "_known", "need", "terms")

    def __init__(self, asks: Sequence[Sequence[CapRequest]]) -> None:
        self._asks = asks
        self._known: Columns | None = None
        self.need: dict[str, int]
        self.terms: list[Terms]
        try:
            self.need, self.terms = self._totals()
        except ValueError:
            for ask in asks:
                for one in ask:
                    # It says whose cap it is.
                    spec(one)
            raise

    def _totals(self) -> tuple[dict[str, int], list[Terms]]:
        asks = self._asks
        if isinstance(asks, Batch) and compiled is not None:
            found = compiled.counted(asks.caps, asks.values, _terms)
            if found is not None:
                return found
        names, kinds, _, distinct = self._columns
        own = dict(zip(names, kinds, strict=True))
        need = dict(Counter(names))
        if not distinct:
            # An ask that names a counter twice counts it once.
            need = dict(Counter(n for a, b in self._rows() for n in dict.fromkeys(names[a:b])))
        if [*map(own.__getitem__, names)] == [*kinds]:
            return need, [*map(_terms, own.values())]
        several: dict[str, dict[Kind, None]] = {name: {} for name in own}
        for name, kind in zip(names, kinds, strict=True):
            several[name][kind] = None
        return need, [_together(tuple(each)) for each in several.values()]

    @property
    def _columns(self) -> Columns:
        if self._known is None:
            self._known = columns_of(self._asks)
        return self._known

    def _rows(self) -> Iterator[tuple[int, int]]:
        """Where the caps of each ask begin and end."""
        ends = [*accumulate(self._columns.sizes)]
        return zip([0, *ends], ends, strict=False)

    def granted(self) -> Judgement:
        """What holds where no cap objects."""
        return Judgement((GRANTED,) * len(self._asks), [*self.need.values()])

    def judged(self, tight: Mapping[str, Tight], full: Mapping[str, int], now: int) -> Judgement:
        """What holds where some may; what an ask takes is seen by those after it.

        ``full``: counters of which nothing more can be kept, and until when (ms).
        """
        names, kinds, *_ = self._columns
        times = dict(self.need)
        rooms = _Rooms(tight, full, now)
        grants = []
        for a, b in self._rows():
            row, granted = names[a:b], GRANTED
            counted: Iterable[str] = {*row}
            if not rooms.over.isdisjoint(row):
                granted = grant(rooms.objections(row, kinds[a:b]))
                counted = self._counted(a, b, granted)
                for name in {*row}.difference(counted):
                    times[name] -= 1
            grants.append(granted)
            rooms.take(counted)
        return Judgement(tuple(grants), [*times.values()])

    def taken(self, grants: Sequence[Grant], at: Moment) -> tuple[tuple[str, Moment], ...]:
        """(counter, moment) of every impression that is counted with these grants."""
        return taken_by(self._asks, grants, at)

    def _counted(self, a: int, b: int, granted: Grant) -> Mapping[str, None]:
        """What an ask counts: each counter once, and no watched cap where one is over."""
        if not granted.granted:
            return {}
        names, kinds, *_ = self._columns
        row = names[a:b]
        if granted.bound is None:
            return dict.fromkeys(row)
        kinds = kinds[a:b]
        return {name: None for name, kind in zip(row, kinds, strict=True) if kind[3]}


class _Rooms:
    """What tight counters still permit while asks are judged; ``over``: those that do not."""

    def __init__(self, tight: Mapping[str, Tight], full: Mapping[str, int], now: int) -> None:
        self._tight = tight
        self._full = full
        self._now = now
        self._left = {name: one.room for name, one in tight.items()}
        self._waits: dict[tuple[str, Kind, int], int | None] = {}
        self.over = {name for name, left in self._left.items() if left <= 0}

    def take(self, names: Iterable[str]) -> None:
        """An impression of each."""
        for name in names:
            if name in self._left:
                self._left[name] -= 1
                if self._left[name] <= 0:
                    self.over.add(name)

    def objections(self, names: Sequence[str], kinds: Sequence[Kind]) -> list[Over]:
        """The caps of an ask that object to it."""
        out = []
        for place, name in enumerate(names):
            if name in self.over:
                kind = kinds[place]
                known = name, kind, self._left[name]
                if known not in self._waits:
                    self._waits[known] = self._wait(*known)
                wait = self._waits[known]
                if wait is not None:
                    out.append(Over(place, kind[3], wait))
        return out

    def _wait(self, name: str, kind: Kind, left: int) -> int | None:
        """How long (ms) a cap objects; None where it does not."""
        (terms,) = _terms(kind).specs
        tight = self._tight[name]
        free = tight.free(terms, tight.room - left)
        withheld = name in self._full and not terms.only_counts
        if withheld:
            free = max(free, self._full[name])
        if free <= self._now and not withheld:
            return None
        return NEVER if free == NEVER else free - self._now


@lru_cache(maxsize=4096)
def _terms(kind: Kind) -> Terms:
    one = spec(CapRequest("", "", *kind))
    return Terms(_sure(one), one.keep * 1000, one.only_counts, (one,))


def _together(kinds: Sequence[Kind]) -> Terms:
    """What several caps of one counter ask."""
    each = [_terms(kind) for kind in kinds]
    return Terms(
        min(one.sure for one in each),
        max(one.keep for one in each),
        all(one.only_counts for one in each),
        tuple([terms for one in each for terms in one.specs]),
    )


def _sure(terms: Spec) -> int:
    limit = NEVER if terms.limit < 0 else terms.limit
    return min(limit, 1) if terms.cooldown else limit

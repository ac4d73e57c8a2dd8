"""A batch of asks by its distinct counters: what the ledger in memory has to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, compress, count
from operator import itemgetter
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
    many more impressions all of its caps permit. ``full``: from when (ms) one more may be kept,
    None where it can be kept anyway.
    """

    free: Callable[[Spec, int], int]
    room: int
    full: int | None = None


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

    def judged(self, tight: Mapping[str, Tight], now: int) -> Judgement:
        """What holds where some may; what an ask takes is seen by those after it."""
        names, kinds, *_ = self._columns
        own = dict(zip(tight, tight, strict=True))
        met = tuple(zip(map(own.get, names), kinds, strict=True))
        answers = _Answers(tight, now)
        grants: list[Grant] = []
        counted: list[str] = []
        for a, b in self._rows():
            granted, counts, takes = answers[met[a:b]]
            grants.append(granted)
            if counts:
                counted += dict.fromkeys(compress(names[a:b], counts))
                answers.take(takes)
        times = Counter(dict.fromkeys(self.need, 0))
        times.update(counted)
        return Judgement(tuple(grants), [*times.values()])

    def taken(self, grants: Sequence[Grant], at: Moment) -> tuple[tuple[str, Moment], ...]:
        """(counter, moment) of every impression that is counted with these grants."""
        return taken_by(self._asks, grants, at)


_Name = str | None
"""A tight counter; None stands for any other."""
_Met = tuple[_Name, Kind]
"""The counter of a cap, and its kind."""
_name_of: Callable[[_Met], _Name] = itemgetter(0)


class _Answer(NamedTuple):
    """What holds for an ask.

    ``counts``: of each cap whether it counts; nothing does where the ask is refused. ``takes``: the
    tight counters of those that do.
    """

    granted: Grant
    counts: Sequence[bool] = ()
    takes: Iterable[_Name] = ()


class _Answers(dict[tuple[_Met, ...], _Answer]):
    """What holds for an ask, by its caps: worked out once until other counters permit no more."""

    def __init__(self, tight: Mapping[str, Tight], now: int) -> None:
        self._tight: dict[_Name, Tight] = dict(tight.items())
        self._now = now
        self._left: dict[_Name, int] = {name: one.room for name, one in tight.items()}
        self._over = {name for name, left in self._left.items() if left <= 0}
        self._waits: dict[tuple[_Name, Kind, int], int | None] = {}

    def take(self, names: Iterable[_Name]) -> None:
        """An impression of each."""
        for name in names:
            self._left[name] -= 1
            if self._left[name] <= 0:
                self._over.add(name)
                self.clear()

    def __missing__(self, caps: tuple[_Met, ...]) -> _Answer:
        granted = grant(self._objections(caps))
        answer = _Answer(granted)
        if granted.granted:
            whole = granted.bound is None
            counts = [whole or kind[3] for _, kind in caps]
            tight = [name for name, _ in compress(caps, counts) if name is not None]
            answer = _Answer(granted, counts, dict.fromkeys(tight))
        self[caps] = answer
        return answer

    def _objections(self, caps: tuple[_Met, ...]) -> list[Over]:
        """The caps that object."""
        out = []
        for place in compress(count(), map(self._over.__contains__, map(_name_of, caps))):
            name, kind = caps[place]
            known = name, kind, self._left[name]
            if known not in self._waits:
                self._waits[known] = self._wait(*known)
            wait = self._waits[known]
            if wait is not None:
                out.append(Over(place, kind[3], wait))
        return out

    def _wait(self, name: _Name, kind: Kind, left: int) -> int | None:
        """How long (ms) a cap objects; None where it does not."""
        (terms,) = _terms(kind).specs
        tight = self._tight[name]
        free = tight.free(terms, tight.room - left)
        if tight.full is not None and not terms.only_counts:
            free = max(free, tight.full)
        elif free <= self._now:
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

"""A batch of asks as numbers: what a ledger needs of each cap, and the form the script reads."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple, TypeVar

import msgspec

from guardrail.caps.batch import Batch, Kind, columns_of
from guardrail.caps.ledger import CapRequest

try:
    from guardrail.caps import packing as compiled
except ImportError:
    compiled = None  # type: ignore[assignment]

T = TypeVar("T")
_MOST_CODES = 65_536
_encode = msgspec.json.Encoder().encode

MOST_IMPRESSIONS = 4000
"""A counter keeps so many impressions at most; a cap above acts as one of this limit."""

MOST_COUNTERS = 8192
MOST_HELD = 32_768
"""So many counters, and impressions on all of them, are kept of one customer. Beyond it an item
that a cap concerns is withheld, because it could not be counted. A counter that no cap of the batch
concerns is only counted: such may fill a half of both, and are beyond it not counted. In Redis up
to 16 impressions of one response on one counter are held as one."""

LATEST_MS = 2**42
LONGEST_SECONDS = 2**32


class Moment(int):
    """Milliseconds since the epoch that also know the batch which counted then.

    Two batches of one millisecond are told apart by it, so that giving back one of them twice
    does not give back the other.
    """

    batch: int | None = None


def moment(ms: int, batch: int) -> Moment:
    """A moment of that batch."""
    out = Moment(ms)
    out.batch = batch
    return out


class Spec(NamedTuple):
    """What a cap asks: ``limit`` (-1 = none) in ``window`` seconds, ``cooldown`` between two."""

    limit: int
    window: int
    cooldown: int
    enforced: bool

    @property
    def keep(self) -> int:
        """Seconds for which its counter needs an impression."""
        return max(self.window, self.cooldown)

    @property
    def only_counts(self) -> bool:
        """Whether it never objects."""
        return self.limit < 0 and not self.cooldown


def spec(request: CapRequest) -> Spec:
    """The request's numbers. Raises ValueError for one that no clock or count can have."""
    _, _, limit, window, cooldown, enforced = request
    if not _possible(limit, window, cooldown):
        raise ValueError(
            f"cap {request.rule!r}: limit {limit}, window {window} s and cooldown {cooldown} s "
            "must be whole numbers from 0 up (durations below 2**32 s)"
        )
    return Spec(*_limited(limit, window, cooldown), enforced)


def _possible(limit: int | None, window: int, cooldown: int) -> bool:
    return (limit or 0) >= 0 and 0 <= window < LONGEST_SECONDS and 0 <= cooldown < LONGEST_SECONDS


def _limited(limit: int | None, window: int, cooldown: int) -> tuple[int, int, int]:
    """The numbers that hold: a limit of 0 with a cooldown is none, as is one without a window."""
    if limit is None or (limit == 0 and cooldown > 0) or (limit > 0 and window == 0):
        return -1, window, cooldown
    return min(limit, MOST_IMPRESSIONS), window, cooldown


def checked_ms(now_ms: int) -> int:
    """The moment itself. Raises ValueError when it is no moment that can be kept."""
    if not 0 <= now_ms < LATEST_MS:
        raise ValueError(f"now_ms {now_ms} is no moment; give whole milliseconds since the epoch")
    return now_ms


class Codes:
    """The bytes that stand for counters under one secret; those that come again are remembered."""

    def __init__(self, name: Callable[[str], bytes]) -> None:
        self.name = name
        self.known: dict[str, bytes] = {}
        self.table = None if compiled is None else compiled.Table()
        """Others that are remembered, where it is compiled."""

    def of(self, counters: Sequence[str]) -> bytes:
        """The bytes of all of them, one after the other."""
        known, name = self.bounded(), self.name
        found = [*map(known.get, counters)]
        for k, code in enumerate(found):
            if code is None:
                found[k] = known[counters[k]] = name(counters[k])
        return b"".join(found)  # type: ignore[arg-type]

    def bounded(self) -> dict[str, bytes]:
        """Those that are remembered, so far as there is room for more."""
        if len(self.known) > _MOST_CODES:
            self.known.clear()
        return self.known


class Plan(NamedTuple):
    """A batch for the script: two JSON parts, and the codes of the distinct counters in their
    order, for each secret. ``plain``: no counter has several kinds of caps. ``now_ms``, ``specs``
    and ``groups``: the numbers in the first part.
    """

    body: bytes
    asks: bytes
    codes: Sequence[bytes]
    plain: bool
    now_ms: int = -1
    specs: Sequence[tuple[int, int, int, int]] = ()
    groups: Sequence[tuple[int, int, int]] = ()

    @property
    def asks_nothing(self) -> bool:
        """Whether no cap concerns any item of it."""
        return not self.asks


def plan(
    asks: Sequence[Sequence[CapRequest]],
    now_ms: int,
    count: bool,
    batch: int,
    codes: Sequence[Codes] = (),
) -> Plan:
    """Number the caps of a batch: c for the own cap of counter c, -k for the k-th further one.

    Counters of one kind of cap that are asked equally often stand together, so that the script
    can treat them as one. Raises ValueError for a cap that `spec` refuses.
    """
    if isinstance(asks, Batch) and compiled is not None:
        named = [(one.table, one.name) for one in codes]
        found = compiled.packed(asks.rows, asks.values, named)
        if found is not None:
            kinds_met, groups_met, numbered, packed_codes, many = found
            if not many:
                return _NOTHING
            specs = [_checked(kind, asks) for kind in kinds_met]
            body = _encode((now_ms, int(count), batch, specs, groups_met, ()))
            return Plan(body, numbered, packed_codes, True, now_ms, specs, groups_met)
    names, kinds, sizes, distinct = columns_of(asks)
    if not names:
        return _NOTHING
    own = dict(zip(names, kinds, strict=True))
    need: Mapping[str, int] = Counter(names)
    plain = [*map(own.__getitem__, names)] == [*kinds]
    if not (distinct or _distinct(names, sizes)):
        # An ask that names a counter twice counts it once.
        plain = False
        need = Counter(name for row in _rows(names, sizes) for name in dict.fromkeys(row))
    listed = dict.fromkeys(own.values() if plain else kinds)
    number_of = {kind: number for number, kind in enumerate(listed, 1)}
    specs = [_checked(kind, asks) for kind in number_of]
    alike: dict[tuple[int, int], list[str]] = defaultdict(list)
    own_numbers = map(number_of.__getitem__, own.values())
    for name, group in zip(own, zip(own_numbers, need.values(), strict=True), strict=True):
        alike[group].append(name)
    counters = tuple(chain.from_iterable(alike.values()))
    places = dict(zip(counters, range(1, len(counters) + 1), strict=True))
    numbers: Sequence[int] = [*map(places.__getitem__, names)]
    further: dict[tuple[int, int], int] = {}
    if not plain:
        numbers = [
            c if own[name] == kind else -further.setdefault((c, number_of[kind]), len(further) + 1)
            for c, name, kind in zip(numbers, names, kinds, strict=True)
        ]
    groups = [(kind, times, len(group)) for (kind, times), group in alike.items()]
    body = _encode((now_ms, int(count), batch, specs, groups, list(further)))
    listed_codes = [c.of(counters) for c in codes]
    return Plan(body, _encode(_rows(numbers, sizes)), listed_codes, plain, now_ms, specs, groups)


_NOTHING = Plan(b"", b"", (), plain=True)


def _rows(flat: Sequence[T], sizes: Sequence[int]) -> Sequence[Sequence[T]]:
    """What stands one after the other, ask by ask."""
    size = sizes[0]
    if sizes.count(size) == len(sizes):
        return [*zip(*[iter(flat)] * size, strict=True)] if size else [()] * len(sizes)
    each = iter(flat)
    return [[*islice(each, size)] for size in sizes]


def _distinct(names: Sequence[str], sizes: Sequence[int]) -> bool:
    """Whether no ask names a counter twice."""
    return sum(map(len, map(set, _rows(names, sizes)))) == len(names)


def _checked(kind: Kind, asks: Sequence[Sequence[CapRequest]]) -> tuple[int, int, int, int]:
    """A kind of cap as numbers."""
    numbers = _numbers(kind)
    if numbers is not None:
        return numbers
    # It says what is wrong.
    return spec(next(one for ask in asks for one in ask if one[2:] == kind))


@lru_cache(maxsize=4096)
def _numbers(kind: Kind) -> tuple[int, int, int, int] | None:
    limit, window, cooldown, enforced = kind
    if _possible(limit, window, cooldown):
        return (*_limited(limit, window, cooldown), int(enforced))
    return None

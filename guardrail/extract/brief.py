"""Items reduced, while they are parsed, to the facts that the rules in force ask for.

Most items need no closer look: one parse, one look-up each, and they are shown. So what no rule
reads is not even decoded, and whatever is odd about a body makes the brief reading stand back
for the careful one (`guardrail.extract.read`), which finds out what it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec.structs import astuple

from guardrail.extract.locate import body_type, leaves
from guardrail.extract.paths import are_plain
from guardrail.extract.shape import Shape, quoted
from guardrail.extract.strict import NEVER, NULL, struct_of, tree_of
from guardrail.model import DATA_KINDS, KINDS, METHODS, PARTIES, PRECISIONS, PURPOSES, Item, Signal

MOST_CATEGORIES = 6
"""Categories of one item beyond which the careful reading takes over."""
COUNTED = ("id", "campaign", "creative", "advertiser", "advertisers")
"""Fields that rules count by."""
_TURNS = 16_411


class Needs(NamedTuple):
    """What the rules in force read, in our names: fields of an item and of a signal.

    ``counted``: fields of an item that rules count by; no verdict hangs on them alone.
    """

    item: tuple[str, ...]
    signal: tuple[str, ...]
    counted: tuple[str, ...] = ()


class Way(NamedTuple):
    """How bodies of one shape are read briefly. ``ticks`` moves on with every item, signal and
    list of categories that the parser makes, so that one that it threw away (a key stood twice)
    is noticed. ``free`` is empty while somebody reads, so that nobody else moves them meanwhile.
    ``columns`` gives of all items the values of each field of ``fields``, in turn. ``signals``:
    what decodes the bytes of signals, where these are kept because they will be cut out. ``key``:
    of signals, quoted, where one that was thrown away may not have ticked: of bytes, or of an
    empty list in an object that stood twice.
    """

    steps: tuple[str | None, ...]
    decode: Callable[[bytes], Any]
    ticks: deque[int]
    free: list[None]
    fields: tuple[str, ...]
    columns: Callable[[Sequence[Any]], Iterable[tuple[Any, ...]]]
    needed: tuple[str, ...]
    signals: Callable[[bytes], list[Any]] | None
    key: bytes | None


class Briefs:
    """The items of one body, in brief, in the order of the bytes: a column for each field.

    ``signals``: the bytes of each item's signals, `NULL` where it has none; None where they are
    not kept. They stand once in each item, and their key stands nowhere else.
    """

    def __init__(
        self,
        length: int,
        columns: Mapping[str, Sequence[Any]],
        way: Way,
        signals: Sequence[msgspec.Raw] | None,
    ) -> None:
        self._length = length
        self._columns = columns
        self._way = way
        self.signals = signals

    def __len__(self) -> int:
        return self._length

    def exact(self) -> Briefs:
        """The same items with all facts that rules ask for."""
        return self

    def each_id(self) -> Iterator[str | None]:
        """The id of each item in turn, a number as text."""
        return (
            str(one) or None if one is not None else None for one in self._columns.get("id", ())
        )

    def column(self, field: str) -> Sequence[Any] | None:
        """A field of each item, None where no rule reads it."""
        return self._columns.get(field)

    def but(self, **columns: Sequence[Any]) -> Briefs:
        """The same items with other values in some columns."""
        return Briefs(self._length, {**self._columns, **columns}, self._way, self.signals)

    @property
    def titles(self) -> Sequence[str | None]:
        """The title of each item."""
        return self._columns["title"]

    @property
    def reasons(self) -> Sequence[str | None]:
        """The reason of each item."""
        return self._columns["reason"]

    @property
    def facts(self) -> list[Sequence[Any]]:
        """The needed fields (`Needs.item`) in their order, each with its value for every item."""
        return [self._columns[field] for field in self._way.needed]

    def copy(self, index: int) -> tuple[str | None, str | None]:
        """The title and the reason of an item."""
        return self.titles[index], self.reasons[index]

    def counted(self, index: int) -> Item:
        """What rules count an item by."""
        said = {field: self._columns[field][index] for field in COUNTED if field in self._columns}
        ident = said.get("id")
        if ident is not None:
            said["id"] = str(ident) or None
        return Item(**said)


def read_briefly(src: bytes, shape: Shape, way: Way) -> Briefs | None:
    """The items of a body, None where it needs the careful reading. Never raises."""
    if shape.may_hide_keys(src):
        return None
    try:
        way.free.pop()
    except IndexError:
        return None
    before = way.ticks[0]
    try:
        items = leaves(way.decode(src), way.steps)
        columns: dict[str, Sequence[Any]] = dict(zip(way.fields, way.columns(items), strict=False))
        signals = columns.get("signals") if way.signals else None
        if way.signals and signals is not None:
            columns["signals"] = way.signals(b"".join((b"[", b",".join(signals), b"]")))
        made = before - way.ticks[0]
    except (msgspec.DecodeError, RecursionError):
        return None
    finally:
        way.free.append(None)
    kept = 0
    if items:
        kept = 2 * len(items) - columns["categories"].count(None)
        kept += sum(map(len, filter(None, columns["signals"])))
    if (made - kept) % _TURNS or _may_hold(src) - kept >= _TURNS:
        return None
    if items and way.key is not None:
        absent = columns["signals"].count(None) if signals is None else _missing(signals)
        if src.count(way.key) != len(items) - absent:
            return None
    return Briefs(len(items), columns, way, signals)


def _missing(signals: Sequence[msgspec.Raw]) -> int:
    return [*map(id, signals)].count(id(NULL))


def _may_hold(src: bytes) -> int:
    """At least as many objects and lists as there are; only counted where the ticks may turn."""
    return src.count(b"{") + src.count(b"[") if len(src) >= len("{},") * _TURNS else 0


def way_of(shape: Shape, needs: Needs, *, cut: bool = False) -> Way | None:
    """The way to read bodies of a shape in brief; None where there is none.

    ``cut``: signals will be cut out, so their bytes are kept.
    """
    if not shape.strict or not are_plain(shape.steps):
        return None
    return _way(shape.steps, tuple(shape.paths.items()), needs, cut)


@lru_cache(maxsize=256)
def _way(
    steps: tuple[str | None, ...],
    paths: tuple[tuple[str, tuple[str, ...]], ...],
    needs: Needs,
    cut: bool,
) -> Way:
    wanted = {"id", "title", "reason", *needs.item, *needs.counted}
    # Where one field's path ran through another's there would be no strict reading, and no way.
    tree = tree_of({field: path for field, path in paths if field in wanted}) or {}
    ticks = deque(_numbers())
    # The cheapest call that gives None and leaves a trace: the numbers move on by one.
    tick = ticks.rotate
    places: dict[str, str] = {}
    types = _types(needs.signal, tick)
    lists = list.__class_getitem__(types["signals"])
    signals = msgspec.json.Decoder(lists).decode if cut else None
    leaf = struct_of(tree, types | ({"signals": msgspec.Raw} if cut else {}), places, tick)
    path = dict(paths)["signals"]
    fields, columns = _columns(leaf, places)
    return Way(
        steps=steps,
        decode=msgspec.json.Decoder(body_type(steps, leaf)).decode,
        ticks=ticks,
        free=[None],
        fields=fields,
        columns=columns,
        needed=needs.item,
        signals=signals,
        key=quoted(path[-1]) if cut or len(path) > 1 else None,
    )


@lru_cache(maxsize=1)
def _numbers() -> tuple[int, ...]:
    return tuple(range(_TURNS))


def _columns(
    leaf: Any, places: Mapping[str, str]
) -> tuple[tuple[str, ...], Callable[[Sequence[Any]], Iterable[tuple[Any, ...]]]]:
    """The fields in turn, and what gives their values for a list of items."""
    if not any("." in place for place in places.values()):
        by_place = {place: field for field, place in places.items()}
        fields = tuple(by_place.get(name, "") for name in leaf.__struct_fields__)
        return fields, lambda items: zip(*map(astuple, items), strict=True)
    row = attrgetter(*places.values())
    return tuple(places), lambda items: zip(*map(row, items), strict=True)


def _words(allowed: frozenset[str]) -> Any:
    return Literal[tuple(sorted(allowed))] | None


# Greater ones are read by their digits; zero may have been written -0.
_WHOLE = Annotated[int, msgspec.Meta(ge=1, le=2**62)]
_SIGNAL_TYPES: dict[str, Any] = {
    "data": _words(DATA_KINDS),
    "method": _words(METHODS),
    "party": _words(PARTIES),
    "depth": int | None,
    "via": tuple[Signal, ...],
    "context": str | None,
    "category": str | None,
    "precision": _words(PRECISIONS),
    "age_seconds": float | None,
    "audience_size": float | None,
}


def _types(signal: tuple[str, ...], tick: Callable[[], None]) -> dict[str, Any]:
    return {
        "id": str | _WHOLE | None,
        "kind": _words(KINDS),
        "purpose": _words(PURPOSES),
        "sponsored": bool | None,
        "price_personalised": bool | None,
        "purchased": bool | None,
        "advertisers": tuple[str, ...] | None,
        "attr": tuple[int, ...] | None,
        "categories": _categories_type(tick) | None,
        "signals": tuple[_signal_type(signal, tick), ...] | None,  # type: ignore[misc]
    }


def _tick_field(tick: Callable[[], None]) -> tuple[str, Any, Any]:
    return ("ticked", NEVER, msgspec.field(default_factory=tick))


def _categories_type(tick: Callable[[], None]) -> Any:
    slots: list[Any] = [
        (f"c{n}", str | msgspec.UnsetType, msgspec.UNSET) for n in range(MOST_CATEGORIES)
    ]
    return msgspec.defstruct(
        "Categories",
        [*slots, _tick_field(tick)],
        frozen=True,
        gc=False,
        array_like=True,
        forbid_unknown_fields=True,
    )


def _signal_type(fields: tuple[str, ...], tick: Callable[[], None]) -> Any:
    defaults = {"via": ()}
    listed = [(name, _SIGNAL_TYPES[name], defaults.get(name)) for name in fields]
    return msgspec.defstruct("Brief", [*listed, _tick_field(tick)], frozen=True, gc=False)


def item_of(facts: Sequence[Any], needs: Needs) -> Item:
    """The item that those facts (as `Briefs.facts` gives them) are of, without id and copy."""
    said = dict(zip(needs.item, facts, strict=True))
    said["categories"] = _categories(said["categories"])
    said["signals"] = _signals(said["signals"], needs)
    return Item(**said)


def facts_of(item: Item, needs: Needs) -> tuple[Any, ...]:
    """The same facts of an item that was read carefully; equal where they are the same."""
    said = [getattr(item, name) for name in needs.item]
    if item.signals is not None:
        at = needs.item.index("signals")
        said[at] = tuple(tuple(getattr(s, name) for name in needs.signal) for s in item.signals)
    return tuple(said)


def _categories(brief: Any) -> tuple[str, ...] | None:
    if brief is None or isinstance(brief, tuple):
        return brief
    return tuple(c for c in astuple(brief)[:-1] if c is not msgspec.UNSET)


def _signals(brief: Sequence[Any] | None, needs: Needs) -> tuple[Signal, ...] | None:
    if brief is None:
        return None
    rows = [one if isinstance(one, tuple) else astuple(one)[:-1] for one in brief]
    return tuple(Signal(**dict(zip(needs.signal, row, strict=True))) for row in rows)

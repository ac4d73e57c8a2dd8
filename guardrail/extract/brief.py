"""Items reduced, while they are parsed, to the facts that the rules in force ask for.

Most items need no closer look: one parse, one look-up each, and they are shown. So what no rule
reads is not even decoded, and whatever is odd about a body makes the brief reading stand back
for the careful one (`guardrail.extract.read`), which finds out what it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from guardrail.extract.locate import body_type, leaves
from guardrail.extract.paths import are_plain
from guardrail.extract.shape import Shape
from guardrail.extract.strict import struct_of, tree_of
from guardrail.model import DATA_KINDS, KINDS, METHODS, PARTIES, PRECISIONS, PURPOSES, Item, Signal

MOST_CATEGORIES = 6
"""Categories of one item beyond which the careful reading takes over."""
_TURNS = 4_099


class Needs(NamedTuple):
    """What the rules in force read, in our names: fields of an item and of a signal.

    ``counted``: fields of an item that caps count by; no verdict hangs on them.
    """

    item: tuple[str, ...]
    signal: tuple[str, ...]
    counted: tuple[str, ...] = ()


class Way(NamedTuple):
    """How bodies of one shape are read briefly. ``ticks`` moves on with every item, signal and
    list of categories that the parser makes, so that one that it threw away (a key stood twice)
    is noticed. ``facts``, ``title`` and the like get these from an item.
    """

    steps: tuple[str | None, ...]
    decode: Callable[[bytes], Any]
    ticks: deque[int]
    title: Callable[[Any], str | None]
    reason: Callable[[Any], str | None]
    facts: Callable[[Any], tuple[Any, ...]]
    signals: Callable[[Any], Any]
    categories: Callable[[Any], Any]
    counted: Mapping[str, Callable[[Any], Any]]


class Briefs:
    """The items of one body, in brief, in the order of the bytes."""

    def __init__(self, items: Sequence[Any], way: Way) -> None:
        self._items = items
        self._way = way

    def __len__(self) -> int:
        return len(self._items)

    def titles(self) -> Iterator[str | None]:
        """The title of each item."""
        return map(self._way.title, self._items)

    def reasons(self) -> Iterator[str | None]:
        """The reason of each item."""
        return map(self._way.reason, self._items)

    def facts(self) -> Iterator[tuple[Any, ...]]:
        """Of each item the needed fields, in the order of `Needs`; see `signals_of`."""
        return map(self._way.facts, self._items)

    def counted(self, index: int) -> Item:
        """What caps count an item by."""
        one = self._items[index]
        said = {field: value(one) for field, value in self._way.counted.items()}
        ident = said.get("id")
        if ident is not None:
            said["id"] = str(ident) or None
        return Item(**said)


def read_briefly(src: bytes, shape: Shape, way: Way) -> Briefs | None:
    """The items of a body, None where it needs the careful reading. Never raises."""
    if shape.may_hide_keys(src):
        return None
    before = way.ticks[0]
    try:
        items = leaves(way.decode(src), way.steps)
    except (msgspec.DecodeError, RecursionError):
        return None
    made = before - way.ticks[0]
    kept = 2 * len(items) - [*map(way.categories, items)].count(None)
    kept += sum(map(len, filter(None, map(way.signals, items))))
    return None if (made - kept) % _TURNS else Briefs(items, way)


def way_of(shape: Shape, needs: Needs) -> Way | None:
    """The way to read bodies of a shape in brief; None where there is none."""
    if not shape.strict or not are_plain(shape.steps):
        return None
    return _way(shape.steps, tuple(shape.paths.items()), needs)


@lru_cache(maxsize=256)
def _way(
    steps: tuple[str | None, ...], paths: tuple[tuple[str, tuple[str, ...]], ...], needs: Needs
) -> Way | None:
    wanted = {"title", "reason", *needs.item, *needs.counted}
    tree = tree_of({field: path for field, path in paths if field in wanted})
    if tree is None:
        return None
    ticks = deque(range(_TURNS))
    # The cheapest call that gives None and leaves a trace: the numbers move on by one.
    tick = ticks.rotate
    places: dict[str, str] = {}
    leaf = struct_of(tree, _types(needs.signal, tick), places, tick)
    return Way(
        steps=steps,
        decode=msgspec.json.Decoder(body_type(steps, leaf)).decode,
        ticks=ticks,
        title=attrgetter(places["title"]),
        reason=attrgetter(places["reason"]),
        facts=attrgetter(*(places[field] for field in needs.item)),
        signals=attrgetter(places["signals"]),
        categories=attrgetter(places["categories"]),
        counted={field: attrgetter(places[field]) for field in needs.counted},
    )


def _words(allowed: frozenset[str]) -> Any:
    return Literal[tuple(sorted(allowed))] | None


# Greater ones are read by their digits.
_WHOLE = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
_SIGNAL_TYPES: dict[str, Any] = {
    "data": _words(DATA_KINDS),
    "method": _words(METHODS),
    "party": _words(PARTIES),
    "depth": int | None,
    "via": tuple[Signal, ...],
    "context": str | None,
    "category": str | None,
    "precision": _words(PRECISIONS),
    "age_seconds": int | float | None,
    "audience_size": int | float | None,
}


def _types(signal: tuple[str, ...], tick: Callable[[], None]) -> dict[str, Any]:
    return {
        "id": str | _WHOLE | None,
        "kind": _words(KINDS),
        "purpose": _words(PURPOSES),
        "sponsored": bool | None,
        "price_personalised": bool | None,
        "advertisers": tuple[str, ...] | None,
        "attr": tuple[int, ...] | None,
        "categories": _categories_type(tick) | None,
        "signals": tuple[_signal_type(signal, tick), ...] | None,  # type: ignore[misc]
    }


def _tick_field(tick: Callable[[], None]) -> tuple[str, Any, Any]:
    return ("ticked", None, msgspec.field(default_factory=tick))


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
    return tuple(c for c in msgspec.structs.astuple(brief)[:-1] if c is not msgspec.UNSET)


def _signals(brief: Sequence[Any] | None, needs: Needs) -> tuple[Signal, ...] | None:
    if brief is None:
        return None
    rows = [one if isinstance(one, tuple) else msgspec.structs.astuple(one)[:-1] for one in brief]
    return tuple(Signal(**dict(zip(needs.signal, row, strict=True))) for row in rows)

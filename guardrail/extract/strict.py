"""Items that are as they should be, decoded by the parser straight into structs.

`is_plain` says whether a strict reading may stand. Everything else is read field by field
(`guardrail.extract.fields`), which costs about ten times as much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, starmap
from operator import attrgetter
from typing import Annotated, Any, NamedTuple

import msgspec

from guardrail.extract.facts import MAX_DEPTH, MAX_VIA, category_fault, normal_category
from guardrail.extract.locate import body_type
from guardrail.model import DATA_KINDS, KINDS, METHODS, PARTIES, PRECISIONS, PURPOSES, Item, Signal

FIELDS = Item.__struct_fields__

_NAMES = ("id", "advertiser", "campaign", "creative")
_EXACT: Mapping[str, Any] = {
    "categories": tuple[str, ...] | None,
    "signals": tuple[Signal, ...] | None,
    "sponsored": bool | None,
    "price_personalised": bool | None,
    "advertisers": tuple[str, ...] | None,
    "attr": tuple[int, ...] | None,
    "purchased": bool | None,
}
_LOOSE: Mapping[str, Any] = {
    **_EXACT,
    "categories": tuple[str, ...] | str | None,
    **dict.fromkeys(_NAMES, str | int | None),
}
NEVER = Annotated[int, msgspec.Meta(ge=1, le=0)]
"""No JSON is of this type: a field that only its default gives a value to."""
NULL = msgspec.Raw(b"null")
"""Stands for the bytes of a member that is not there."""
_REMEMBERED = 8192
_Key = tuple[Any, ...]
_Build = Callable[[Sequence[Any]], Sequence[Item | None]]
_id = attrgetter("id")
_head = attrgetter("kind", "purpose", "categories")
_signals = attrgetter("signals")
_body = attrgetter("data", "method", "party", "precision", "category", "depth", "via")

# What was found plain before need not be looked at again; no more than words of our own,
# categories and depths is kept, and `via` only where it is empty.
_plain_heads: set[_Key] = set()
_plain_bodies: set[_Key] = set()


class Strict(NamedTuple):
    """One strict way to decode: a whole body, a lone item, and what makes an item of the result.

    ``build`` makes items of what was decoded, and None of what needs a closer look; where it is
    None itself, the result is the items.
    """

    body: Callable[[bytes], Any]
    one: Callable[[bytes], Any]
    build: _Build | None


def strict_ways(
    steps: tuple[str | None, ...], paths: Mapping[str, tuple[str, ...]], *, native: bool
) -> tuple[Strict, ...]:
    """The ways to try in order: as the contract writes an item, then with numbers as ids.

    None at all where one field's path runs through another field.
    """
    tree = tree_of(paths)
    if tree is None:
        return ()
    exact = _way(steps, Item, None) if native else _mapped(steps, tree, _EXACT, _as_is)
    return exact, _mapped(steps, tree, _LOOSE, _converted)


def _way(steps: tuple[str | None, ...], leaf: Any, build: _Build | None) -> Strict:
    return Strict(
        body=msgspec.json.Decoder(body_type(steps, leaf)).decode,
        one=msgspec.json.Decoder(leaf).decode,
        build=build,
    )


def _mapped(
    steps: tuple[str | None, ...],
    tree: Mapping[str, Any],
    types: Mapping[str, Any],
    build: Callable[[Iterable[tuple[Any, ...]]], Sequence[Item | None]],
) -> Strict:
    """The way for items whose fields stand under other keys, in objects within the item too."""
    places: dict[str, str] = {}
    leaf = struct_of(tree, types, places)
    facts = attrgetter(*(places[field] for field in FIELDS))
    return _way(steps, leaf, lambda decoded: build(map(facts, decoded)))


def tree_of(paths: Mapping[str, tuple[str, ...]]) -> dict[str, Any] | None:
    """The keys of an object, each with our field or the keys of the object under it.

    None where one field's path runs through another field.
    """
    tree: dict[str, Any] = {}
    for field, path in paths.items():
        node = tree
        for key in path[:-1]:
            node = node.setdefault(key, {})
            if isinstance(node, str):
                return None
        if path[-1] in node:
            return None
        node[path[-1]] = field
    return tree


def struct_of(
    tree: Mapping[str, Any],
    types: Mapping[str, Any],
    places: dict[str, str],
    tick: Callable[[], None] | None = None,
) -> Any:
    """The struct for objects like ``tree``; ``places`` gets our field -> how to reach it there.

    ``tick`` is called for each struct that the parser makes; nothing else is told by it.
    """
    return _struct(tree, types, "", places, tick)


def _struct(
    tree: Mapping[str, Any],
    types: Mapping[str, Any],
    prefix: str,
    places: dict[str, str],
    tick: Callable[[], None] | None,
) -> Any:
    fields: list[Any] = []
    rename = {}
    for number, (key, node) in enumerate(tree.items()):
        name = f"f{number}"
        rename[name] = key
        if isinstance(node, str):
            places[node] = prefix + name
            kind = types.get(node, str | None)
            fields.append((name, kind, NULL if kind is msgspec.Raw else None))
        else:
            inner = _struct(node, types, f"{prefix}{name}.", places, None)
            fields.append((name, inner, msgspec.field(default_factory=inner)))
    if tick is not None:
        fields.append(("ticked", NEVER, msgspec.field(default_factory=tick)))
    return msgspec.defstruct("Mapped", fields, rename=rename, gc=False)


def _as_is(facts: Iterable[tuple[Any, ...]]) -> Sequence[Item]:
    return list(starmap(Item, facts))


def _converted(facts: Iterable[tuple[Any, ...]]) -> Sequence[Item | None]:
    return list(starmap(_convert, facts))


def _convert(*facts: Any) -> Item | None:
    ident, kind, title, reason, categories, signals, purpose, *rest = facts
    advertiser, campaign, creative, sponsored, price_personalised, *several = rest
    if 0 in (ident, advertiser, campaign, creative):
        return None  # It may have been written -0.
    return Item(
        ident if ident is None else str(ident),
        kind,
        title,
        reason,
        (categories,) if isinstance(categories, str) else categories,
        signals,
        purpose,
        advertiser if advertiser is None else str(advertiser),
        campaign if campaign is None else str(campaign),
        creative if creative is None else str(creative),
        sponsored,
        price_personalised,
        *several,
    )


def are_plain(items: Sequence[Item]) -> bool:
    """Whether every item has an id, normal categories, and known words where we know words."""
    if not all(map(_id, items)):
        return False
    heads = set(map(_head, items)) - _plain_heads
    signals = chain.from_iterable(filter(None, map(_signals, items)))
    bodies = set(map(_body, signals)) - _plain_bodies
    if not (all(map(_plain_head, heads)) and all(map(_plain_body, bodies))):
        return False
    _remember(_plain_heads, heads)
    _remember(_plain_bodies, {body for body in bodies if not body[-1]})
    return True


def _remember(known: set[_Key], new: set[_Key]) -> None:
    if len(known) + len(new) > _REMEMBERED:
        known.clear()
    known |= new


def _plain_head(head: _Key) -> bool:
    kind, purpose, categories = head
    return (
        (kind is None or kind in KINDS)
        and (purpose is None or purpose in PURPOSES)
        and all(map(_plain_category, categories or ()))
    )


def _plain_category(text: str) -> bool:
    return text == normal_category(text) and category_fault(text) is None


def _plain_body(body: _Key, links: int = 0) -> bool:
    data, method, party, precision, category, depth, via = body
    return (
        (data is None or data in DATA_KINDS)
        and (method is None or method in METHODS)
        and (party is None or party in PARTIES)
        and (precision is None or precision in PRECISIONS)
        and (category is None or _plain_category(category))
        and (depth is None or 0 <= depth < MAX_DEPTH)
        and links < MAX_VIA
        and all(_plain_body(_body(signal), links + 1) for signal in via)
    )


def plain_item(item: Item) -> Item | None:
    """An item without an id, its categories as they are compared; None where it is not plain."""
    for one in (item, in_lower_case(item)):
        if _plain_head(_head(one)) and all(_plain_body(_body(s)) for s in one.signals or ()):
            return one
    return None


def in_lower_case(item: Item) -> Item:
    """The item with its categories and those of its signals in the form they are compared in."""
    categories = item.categories and tuple(map(normal_category, item.categories))
    signals = item.signals and tuple(map(_signal_in_lower_case, item.signals))
    return msgspec.structs.replace(item, categories=categories, signals=signals)


def _signal_in_lower_case(signal: Signal) -> Signal:
    if not signal.category:
        return signal
    return msgspec.structs.replace(signal, category=normal_category(signal.category))

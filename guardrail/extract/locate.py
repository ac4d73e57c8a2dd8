"""Where the lists of items stand in a body.

The parser says how long each element is, the scanner where the first one starts; where a
body is odd (a repeated key on the way) the scanner alone finds every list.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from guardrail.extract.paths import Fork, Steps, Under, are_plain
from guardrail.extract.spans import (
    Span,
    elements,
    elements_as_parsed,
    members,
    read_key,
    skip_comma,
    skip_space,
    value_end,
)

_OBJECT, _NULL = 0x7B, 0x6E
_CONTAINERS = frozenset(b"[{")
ANY_JSON: Any = dict[str, msgspec.Raw] | list[msgspec.Raw]


class ListSpan(NamedTuple):
    """One list of items: where its brackets stand, and the span of each element.

    Where an object holds the items by their ids, ``keys`` are these, and ``starts`` says where
    each key begins.
    """

    start: int
    end: int
    elements: list[Span]
    keys: tuple[str, ...] | None = None
    starts: tuple[int, ...] = ()

    @property
    def parts(self) -> list[Span]:
        """What stands between the brackets: the elements, with their keys where they have them."""
        if self.keys is None:
            return self.elements
        return [(at, end) for at, (_, end) in zip(self.starts, self.elements, strict=True)]


class WrongShape(Exception):  # noqa: N818
    """The body has no list where the path says that one is."""


class _Odd(Exception):  # noqa: N818
    """The parser's reading and the bytes can differ: a key stands twice."""


def body_type(steps: Sequence[str | None], leaf: Any, *, required: bool = True) -> Any:
    """The type that decodes a body so that `leaves` finds values of type ``leaf`` in it."""
    if not steps:
        return list[leaf]
    key = steps[0]
    if key is None:
        return list[body_type(steps[1:], leaf, required=False)]  # type: ignore[misc]
    rest = body_type(steps[1:], leaf, required=required)
    field = ("value", rest) if required else ("value", rest | None, None)
    return msgspec.defstruct("Level", [field], rename={"value": key}, gc=False)


def leaves(tree: Any, steps: Sequence[str | None]) -> list[Any]:
    """The items of all lists, in order, of a body decoded as `body_type`."""
    if not steps:
        found: list[Any] = tree
        return found
    if steps[0] is None:
        return [leaf for each in tree for leaf in leaves(each, steps[1:])]
    return [] if tree.value is None else leaves(tree.value, steps[1:])


@lru_cache(maxsize=256)
def _raw_decoder(steps: tuple[str | None, ...]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(body_type(steps, msgspec.Raw))


def locate(src: bytes, steps: Steps) -> list[ListSpan]:
    """Every list of items in the body, in the order of the bytes.

    A list is missed out without complaint only under a list of groups (``results[].hits``
    where one result has no hits). Raises WrongShape, msgspec.DecodeError (no JSON) and
    RecursionError (nested too deep for the parser).
    """
    if not are_plain(steps):
        _check_json(src)
        return locate_in_json(src, steps)
    try:
        tree = _raw_decoder(steps).decode(src)
        return _walked(src, steps, tree)
    except msgspec.ValidationError:
        _check_json(src)
    except _Odd:
        pass
    return locate_in_json(src, steps)


def locate_in_json(src: bytes, steps: Steps) -> list[ListSpan]:
    """The same by the scanner alone, for bytes that are known to be JSON; never too deep."""
    return _walked(src, steps, None)


def _check_json(src: bytes) -> None:
    try:
        msgspec.json.decode(src, type=ANY_JSON)
    except msgspec.ValidationError:
        raise WrongShape from None


def _walked(src: bytes, steps: Steps, tree: Any) -> list[ListSpan]:
    out: list[ListSpan] = []
    _walk(src, skip_space(src, 0), steps, tree, out, required=True)
    return out


def _walk(
    src: bytes, pos: int, steps: Steps, tree: Any, out: list[ListSpan], *, required: bool
) -> int:
    """Collect the lists of the value at ``pos`` and return where that value ends."""
    if steps and isinstance(steps[0], Fork):
        return _walk_ways(src, pos, steps[0].ways, out)
    if steps and isinstance(steps[0], Under):
        return _walk_members(src, pos, steps[0], steps[1:], out)
    if steps and steps[0] is not None:
        return _walk_object(src, pos, steps, tree, out, required=required)
    if src[pos] != 0x5B:
        raise WrongShape
    if steps:
        return _walk_groups(src, pos, steps[1:], tree, out)
    found = elements(src, pos) if tree is None else elements_as_parsed(src, pos, tree)
    if found is None:
        raise _Odd
    spans, end = found
    out.append(ListSpan(pos, end, spans))
    return end


def _walk_groups(src: bytes, pos: int, steps: Steps, tree: Any, out: list[ListSpan]) -> int:
    at = skip_space(src, pos + 1)
    index = 0
    while src[at] != 0x5D:
        if tree is not None and index == len(tree):
            raise _Odd
        group = None if tree is None else tree[index]
        at = skip_comma(src, _walk(src, at, steps, group, out, required=False))
        index += 1
    return at + 1


def _walk_object(
    src: bytes, pos: int, steps: Steps, tree: Any, out: list[ListSpan], *, required: bool
) -> int:
    if src[pos] != 0x7B:
        raise WrongShape
    at = skip_space(src, pos + 1)
    found = False
    while src[at] != 0x7D:
        key, value = read_key(src, at)
        if key == steps[0] and found and tree is not None:
            raise _Odd
        if key != steps[0] or (src[value] == 0x6E and not required):
            end = value_end(src, value)
        else:
            found = True
            inner = None if tree is None else tree.value
            end = _walk(src, value, steps[1:], inner, out, required=required)
        at = skip_comma(src, end)
    if required and not found:
        raise WrongShape
    return at + 1


def _walk_ways(src: bytes, pos: int, ways: Sequence[Steps], out: list[ListSpan]) -> int:
    """Every way on its own; a list that one of them does not find may be missing, not all."""
    found: list[ListSpan] = []
    missing = 0
    for way in ways:
        here: list[ListSpan] = []
        try:
            _walk(src, pos, way, None, here, required=True)
        except WrongShape:
            if not _is_absent(src, pos, way):
                raise
            missing += 1
        found += here
    if missing == len(ways):
        raise WrongShape
    out += sorted(found)
    return value_end(src, pos)


def _is_absent(src: bytes, pos: int, way: Steps) -> bool:
    """Whether the way ends at a key that is not there, or is null: no list, and no other shape."""
    at = pos
    for step in way:
        if not isinstance(step, str) or src[at] != _OBJECT:
            break
        values = [value for key, _, value, _ in members(src, at)[0] if key == step]
        if not values:
            return True
        at = values[-1]
    return src[at] == _NULL


def _walk_members(src: bytes, pos: int, under: Under, rest: Steps, out: list[ListSpan]) -> int:
    if src[pos] != _OBJECT:
        raise WrongShape
    found, end = members(src, pos)
    if under is Under.IDS:
        spans = [(value, stop) for _, _, value, stop in found]
        keys = tuple(key for key, *_ in found)
        out.append(ListSpan(pos, end, spans, keys, tuple(start for _, start, *_ in found)))
        return end
    for _, _, value, _ in found:
        # Beside lists an object often has a number or a text; there is no item in these.
        if src[value] in _CONTAINERS:
            _walk(src, value, rest, None, out, required=False)
    return end

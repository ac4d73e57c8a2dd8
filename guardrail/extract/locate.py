"""Where the lists of items stand in a body.

The parser says how long each element is, the scanner where the first one starts; where a
body is odd (a repeated key on the way) the scanner alone finds every list.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from guardrail.extract.paths import Step
from guardrail.extract.spans import (
    Span,
    elements,
    elements_as_parsed,
    read_key,
    skip_comma,
    skip_space,
    value_end,
)

ANY_JSON: Any = dict[str, msgspec.Raw] | list[msgspec.Raw]


class ListSpan(NamedTuple):
    """One list of items: where its brackets stand, and the span of each element."""

    start: int
    end: int
    elements: list[Span]


class WrongShape(Exception):  # noqa: N818
    """The body has no list where the path says that one is."""


class _Odd(Exception):  # noqa: N818
    """The parser's reading and the bytes can differ: a key stands twice."""


def body_type(steps: Sequence[Step], leaf: Any, *, required: bool = True) -> Any:
    """The type that decodes a body so that `leaves` finds values of type ``leaf`` in it."""
    if not steps:
        return list[leaf]
    if steps[0] is None:
        return list[body_type(steps[1:], leaf, required=False)]  # type: ignore[misc]
    rest = body_type(steps[1:], leaf, required=required)
    field = ("value", rest) if required else ("value", rest | None, None)
    return msgspec.defstruct("Level", [field], rename={"value": steps[0]}, gc=False)


def leaves(tree: Any, steps: Sequence[Step]) -> list[Any]:
    """The items of all lists, in order, of a body decoded as `body_type`."""
    if not steps:
        found: list[Any] = tree
        return found
    if steps[0] is None:
        return [leaf for each in tree for leaf in leaves(each, steps[1:])]
    return [] if tree.value is None else leaves(tree.value, steps[1:])


@lru_cache(maxsize=256)
def _raw_decoder(steps: tuple[Step, ...]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(body_type(steps, msgspec.Raw))


def locate(src: bytes, steps: tuple[Step, ...]) -> list[ListSpan]:
    """Every list of items in the body, in the order of the bytes.

    A list is missed out without complaint only under a list of groups (``results[].hits``
    where one result has no hits). Raises WrongShape, msgspec.DecodeError (no JSON) and
    RecursionError (nested too deep for the parser).
    """
    try:
        tree = _raw_decoder(steps).decode(src)
        return _walked(src, steps, tree)
    except msgspec.ValidationError:
        _check_json(src)
    except _Odd:
        pass
    return locate_in_json(src, steps)


def locate_in_json(src: bytes, steps: Sequence[Step]) -> list[ListSpan]:
    """The same by the scanner alone, for bytes that are known to be JSON; never too deep."""
    return _walked(src, steps, None)


def _check_json(src: bytes) -> None:
    try:
        msgspec.json.decode(src, type=ANY_JSON)
    except msgspec.ValidationError:
        raise WrongShape from None


def _walked(src: bytes, steps: Sequence[Step], tree: Any) -> list[ListSpan]:
    out: list[ListSpan] = []
    _walk(src, skip_space(src, 0), steps, tree, out, required=True)
    return out


def _walk(
    src: bytes, pos: int, steps: Sequence[Step], tree: Any, out: list[ListSpan], *, required: bool
) -> int:
    """Collect the lists of the value at ``pos`` and return where that value ends."""
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


def _walk_groups(
    src: bytes, pos: int, steps: Sequence[Step], tree: Any, out: list[ListSpan]
) -> int:
    at = skip_space(src, pos + 1)
    index = 0
    while src[at] != 0x5D:
        group = None if tree is None else tree[index]
        at = skip_comma(src, _walk(src, at, steps, group, out, required=False))
        index += 1
    return at + 1


def _walk_object(
    src: bytes, pos: int, steps: Sequence[Step], tree: Any, out: list[ListSpan], *, required: bool
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

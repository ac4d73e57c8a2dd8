"""What a surface says about its bodies, prepared once: where each field is, how to decode it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from guardrail.extract import openrtb
from guardrail.extract.paths import Fork, Steps, are_plain, field_path, items_path
from guardrail.extract.strict import FIELDS, Strict, strict_ways
from guardrail.model import Item
from guardrail.ruleset import Surface

IDS = "ids"
"""The shape of lists that hold nothing but ids."""
_WATCHED = ("categories", "signals")
_SIMPLE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPED_LETTER = re.compile(rb"\\u00(?:2[dD]|3\d|[4-7])")
_ANY_ESCAPE = re.compile(rb"\\")


class Shape(NamedTuple):
    """A surface's shape: the way to its lists, the way to each field, the strict readings.

    ``once``: keys (quoted, as bytes) that must stand once in a body for a strict reading to
    have seen every list; None where that can't be told so simply. ``watched``: the key of
    categories and of signals, quoted, and how to get the same from an item. ``bids``: category
    ids are bare, and ``cattax`` names their taxonomy. ``ids``: a bare text or number is an item,
    and is its id. ``hiding``: what a body holds if one of
    the keys may be written with escapes.
    """

    steps: Steps
    paths: Mapping[str, tuple[str, ...]]
    strict: tuple[Strict, ...]
    once: tuple[bytes, ...] | None
    watched: tuple[tuple[bytes, Callable[[Item], Any]], ...]
    bids: bool
    ids: bool
    hiding: re.Pattern[bytes]

    @property
    def signals_key(self) -> bytes | None:
        """The key of signals, quoted, where they stand in the item itself."""
        path = self.paths["signals"]
        return quoted(path[0]) if len(path) == 1 else None

    def path(self, field: str) -> tuple[str, ...]:
        """The keys from an item to that field of ours."""
        return self.paths.get(field) or (field,)

    def may_hide_keys(self, src: bytes) -> bool:
        """Whether a key that we look for may be written so that it does not look like itself."""
        return b"\\" in src and self.hiding.search(src) is not None


def shape_of(surface: Surface) -> Shape:
    """The shape of a surface's bodies. Raises ValueError on a path that is none."""
    return _shape(surface.shape, surface.items, tuple(sorted(surface.fields.items())))


@lru_cache(maxsize=256)
def _shape(name: str, items: str, fields: tuple[tuple[str, str], ...]) -> Shape:
    steps = items_path(items)
    keys = [step for step in steps if isinstance(step, str)]
    bids = name.startswith("openrtb")
    renamed = {**(openrtb.FIELDS if bids else {}), **dict(fields)}
    paths = {field: field_path(renamed.get(field, field)) for field in FIELDS}
    return Shape(
        steps=steps,
        paths=paths,
        strict=strict_ways(steps, paths, native=not renamed)
        if are_plain(steps) and not bids and name != IDS
        else (),
        once=tuple(map(quoted, keys)) if len(keys) == len(steps) else None,
        watched=tuple((quoted(paths[field][-1]), attrgetter(field)) for field in _WATCHED),
        bids=bids and "categories" not in dict(fields),
        ids=name == IDS,
        hiding=escapes_for(*_keys(steps), *chain.from_iterable(paths.values())),
    )


def _keys(steps: Steps) -> list[str]:
    """Every key on the way, or on one of the ways."""
    out = []
    for step in steps:
        if isinstance(step, Fork):
            out += [key for way in step.ways for key in _keys(way)]
        elif isinstance(step, str):
            out.append(step)
    return out


def escapes_for(*keys: str) -> re.Pattern[bytes]:
    """What bytes hold wherever one of these keys is written with an escape."""
    return _ESCAPED_LETTER if all(map(_SIMPLE.fullmatch, keys)) else _ANY_ESCAPE


def quoted(key: str) -> bytes:
    """The key as it usually stands in a body."""
    return msgspec.json.encode(key)

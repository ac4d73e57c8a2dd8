"""More items than are to be shown: from a surface's ``show`` on they are surplus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from guardrail.pipeline.draft import Entry, Request
from guardrail.treat import Shelf

_One = TypeVar("_One")
Settling = tuple[Sequence[Entry], Sequence[int]]
"""The entries of some items, and the indexes of those that are not simply allowed."""
Settle = Callable[[Sequence[_One], Shelf, int], Settling]
"""Settles some items, of which the first one has that index."""


def settled_in_turn(
    request: Request, listed: Sequence[_One], settle: Settle[_One], shelf: Shelf
) -> Settling:
    """The entries of all that are ``listed``, surplus among them once enough may be shown."""
    if request.surface.show is None or request.mode != "enforce":
        return settle(listed, shelf, 0)
    entries: list[Entry] = []
    special: list[int] = []
    left = request.surface.show
    while left > 0 and len(entries) < len(listed):
        begin = len(entries)
        more, which = settle(listed[begin : begin + left], shelf, begin)
        entries += more
        special += which
        left -= sum(one.on_page for one in more)
    begin = len(entries)
    # What may never be shown takes nothing from the pool.
    more, _ = settle(listed[begin:], Shelf((), ()), begin)
    entries += [_spare(one) if one.on_page else one for one in more]
    return entries, [*special, *range(begin, len(listed))]


def _spare(entry: Entry) -> Entry:
    """The same for items that are surplus: nothing is reserved for them."""
    return replace(entry, surplus=True, row=None, values=None, special=True, capped={})

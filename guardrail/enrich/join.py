"""Items get the facts that they do not say themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from guardrail.enrich.facts import Facts
from guardrail.extract import Read
from guardrail.extract.brief import Briefs
from guardrail.model import NOT_UNDERSTOOD, Item

_FIELDS = ("title", "categories", "advertiser")
"""In the order of `Facts`."""
_NOTHING: Facts = (None, None, None)
Lookup = Callable[[Sequence[str]], Mapping[str, Facts]]


def complete(reads: Sequence[Read], lookup: Lookup) -> Sequence[Read]:
    """The items with title, categories and advertiser where they were silent about them.

    What an item says stays, and so does everything else: signals never come from a catalogue.
    ``lookup`` is asked once, and not at all where every item says everything.
    """
    wanted = [read.item.id for read in reads if read.item.id and _lacks(read.item)]
    found = lookup(wanted) if wanted else {}
    if not found:
        return reads
    return [_completed(read, found.get(read.item.id or "")) for read in reads]


def complete_briefly(briefs: Briefs, lookup: Lookup) -> Briefs:
    """The same for items that were read briefly."""
    lacking = {
        field: column
        for field in _FIELDS
        if (column := briefs.column(field)) is not None and None in column
    }
    if not lacking:
        return briefs
    silent: list[str | None] = [*briefs.each_id()]
    if not any(map(_says_nowhere, lacking.values())):
        rows = zip(silent, *lacking.values(), strict=True)
        silent = [ident if None in said else None for ident, *said in rows]
    wanted = [ident for ident in silent if ident is not None]
    found = lookup(wanted) if wanted else {}
    if not found:
        return briefs
    facts = [found.get(ident, _NOTHING) if ident is not None else _NOTHING for ident in silent]
    known = dict(zip(_FIELDS, zip(*facts, strict=True), strict=True))
    return briefs.but(**{field: _filled(column, known[field]) for field, column in lacking.items()})


def _says_nowhere(column: Sequence[Any]) -> bool:
    """Whether a column is empty in every item, as where a body holds bare ids."""
    return column.count(None) == len(column)


def _filled(said: Sequence[Any], known: Sequence[Any]) -> Sequence[Any]:
    if _says_nowhere(said):
        return known
    return [new if one is None else one for one, new in zip(said, known, strict=True)]


def _lacks(item: Item) -> bool:
    return item.title is None or _says_nothing(item) or item.advertiser is None


def _says_nothing(item: Item) -> bool:
    """Whether an item names no category, or none that can be read."""
    return item.categories is None or item.categories == (NOT_UNDERSTOOD,)


def _completed(read: Read, facts: Facts | None) -> Read:
    if facts is None:
        return read
    item = read.item
    title, categories, advertiser = facts
    return replace(
        read,
        item=replace(
            item,
            title=title if item.title is None else item.title,
            categories=categories if _says_nothing(item) else item.categories,
            advertiser=advertiser if item.advertiser is None else item.advertiser,
        ),
    )

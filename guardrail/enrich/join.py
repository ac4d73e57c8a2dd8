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
    ids = [*briefs.each_id()]
    silent: dict[int, str] = {}
    for field in _FIELDS:
        column = briefs.column(field)
        if column is not None and None in column:
            silent |= {n: i for n, i in enumerate(ids) if i is not None and column[n] is None}
    found = lookup([*silent.values()]) if silent else {}
    if not found:
        return briefs
    nothing: Facts = (None, None, None)
    facts = [found.get(silent.get(n, ""), nothing) for n in range(len(briefs))]
    columns: dict[str, list[Any]] = {}
    for field, known in zip(_FIELDS, zip(*facts, strict=True), strict=True):
        said = briefs.column(field)
        if said is not None:
            both = zip(said, known, strict=True)
            columns[field] = [new if one is None else one for one, new in both]
    return briefs.but(**columns)


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

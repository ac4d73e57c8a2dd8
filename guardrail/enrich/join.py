"""Items get the facts that they do not say themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from guardrail.enrich.facts import Facts
from guardrail.extract import Read
from guardrail.model import NOT_UNDERSTOOD, Item

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

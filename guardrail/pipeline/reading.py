"""Which items are alike to treatments that read more of an item than rules do."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import NamedTuple

from guardrail.model import Item
from guardrail.pipeline.items import Items
from guardrail.score.remembered import Remembered
from guardrail.treat import CATEGORIES, SIGNALS, TREATMENTS, WORDS, Means
from guardrail.treat.means import NOBODY

_MOST = 4_096


class Reader:
    """Tells texts that some treatments change from those in which they find nothing."""

    def __init__(self, names: tuple[str, ...], means: Means) -> None:
        treatments = [TREATMENTS[name] for name in names if WORDS in TREATMENTS[name].reads]

        def changes(item: Item) -> bool:
            found = (next(one.apply(item, means), None) for one in treatments)
            return any(one is not None for one in found)

        self.titles = _remembered(lambda text: changes(Item(title=text)))
        self.reasons = _remembered(lambda text: changes(Item(reason=text)))


def _remembered(find: Callable[[str | None], bool]) -> Remembered[str | None, bool]:
    return Remembered(lambda text: bool(text) and find(text), _MOST)


class Reading(NamedTuple):
    """What treatments read of the items of a sort. ``facts``: which ones. ``reader``: of words."""

    facts: tuple[str, ...]
    reader: Reader

    def alike(self, items: Items, index: int) -> Hashable:
        """The same for all items of the sort that are alike to the treatments."""
        title, reason = items.copy(index)
        # Where they find nothing in a text, one is like the other.
        title = title if self.reader.titles[title] else None
        reason = reason if self.reader.reasons[reason] else None
        return title, reason, items.facts(index, self.facts)


def reading_of(names: tuple[str, ...], means: Means, readers: dict[Hashable, Reader]) -> Reading:
    """How the treatments ``names`` read the items of a sort; ``means``: those of the sort.

    ``readers``: those that are remembered.
    """
    reads = frozenset[str]().union(*(TREATMENTS[name].reads for name in names))
    facts = tuple(sorted(reads & {CATEGORIES, SIGNALS}))
    key = (names, means.phrases, means.own)
    reader = readers.get(key)
    if reader is None:
        reader = readers[key] = Reader(names, means._replace(customer=NOBODY))
    return Reading(facts, reader)

"""What must be reserved before the items still to be shown may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from guardrail.decide.reserve import Ask, asks_for, caps_of, counts
from guardrail.extract.brief import Briefs
from guardrail.extract.read import Read
from guardrail.extract.scan import Scanned
from guardrail.pipeline.draft import Entry, Request

AsksAt = Callable[[int], tuple[Ask, ...]]
"""What the item at an index must pass."""


def asks_of(
    request: Request,
    reads: Sequence[Read],
    entries: Sequence[Entry],
    special: Sequence[int],
    briefs: Briefs | Scanned | None,
) -> Iterator[tuple[int, tuple[Ask, ...]]]:
    """What must be reserved: index and caps of each item that has any and is still to be shown."""
    looked_at = special if not request.plan.has_caps else range(len(entries))
    known: dict[Entry, AsksAt] = {}
    for index in looked_at:
        entry = entries[index]
        asks_at = known.get(entry)
        if asks_at is None:
            asks_at = known[entry] = _of_entry(request, reads, entry, briefs)
        asks = asks_at(index)
        if asks:
            yield index, asks


def _of_entry(
    request: Request, reads: Sequence[Read], entry: Entry, briefs: Briefs | Scanned | None
) -> AsksAt:
    """What items of an entry must pass: they are alike but for what caps count by."""
    settled = entry.settled
    if settled is None or entry.surplus or not entry.on_page:
        return lambda _: ()
    judged, surface, enforced = settled.shown.judged, request.surface, request.mode != "observe"
    if not counts(judged):
        return lambda _: ()
    if settled.treated is not None and settled.treated.edit.replace is not None:
        same = asks_for(settled.treated.item, judged, surface, enforced=enforced)
        return lambda _: same
    if briefs is None or judged.repeats or judged.together:
        return lambda index: asks_for(reads[index].item, judged, surface, enforced=enforced)
    caps = caps_of(judged, surface.name, enforced)
    return lambda index: caps.asks(briefs.counted(index))

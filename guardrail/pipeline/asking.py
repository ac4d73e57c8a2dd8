"""What must be reserved before the items still to be shown may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from guardrail.decide.reserve import (
    NOBODY_ASKS,
    Asks,
    Caps,
    Row,
    Values,
    caps_of,
    counts,
    row_for,
    values_of,
)
from guardrail.extract.brief import Briefs
from guardrail.extract.read import Read
from guardrail.extract.scan import Scanned
from guardrail.pipeline.draft import Entry, Request

_Asking = tuple[Sequence[int], Asks]
_NOBODY: _Asking = ((), NOBODY_ASKS)
_One = tuple[Row, Values]


def asks_of(
    request: Request,
    reads: Sequence[Read],
    entries: Sequence[Entry],
    special: Sequence[int],
    briefs: Briefs | Scanned | None,
) -> _Asking:
    """What must be reserved: the index of each item that has caps and is still to be shown, and
    these caps.
    """
    capped = request.plan.has_caps
    looked_at = range(len(entries)) if capped else special
    if not (looked_at and request.plan.counts):
        return _NOBODY
    known = {
        entry: _of_entry(request, reads, entry, briefs)
        for entry in ({*entries} if capped else {entries[index] for index in special})
    }
    scanned = briefs.values() if capped and isinstance(briefs, Scanned) else None
    asking: list[int] = []
    rows: list[Row] = []
    values: list[Values] = []
    for index in looked_at:
        of_entry = known[entries[index]]
        if of_entry is None:
            continue
        if not isinstance(of_entry, Caps):
            row, said = of_entry(index)
        elif scanned is not None:
            row, said = of_entry.full, scanned[index]
        else:
            item = reads[index].item if briefs is None else briefs.counted(index)
            row, said = of_entry.row(item), values_of(item)
        if row.asks:
            asking.append(index)
            rows.append(row)
            values.append(said)
    return tuple(asking), Asks(rows, values)


_OfEntry = Caps | Callable[[int], _One]
"""The caps of items of an entry, or what gives row and values of the one at an index."""


def _of_entry(
    request: Request, reads: Sequence[Read], entry: Entry, briefs: Briefs | Scanned | None
) -> _OfEntry | None:
    """What items of an entry must pass: they are alike but for what caps count by."""
    settled = entry.settled
    if settled is None or entry.surplus or not entry.on_page:
        return None
    judged, surface, enforced = settled.shown.judged, request.surface, request.mode != "observe"
    if not counts(judged):
        return None
    if settled.treated is not None and settled.treated.edit.replace is not None:
        shown = settled.treated.item
        same = row_for(shown, judged, surface, enforced=enforced), values_of(shown)
        return lambda _: same
    if briefs is None or judged.repeats or judged.together:

        def of(index: int) -> _One:
            item = reads[index].item
            return row_for(item, judged, surface, enforced=enforced), values_of(item)

        return of
    return caps_of(judged, surface.name, enforced)

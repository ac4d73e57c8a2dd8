"""What must be reserved before the items still to be shown may be."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from operator import attrgetter

from guardrail.decide.reserve import (
    NOBODY_ASKS,
    Asks,
    Row,
    Values,
    caps_of,
    counts,
    row_for,
    values_of,
)
from guardrail.decide.settle import Settled
from guardrail.extract.brief import Briefs
from guardrail.extract.counted import InBody
from guardrail.extract.read import Read
from guardrail.extract.scan import Scanned
from guardrail.model import Item
from guardrail.pipeline.draft import EACH, Entry, Request

_Asking = tuple[Sequence[int], Asks]
_NOBODY: _Asking = ((), NOBODY_ASKS)
_row, _values = attrgetter("row"), attrgetter("values")


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
    known = briefs.values() if capped and isinstance(briefs, Scanned) else None
    if known is not None:
        return _known(request, reads, entries, special, values=known, briefs=briefs)
    asking: list[int] = []
    rows: list[Row] = []
    values: list[Values] = []
    for index in looked_at:
        row, said = _asked(request, reads, entries[index], index, briefs)
        if row is not None:
            asking.append(index)
            rows.append(row)
            values.append(said)
    return tuple(asking), Asks(rows, values)


def asked_of(request: Request, settled: Settled) -> tuple[Row | None, Values | None]:
    """``row`` and ``values`` of items that come to this, where all of them have what caps count by
    (`Scanned.values`).
    """
    judged = settled.shown.judged
    if settled.verdict == "suppress" or settled.held or not counts(judged):
        return None, None
    enforced = request.mode != "observe"
    if settled.treated is not None and settled.treated.edit.replace is not None:
        shown = settled.treated.item
        return _some(row_for(shown, judged, request.surface, enforced=enforced)), values_of(shown)
    row = caps_of(judged, request.surface.name, enforced).full
    return (EACH, None) if row is None else (_some(row), None)


def _known(
    request: Request,
    reads: Sequence[Read],
    entries: Sequence[Entry],
    special: Sequence[int],
    *,
    values: InBody,
    briefs: Briefs | Scanned | None,
) -> _Asking:
    """What must be reserved where it is known of each item what it is counted by: ``values``."""
    rows: list[Row | None] = [*map(_row, entries)]
    said = [*map(_values, map(entries.__getitem__, special))]
    own = dict(compress(zip(special, said, strict=True), said))
    if EACH in rows:
        for index in special:
            if rows[index] is EACH:
                rows[index], own[index] = _asked(request, reads, entries[index], index, briefs)
    if None in rows:
        asking = tuple(compress(range(len(rows)), rows))
        return asking, Asks([*filter(None, rows)], values.chosen(asking, own))
    asked: list[Row] = rows  # type: ignore[assignment]
    return range(len(rows)), Asks(asked, values.chosen(values.which, own) if own else values)


def _asked(
    request: Request,
    reads: Sequence[Read],
    entry: Entry,
    index: int,
    briefs: Briefs | Scanned | None,
) -> tuple[Row | None, Values]:
    """What one item must pass, and what it is counted by."""
    settled = entry.settled
    if settled is None or entry.surplus or not entry.on_page:
        return None, _NO_VALUES
    judged, surface, enforced = settled.shown.judged, request.surface, request.mode != "observe"
    if not counts(judged):
        return None, _NO_VALUES
    item: Item
    if settled.treated is not None and settled.treated.edit.replace is not None:
        item = settled.treated.item
    else:
        item = reads[index].item if briefs is None else briefs.counted(index)
    row = row_for(item, judged, surface, enforced=enforced)
    return _some(row), values_of(item)


_NO_VALUES: Values = (None, None, None)


def _some(row: Row) -> Row | None:
    return row if row.asks else None

"""What a change of words did away with: the changed item is scored once more, with its facts."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from example_app.sides import Row
from guardrail import Guardrail


def with_gone(rows: Iterable[Row], guard: Guardrail, surface: str, customer: object) -> list[Row]:
    """The rows; those whose words were changed say which findings that left behind."""
    return [_row(row, guard, surface, customer) for row in rows]


def _row(row: Row, guard: Guardrail, surface: str, customer: object) -> Row:
    reworded = any(change.what in ("title", "reason") for change in row.changes)
    if not reworded or row.sent is None or row.shown is None:
        return row
    # What was sent to the customer is without signals; the score needs them back.
    again = msgspec.json.encode({**row.shown, "signals": row.sent["signals"]})
    left = {f.rule for f in guard.guard.score_item(again, surface, customer).findings}
    return row._replace(gone=tuple(f for f in row.findings if f.rule not in left))

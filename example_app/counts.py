"""What the stats page shows: bars by surface and by rule, or why there are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from example_app.chart import Bar, bars_of
from guardrail.connection import Unreachable


class Counts(NamedTuple):
    """Counts from ``since`` to ``until``, in words; ``failed`` says why there are none."""

    since: str = ""
    until: str = ""
    surfaces: Sequence[Bar] = ()
    rules: Sequence[Bar] = ()
    failed: str | None = None


def read_counts(guard: Any) -> Counts:
    """The guard's counts; where they can't be reached, a `Counts` that says so."""
    try:
        found: Mapping[str, Any] = guard.stats().to_dict()
    except Unreachable as error:
        return Counts(failed=str(error))
    return Counts(
        minute(found["from"]),
        minute(found["to"]),
        bars_of(found["surfaces"]),
        bars_of(found["rules"]),
    )


def minute(iso: str) -> str:
    """``2026-11-22T10:00:00Z`` as ``2026-11-22 10:00 UTC``."""
    return f"{iso[:10]} {iso[11:16]} UTC"

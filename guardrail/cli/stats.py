"""``guardrail stats``: what was suppressed and softened, by rule, surface, verdict and time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from guardrail.cli.ending import NOTHING, unreachable
from guardrail.cli.moments import since as read_since
from guardrail.cli.opening import guard_for, patient
from guardrail.cli.table import columns
from guardrail.model import VERDICTS, iso_utc

if TYPE_CHECKING:
    from guardrail.record import Stats
    from guardrail.record.stats import Table

MINUTES_SHOWN = 20


@click.command()
@click.option("--since", default="24h", metavar="SPAN|ISO", help="Such as 1h, 7d or a moment.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")
@click.pass_context
def stats(ctx: click.Context, since: str, form: str) -> None:
    """Show suppression counts by rule, surface, verdict and time, over all workers.

    Counts are kept for 8 days. Under the mode observe stands what would have been done.
    """
    now_ms = int(time.time() * 1000)
    since_ms = read_since(since, now_ms)
    with guard_for(ctx, redis_timeout=patient(ctx)) as guard:
        if guard.settings.redis_url is None:
            raise unreachable(
                "without Redis each worker counts in its own memory, which no command can read; "
                "set GUARDRAIL_REDIS_URL for the app and here"
            )
        counted = guard.stats(since_ms, now_ms)
    if form == "json":
        click.echo(json.dumps(counted.to_dict()))
    else:
        click.echo("\n".join(_page(counted)))
    if counted.empty:
        click.echo("guardrail: nothing was counted in that time", err=True)
        ctx.exit(NOTHING)


def _page(counted: Stats) -> Iterator[str]:
    yield f"from {iso_utc(counted.from_ms)} to {iso_utc(counted.to_ms)}"
    yield from _table(("surface", "mode", *VERDICTS), _rows(counted.surfaces))
    yield from _table(("rule", "mode", *VERDICTS), _rows(counted.rules))
    yield from _table(
        ("surface", "outcome", "responses"),
        (
            (surface, outcome, n)
            for surface, outcomes in counted.outcomes.items()
            for outcome, n in outcomes.items()
        ),
    )
    yield from _table(("surface", "filled in"), counted.backfill.items())
    yield from _table(("rule", "lacked a fact"), counted.unknown.items())
    yield from _table(
        ("cap", "impressions", "n"),
        ((rule, became, n) for rule, ns in counted.caps.items() for became, n in ns.items()),
    )
    latest = counted.minutes[-MINUTES_SHOWN:]
    yield from _table(
        ("minute", "surface", "mode", "verdict", "items"),
        ((iso_utc(m.at_ms), m.surface, m.mode, m.verdict, m.shown) for m in latest),
    )
    if len(latest) < len(counted.minutes):
        yield f"({len(counted.minutes) - len(latest)} earlier lines: --format json)"


def _rows(table: Table) -> Iterator[tuple[object, ...]]:
    for name, modes in table.items():
        for mode, numbers in modes.items():
            yield (name, mode, *(numbers.get(verdict, 0) for verdict in VERDICTS))


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Columns with an empty line before them; nothing where there are no rows."""
    lines = list(columns(head, rows))
    if lines:
        yield ""
    yield from lines

"""``guardrail facts``: which facts reach the rules, and which rules wait for one in vain."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from guardrail.cli.ending import PROBLEMS, nothing, unreachable
from guardrail.cli.moments import since as read_since
from guardrail.cli.opening import called, guard_for, opened, patient, surface_name

if TYPE_CHECKING:
    from guardrail.facts import SurfaceFacts, Tally
    from guardrail.ruleset import Surface
    from guardrail.service import Guard

_NO_TRAFFIC = (
    "no traffic was looked at in that time; let the guard run (mode observe is enough), or give a "
    "file of items or responses"
)


@click.command()
@click.option("--rules", metavar="DIR", help="Rule directory or file.")
@click.option("--redis-url", metavar="URL", help="Where the running guard keeps its counts.")
@click.option("--catalog", metavar="FILE", help="Facts about items, by their ids; with FILE.")
@click.option("--surface", metavar="NAME", help="Only this surface; with FILE, whose it is.")
@click.option("--since", default="24h", metavar="SPAN|ISO", help="Such as 1h, 7d or a moment.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.argument("source", metavar="[FILE|-]", required=False)
@click.pass_context
def facts(
    ctx: click.Context,
    *,
    rules: str | None,
    redis_url: str | None,
    catalog: str | None,
    surface: str | None,
    since: str,
    form: str,
    source: str | None,
) -> None:
    """Show which facts are present, assumed or missing, and what that means for the rules.

    Without FILE: over what the running guard saw, one response in 16 and at most one a second
    of each worker. With FILE (or -): over a log, each line an item, a response body, or
    {"customer": …, "items": […]}.
    """
    from guardrail.cli.facts_page import SMALLEST, page
    from guardrail.service.facts import EVERY

    timeout = patient(ctx)
    settings = {"rules": rules, "redis_url": redis_url, "catalog": catalog}
    with guard_for(ctx, **settings, redis_timeout=timeout) as guard:
        if source is None:
            found, fine = _of_running(guard, surface, since), True
            every, smallest = EVERY, SMALLEST
        else:
            one, fine = _of_log(guard, surface, source)
            found, every, smallest = [one], 1, 0
    if form == "json":
        told = [one.to_dict(smallest) for one in found]
        click.echo(json.dumps({"one_response_in": every, "surfaces": told}))
    else:
        click.echo("\n\n".join("\n".join(page(one, every, smallest)) for one in found))
    if not fine:
        ctx.exit(PROBLEMS)


def _of_running(guard: Guard, surface: str | None, since: str) -> Sequence[SurfaceFacts]:
    if guard.settings.redis_url is None:
        raise unreachable(
            "without Redis each worker counts in its own memory, which no command can read; set "
            "GUARDRAIL_REDIS_URL for the app and here, or give a file of items or responses "
            "(- for standard input)"
        )
    now_ms = int(time.time() * 1000)
    wanted = None if surface is None else surface_name(guard.rules, surface)
    found = [
        _report(guard, guard.rules.surface(name), seen.counted, seen.responses)
        for name, seen in guard.facts(read_since(since, now_ms), now_ms).items()
        if wanted in (None, name)
    ]
    if not found:
        raise nothing(_NO_TRAFFIC)
    return found


def _of_log(guard: Guard, surface: str | None, source: str) -> tuple[SurfaceFacts, bool]:
    from guardrail.cli.log import Refused, read_log
    from guardrail.customer import read_customer
    from guardrail.facts import Tally, tally
    from guardrail.score.engine import Engine

    found = guard.rules.surface(surface_name(guard.rules, surface))
    engine = Engine(guard.rules)
    counted, responses, fine = Tally(), 0, True
    with opened(source) as stream:
        for one in read_log(stream, found):
            if isinstance(one, Refused):
                click.echo(one.text(), err=True)
                fine = False
                continue
            responses += 1
            completed = guard.catalogue.complete(one.reads) if guard.catalogue else one.reads
            customer = read_customer(one.customer)[0] if one.names_customer else None
            counted.update(tally(one.reads, completed, found, engine, customer))
    if not responses and fine:
        told = "it is empty; give items as NDJSON, or one response per line"
        raise nothing(f"{called(source)}: {told}")
    return _report(guard, found, counted, responses), fine


def _report(guard: Guard, surface: Surface, counted: Tally, responses: int) -> SurfaceFacts:
    from guardrail.facts import report_on
    from guardrail.score.engine import Engine

    return report_on(guard.rules, Engine(guard.rules), surface, counted, responses)

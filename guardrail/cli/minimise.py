"""``guardrail minimise``: which facts of a log made no difference, and so need not be sent."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import click

from guardrail.cli.ending import PROBLEMS, nothing
from guardrail.cli.opening import called, guard_for, opened, surface_name

if TYPE_CHECKING:
    from guardrail.facts.minimise import Response
    from guardrail.ruleset import Surface
    from guardrail.service import Guard

MOST = 5_000
_MOST = f"Items that are looked at; {MOST} unless said."


@click.command()
@click.option("--rules", metavar="DIR", help="Rule directory or file.")
@click.option("--catalog", metavar="FILE", help="Facts about items, by their ids.")
@click.option("--surface", metavar="NAME", help="Surface that the items belong to.")
@click.option("--most", metavar="N", type=click.IntRange(min=1), default=MOST, help=_MOST)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.argument("source", metavar="[FILE|-]", default="-")
@click.pass_context
def minimise(
    ctx: click.Context,
    *,
    rules: str | None,
    catalog: str | None,
    surface: str | None,
    most: int,
    form: str,
    source: str,
) -> None:
    """Say which facts of a log of traffic never changed a verdict.

    Each line is an item, a response body, or {"customer": …, "items": […]}. Each fact is left out
    and everything judged again, at every preset; then all that made no difference at once.
    """
    from guardrail.cli.minimise_page import page
    from guardrail.cli.waiting import Waiting
    from guardrail.facts import minimise as look
    from guardrail.service.armed import arm
    from guardrail.service.minimise import judge_by

    waiting = Waiting()
    with guard_for(ctx, rules=rules, catalog=catalog) as guard:
        found = guard.rules.surface(surface_name(guard.rules, surface))
        log, fine, cut = _log(guard, found, source, most)
        if not log:
            raise nothing(
                f"{called(source)}: there is no item in it; give items, or responses, by line"
            )
        complete = guard.catalogue.complete if guard.catalogue else lambda reads: reads
        judge = judge_by(arm(guard.rules), found, complete, int(time.time() * 1000))
        try:
            report = look(log, judge, waiting.at)
        finally:
            waiting.end()
        presets = guard.rules.presets
    if form == "json":
        click.echo(json.dumps({"surface": found.name, "cut_short": cut, **report.to_dict()}))
    else:
        click.echo("\n".join(page(report, found.name, presets, cut=cut)))
    if not fine:
        ctx.exit(PROBLEMS)


def _log(
    guard: Guard, surface: Surface, source: str, most: int
) -> tuple[list[Response], bool, bool]:
    """The responses of a log that have items, whether all could be read, and whether it was cut."""
    from guardrail.cli.log import Refused, read_log
    from guardrail.customer import read_customer
    from guardrail.facts.minimise import Response
    from guardrail.service.minimise import tolerances_for

    log: list[Response] = []
    fine, items = True, 0
    with opened(source) as stream:
        for one in read_log(stream, surface):
            if isinstance(one, Refused):
                click.echo(one.text(), err=True)
                fine = False
            elif one.reads:
                items += len(one.reads)
                if log and items > most:
                    return log, fine, True
                customer, _ = read_customer(one.customer)
                log.append(Response(one.reads, customer, tolerances_for(customer, guard.rules)))
    return log, fine, False

"""``guardrail score``: items or a response body in, verdicts out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
import msgspec

from guardrail.cli.batch import score_batch
from guardrail.cli.bodies import as_body, is_body
from guardrail.cli.ending import PROBLEMS, bad_argument, nothing
from guardrail.cli.lines import LONGEST_LINE, Line, look_at
from guardrail.cli.moments import moment
from guardrail.cli.opening import (
    customer_of,
    guard_for,
    opened,
    patient,
    say_what_is_unknown,
    surface_name,
)
from guardrail.cli.words import unreadable

if TYPE_CHECKING:
    from guardrail.ruleset import RuleSet
    from guardrail.service import Guard


@click.command()
@click.option("--rules", metavar="DIR", help="Rule directory or file.")
@click.option("--catalog", metavar="FILE", help="Facts about items, by their ids.")
@click.option("--surface", metavar="NAME", help="Surface that the items belong to.")
@click.option("--customer", metavar="JSON", help='Such as {"tolerance": "strict"}.')
@click.option("--now", metavar="ISO", help="The moment to judge at; default: the clock's.")
@click.option("--batch", is_flag=True, help="Each line is one customer and their items.")
@click.option("--count", is_flag=True, help="With --batch: count impressions, for what is sent.")
@click.option("--redis-url", metavar="URL", help="With --batch: where impressions are counted.")
@click.argument("source", metavar="[FILE|-]", default="-")
@click.pass_context
def score(
    ctx: click.Context,
    *,
    rules: str | None,
    catalog: str | None,
    surface: str | None,
    customer: str | None,
    now: str | None,
    batch: bool,
    count: bool,
    redis_url: str | None,
    source: str,
) -> None:
    """Score items: NDJSON (or one JSON response body) in, verdicts out, in order.

    Lines are judged alone: no caps, no backfill. A line that is no item is told on standard
    error, makes the exit code 1, and the rest goes on.

    With --batch each line is {"customer": {...}, "items": [...]}, and what comes out is what to
    send. Caps are looked at; only with --count are they used up.
    """
    now_ms = None if now is None else moment(now, "--now")
    if batch:
        _check_batch(customer)
        with guard_for(
            ctx, rules=rules, catalog=catalog, redis_url=redis_url, redis_timeout=patient(ctx)
        ) as guard:
            _check_count(guard, count)
            name = surface_name(guard.rules, surface)
            with opened(source) as stream:
                code = score_batch(guard, stream, name, now_ms, counting=count)
            say_what_is_unknown(guard)
        ctx.exit(code)
    if count or redis_url:
        raise bad_argument("--count and --redis-url belong to --batch; without it nothing counts")
    with guard_for(ctx, rules=rules, catalog=catalog) as guard:
        name = surface_name(guard.rules, surface)
        person = customer_of(customer, guard.rules)
        with opened(source) as stream:
            given = look_at(stream, lambda raw: is_body(raw, guard.rules, name))
            if given is None:
                raise nothing("the input is empty; give items as NDJSON, or one response body")
            if given.body is not None:
                fine = _score_body(guard, given.body, name, person, now_ms)
            else:
                fine = _score_lines(guard, given.lines or iter(()), name, person, now_ms)
            if given.lone:
                _say_what_is_missing(guard.rules, name)
            say_what_is_unknown(guard)
    if not fine:
        ctx.exit(PROBLEMS)


def _check_batch(customer: str | None) -> None:
    if customer is not None:
        raise bad_argument("with --batch each line names its own customer; leave --customer away")


def _check_count(guard: Guard, count: bool) -> None:
    if count and guard.settings.redis_url is None:
        raise bad_argument(
            "--count needs the Redis that the app counts in: what this command counted alone would "
            "be forgotten when it ends; give --redis-url or GUARDRAIL_REDIS_URL"
        )


def _score_body(
    guard: Guard, body: bytes, surface: str, customer: object, now_ms: int | None
) -> bool:
    from guardrail.extract import NotReadable

    try:
        decision = guard.score_body(as_body(body, guard.rules, surface), surface, customer, now_ms)
    except NotReadable as error:
        told = f"guardrail: the response body can't be read: {unreadable(error.why)}"
        click.echo(told, err=True)
        return False
    _print(decision.to_dict())
    return True


def _score_lines(
    guard: Guard, lines: Iterator[Line], surface: str, customer: object, now_ms: int | None
) -> bool:
    from guardrail.extract import ItemError

    fine = True
    for line in lines:
        try:
            if line.raw is None:
                raise ItemError(f"longer than {LONGEST_LINE} bytes")
            verdict = guard.score_item(line.raw, surface, customer, now_ms)
        except ItemError as error:
            fine = False
            told = msgspec.json.encode({"line": line.number, "error": str(error)})
            click.echo(told.decode(), err=True)
        else:
            _print(verdict.to_dict())
    return fine


def _print(data: dict[str, Any]) -> None:
    # Flushed line by line, so that whoever reads along a pipe sees each verdict at once.
    out = sys.stdout.buffer
    out.write(msgspec.json.encode(data) + b"\n")
    out.flush()


def _say_what_is_missing(rules: RuleSet, surface: str) -> None:
    path = rules.surface(surface).items
    click.echo(
        f"guardrail: the input is one JSON document without a list at {path!r}, so it was taken "
        "line by line; name the surface it belongs to with --surface",
        err=True,
    )

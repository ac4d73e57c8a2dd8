"""``guardrail explain``: why one item was shown, changed or taken out, in words and numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

import click

from guardrail.cli.bodies import as_body, is_body
from guardrail.cli.ending import PROBLEMS, Ending, bad_argument, nothing
from guardrail.cli.lines import look_at
from guardrail.cli.moments import moment
from guardrail.cli.opening import (
    called,
    customer_of,
    guard_for,
    opened,
    say_what_is_unknown,
    surface_name,
)
from guardrail.cli.words import unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from guardrail.cli.lines import Line
    from guardrail.ruleset import Surface
    from guardrail.service import Guard
    from guardrail.service.explaining import Explained

_MOST_NAMED = 8
_HINT = "if it is a response body, name the surface that it belongs to with --surface"


@click.command()
@click.option("--rules", metavar="DIR", help="Rule directory or file.")
@click.option("--catalog", metavar="FILE", help="Facts about items, by their ids.")
@click.option("--surface", metavar="NAME", help="Surface that the item belongs to.")
@click.option("--customer", metavar="JSON", help='Such as {"tolerance": "strict"}.')
@click.option("--now", metavar="ISO", help="The moment to judge at; default: the clock's.")
@click.option("--id", "ident", metavar="ID", help="Which item, where the input has several.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.argument("source", metavar="[FILE|-]", default="-")
@click.pass_context
def explain(
    ctx: click.Context,
    *,
    rules: str | None,
    catalog: str | None,
    surface: str | None,
    customer: str | None,
    now: str | None,
    ident: str | None,
    form: str,
    source: str,
) -> None:
    """Explain the verdict on one item: what was used, what objects, how that adds up, what then.

    The input is one item, or a response body (then with --id, which item of it). An item by itself
    knows no caps; in a body they count from nothing.
    """
    from guardrail.cli.explain_page import page

    now_ms = None if now is None else moment(now, "--now")
    with guard_for(ctx, rules=rules, catalog=catalog) as guard:
        name = surface_name(guard.rules, surface)
        person = customer_of(customer, guard.rules)
        with opened(source) as stream:
            raw, is_item = _given(stream, called(source), guard, name, ident)
        if is_item:
            found = guard.explain_item(raw, name, person, now_ms)
        else:
            found = _in_body(guard, raw, name, person, now_ms, ident=ident)
        say_what_is_unknown(guard)
    if form == "json":
        click.echo(json.dumps(found.to_dict()))
    else:
        click.echo("\n".join(page(found)))


def _given(
    stream: BinaryIO, source: str, guard: Guard, surface: str, ident: str | None
) -> tuple[bytes, bool]:
    """What is to be looked at, and whether it is an item by itself and no response body."""
    given = look_at(stream, lambda raw: is_body(raw, guard.rules, surface))
    if given is None:
        raise nothing(f"{source}: it is empty; give one item as JSON, or one response body")
    if given.body is not None:
        return given.body, False
    lines = list(given.lines or ())
    if given.lone:
        lines = [lines[0]._replace(raw=b"\n".join(line.raw or b"" for line in lines))]
    if len(lines) > 1 and ident is None:
        raise bad_argument(f"{source}: there are {len(lines)} lines; say which item with --id ID")
    return _line(lines, source, guard.rules.surface(surface), ident), True


def _line(lines: Sequence[Line], source: str, surface: Surface, ident: str | None) -> bytes:
    """The one item that is asked for. What is none ends the command."""
    from guardrail.extract import ItemError, read_line

    ids: list[str | None] = []
    for line in lines:
        try:
            item = read_line(line.raw or b"", surface)
        except ItemError as error:
            if ident is None:
                raise Ending(f"{source}: there is no item: {error}; {_HINT}", PROBLEMS) from None
            continue
        if ident in (None, item.id):
            return line.raw or b""
        ids.append(item.id)
    raise _no_such(ident, ids, source)


def _in_body(
    guard: Guard,
    body: bytes,
    surface: str,
    customer: object,
    now_ms: int | None,
    *,
    ident: str | None,
) -> Explained:
    from guardrail.extract import NotReadable
    from guardrail.service.explaining import NoSuchItemError

    try:
        whole = as_body(body, guard.rules, surface)
        return guard.explain_body(whole, surface, customer, now_ms, ident=ident)
    except NotReadable as error:
        why = unreadable(error.why)
        raise Ending(f"the response body can't be read: {why}", PROBLEMS) from None
    except NoSuchItemError as error:
        raise _no_such(ident, error.ids, "the response body") from None


def _no_such(ident: str | None, ids: Sequence[str | None], source: str) -> Ending:
    from guardrail.config import suggestion

    known = list(dict.fromkeys(one for one in ids if one is not None))
    more = ", …" if len(known) > _MOST_NAMED else ""
    named = f"items: {', '.join(known[:_MOST_NAMED])}{more}" if known else "none has an id"
    if not ids:
        return Ending(f"{source}: there is no item in it", PROBLEMS)
    if ident is None:
        return bad_argument(f"{source}: there are several items; say which with --id ({named})")
    return Ending(
        f"{source}: there is no item {ident!r}{suggestion(ident, known)} ({named})", PROBLEMS
    )

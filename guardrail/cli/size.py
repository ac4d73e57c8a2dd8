"""``guardrail size``: what to provision of Redis for one's own numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from guardrail.cli.ending import bad_argument, nothing
from guardrail.cli.opening import app_config
from guardrail.cli.table import columns
from guardrail.config import resolve_one, suggestion

if TYPE_CHECKING:
    from guardrail.caps.size import Need, Use

DISTINCT = {"item": 10_000, "creative": 1000, "campaign": 200, "advertiser": 100}
"""How many different things there are where nobody says."""
GIB = 2**30


class Amount(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.2
    """A number that may end in k, M or G: ``100M`` is a hundred million."""

    name = "number"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """The number; fails for what is none, or is below 0."""
        if isinstance(value, int | float):
            return float(value)
        factor = {"k": 1e3, "m": 1e6, "g": 1e9}.get(value[-1:].lower(), 1.0)
        digits = value[:-1] if factor > 1 else value
        try:
            number = float(digits.replace("_", "")) * factor
        except ValueError:
            number = -1.0
        if not 0 <= number < 1e15:
            self.fail(f"{value!r} is no number such as 250000, 250k or 100M", param, ctx)
        return number


AMOUNT = Amount()


@click.command()
@click.option("--rules", metavar="DIR", help="Rule directory or file; default GUARDRAIL_RULES.")
@click.option(
    "--customers", type=AMOUNT, required=True, help="Seen within the longest window, such as 2M."
)
@click.option(
    "--responses", type=AMOUNT, default=5.0, show_default=True, help="Per customer and day."
)
@click.option(
    "--items", type=AMOUNT, default=5.0, show_default=True, help="Per response, that caps concern."
)
@click.option(
    "--distinct",
    multiple=True,
    metavar="SCOPE=N",
    help="How many different there are: item, creative, campaign, advertiser.",
)
@click.option(
    "--sensitive",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    help="Share of items of a category that rules name.",
)
@click.option(
    "--choosing",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    help="Share of customers who stated choices that the guard keeps.",
)
@click.option(
    "--peak",
    type=click.FloatRange(1, 100),
    default=4.0,
    show_default=True,
    help="The busiest second over the average one.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def size(
    ctx: click.Context,
    *,
    rules: str | None,
    customers: float,
    responses: float,
    items: float,
    distinct: tuple[str, ...],
    sensitive: float,
    choosing: float,
    peak: float,
    form: str,
) -> None:
    """Say how much memory, how many calls a second and how much network Redis needs.

    Reads the rule set to know which counters are kept and for how long. The sum is on the high
    side: all things are taken to be shown alike.
    """
    from guardrail.caps.size import Use, need
    from guardrail.rulefile import load

    if customers < 1:
        raise bad_argument("--customers must be at least 1")
    loaded = load(rules or resolve_one("rules", None, app_config(ctx)))
    use = Use(
        customers=int(customers),
        responses=responses,
        items=items,
        distinct=_distinct(distinct),
        sensitive=sensitive,
        choosing=choosing,
        peak=peak,
    )
    sum_of = need(loaded, use)
    if not sum_of.counting:
        raise nothing(
            "no rule counts anything (frequency_cap, repetition, or combination with a window), "
            "so Redis keeps nothing but choices and statistics"
        )
    if form == "json":
        click.echo(json.dumps(_as_json(use, sum_of)))
    else:
        click.echo("\n".join(_page(use, sum_of)))


def _distinct(told: tuple[str, ...]) -> dict[str, int]:
    found = dict(DISTINCT)
    for one in told:
        scope, _, number = one.partition("=")
        if scope not in found:
            near = suggestion(scope, found)
            raise bad_argument(f"--distinct {one!r}: {scope!r} is none of {', '.join(found)}{near}")
        found[scope] = max(1, int(AMOUNT.convert(number or "?", None, None)))
    return found


def _as_json(use: Use, need: Need) -> dict[str, Any]:
    numbers = {name: value for name, value in need._asdict().items() if name != "counting"}
    return {
        "given": use._asdict(),
        "counting": [one._asdict() for one in need.counting],
        **numbers,
        "bytes_per_counter": need.bytes_per_counter,
    }


def _page(use: Use, need: Need) -> Iterator[str]:
    yield f"{use.customers:,} customers, {use.responses:g} responses a day of {use.items:g} items"
    yield ""
    head = ("rule", "per", "kept", "counters", "impressions", "asked")
    yield from columns(
        head,
        (
            (
                one.rule,
                one.per,
                _span(one.lifetime),
                f"{one.counters:.1f}",
                f"{one.entries:.1f}",
                f"{one.asked:.1f}",
            )
            for one in need.counting
        ),
    )
    yield ""
    yield f"one customer        {need.customer_bytes:,} bytes for {need.counters:.0f} counters"
    if need.crowded:
        yield "                    more than is held of one: capped items will be withheld; count"
        yield "                    by campaign instead of by item, or in a shorter window"
    yield f"a counter           {need.bytes_per_counter:.1f} bytes, all of the key's cost counted"
    yield f"memory              {_gib(need.memory_bytes)} used"
    yield f"to provision        {_gib(need.provision_bytes)} as maxmemory, noeviction"
    yield "                    and as much again where Redis saves snapshots (copy on write)"
    yield f"calls at the peak   {need.calls_per_second:,.0f} a second ({use.peak:g} x the average)"
    yield f"time of Redis       {need.busy:.2f} cores: {need.shards} server(s) at 60 % at most"
    mbit = (need.bytes_in_per_second * 8e-6, need.bytes_out_per_second * 8e-6)
    yield f"network             {mbit[0]:,.1f} Mbit/s to Redis, {mbit[1]:,.1f} Mbit/s from it"


def _gib(size: int) -> str:
    return f"{size / GIB:,.1f} GiB" if size >= GIB / 10 else f"{size / 2**20:,.1f} MiB"


def _span(seconds: int) -> str:
    for unit, length in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"

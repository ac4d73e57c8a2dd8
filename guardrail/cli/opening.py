"""The guard that a command works on, with the settings that hold where it runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

import click
import msgspec

from guardrail.cli.ending import bad_argument, unreachable
from guardrail.config import resolve_one, suggestion

if TYPE_CHECKING:
    from guardrail.ruleset import RuleSet
    from guardrail.service import Guard


def app_config(ctx: click.Context) -> Mapping[str, Any] | None:
    """The Flask app's config under ``flask guardrail``, else None."""
    load_app = getattr(ctx.find_root().obj, "load_app", None)
    return load_app().config if load_app else None


@contextmanager
def guard_for(ctx: click.Context, **arguments: Any) -> Iterator[Guard]:
    """A guard made from these arguments and the settings around; closed in the end."""
    from guardrail.service import Guard

    guard = Guard.from_arguments(arguments, app_config(ctx))
    try:
        yield guard
    finally:
        guard.close()


def called(source: str) -> str:
    """A source as people say it."""
    return "standard input" if source == "-" else source


@contextmanager
def opened(source: str) -> Iterator[BinaryIO]:
    """A file to read from, ``-`` is standard input. One that can't be read ends the command."""
    if source == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = open(source, "rb")  # noqa: PTH123, SIM115
    except OSError as error:
        raise unreachable(f"{source}: {error.strerror or error}") from None
    with stream:
        yield stream


def surface_name(rules: RuleSet, name: str | None) -> str:
    """The surface asked for; ``default`` when none is. An unknown name ends the command."""
    if name is None:
        return "default"
    if name != "default" and name not in rules.surfaces:
        known = ", ".join(sorted(rules.surfaces)) or "none"
        raise bad_argument(
            f"there is no surface {name!r}{suggestion(name, rules.surfaces)} (surfaces: {known})"
        )
    return name


def customer_of(text: str | None, rules: RuleSet) -> object:
    """The customer of ``--customer``: an object or an id; what can't be meant ends the command."""
    from guardrail.customer import read_customer, resolve_tolerance

    if text is None:
        return None
    try:
        raw = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise bad_argument(
            """--customer is no JSON; write it like --customer '{"tolerance": "strict"}'"""
        ) from None
    customer, problems = read_customer(raw)
    problem = resolve_tolerance(customer, rules)[1]
    if problem:
        problems = (*problems, problem)
    if problems:
        raise bad_argument(f"--customer: {'; '.join(problems)}")
    return raw


def patient(ctx: click.Context) -> float:
    """The Redis timeout of a command, in seconds: a person waits longer than a page may."""
    return max(2.0, float(resolve_one("redis_timeout", None, app_config(ctx))))


def say_what_is_unknown(guard: Guard) -> None:
    """Tell on standard error how many items the catalogue did not know."""
    report = None if guard.catalogue is None else guard.catalogue.report()
    if report and report.unknown:
        click.echo(
            f"guardrail: {report.unknown} of {report.asked} items were not in the catalogue "
            f"{report.source}, such as {report.examples[0]!r}",
            err=True,
        )

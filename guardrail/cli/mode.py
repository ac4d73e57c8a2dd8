"""``guardrail mode``: the mode in force, who asked for it, and the switch for all workers."""

from __future__ import annotations

from collections.abc import Mapping

import click

from guardrail.cli.ending import ending_of, unreachable
from guardrail.cli.opening import app_config, patient, surface_name
from guardrail.config import Settings, resolve
from guardrail.ruleset import RuleSet, lowest_mode


@click.command()
@click.argument("wanted", required=False, type=click.Choice(["enforce", "observe", "off"]))
@click.option("--surface", metavar="NAME", help="This surface alone.")
@click.pass_context
def mode(ctx: click.Context, wanted: str | None, surface: str | None) -> None:
    """Show the mode in force, or set it for every worker without a deploy.

    The lowest of all that ask is in effect: off < observe < enforce.
    """
    settings = resolve({"redis_timeout": patient(ctx)}, app_config(ctx))
    rules = _rules(settings)
    if surface is not None and rules is not None:
        surface_name(rules, surface)
    if wanted is not None and settings.redis_url is None:
        raise unreachable(
            "without Redis no worker can be reached from here; set `mode:` in the rule "
            "file instead, which every worker reads again when it changes"
        )
    switched = _switched(settings, wanted, surface)
    asked = _asked(settings, rules, switched, surface)
    effect = lowest_mode(*asked.values())
    others = {} if surface or rules is None else _surfaces_apart(settings, rules, switched)
    rows = {**asked, "in effect": effect, **others}
    width = max(map(len, rows))
    for source, said in rows.items():
        click.echo(f"{source.ljust(width)}  {said}")
    if wanted is not None and effect != wanted:
        lower = ", ".join(source for source, said in asked.items() if said == effect)
        click.echo(f"guardrail: {wanted} was set, but {effect} is asked for by: {lower}", err=True)


def _rules(settings: Settings) -> RuleSet | None:
    """The rule set; None when it is broken, since the switch must work just then."""
    from guardrail.rulefile import RuleFileError, load

    try:
        return load(settings.rules)
    except (RuleFileError, OSError) as error:
        why = ending_of(error).message
        click.echo(f"guardrail: what the rule files ask for is not known: {why}", err=True)
        return None


def _switched(settings: Settings, wanted: str | None, surface: str | None) -> Mapping[str, str]:
    """What is switched in Redis, after ``wanted`` was set; nothing without Redis."""
    from guardrail.connection import connect
    from guardrail.keys import Keys
    from guardrail.record import RedisModeSwitch

    if settings.redis_url is None or settings.secret is None:
        return {}
    connection = connect(settings.redis_url, settings.redis_timeout)
    try:
        switch = RedisModeSwitch(connection, Keys(settings.secret, settings.key_prefix))
        if wanted is not None:
            switch.set(wanted, surface)
        return switch.get()
    finally:
        connection.close()


def _asked(
    settings: Settings, rules: RuleSet | None, switched: Mapping[str, str], surface: str | None
) -> dict[str, str]:
    """Who asks for which mode; a source that says nothing is left out."""
    asked = {f"setting ({place})": said for place, said in settings.modes.items()}
    if rules is not None:
        asked["rule files"] = rules.mode
    if "*" in switched:
        asked["guardrail mode"] = switched["*"]
    if surface is not None:
        if rules is not None:
            asked[f"rule files, surface {surface}"] = rules.surface(surface).mode
        if surface in switched:
            asked[f"guardrail mode --surface {surface}"] = switched[surface]
    return asked


def _surfaces_apart(
    settings: Settings, rules: RuleSet, switched: Mapping[str, str]
) -> dict[str, str]:
    """The surfaces on which another mode is in effect than everywhere."""
    everywhere = lowest_mode(*_asked(settings, rules, switched, None).values())
    modes = {
        name: lowest_mode(*_asked(settings, rules, switched, name).values())
        for name in sorted(rules.surfaces)
    }
    return {f"in effect on {name}": said for name, said in modes.items() if said != everywhere}

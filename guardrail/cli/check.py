"""``guardrail check``: are the rule files right, and if not, where not?"""

from __future__ import annotations

import json
from pathlib import Path

import click

from guardrail.cli.ending import PROBLEMS, nothing
from guardrail.cli.opening import app_config
from guardrail.config import resolve_one


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH…]")
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text")
@click.pass_context
def check(ctx: click.Context, paths: tuple[str, ...], form: str) -> None:
    """Validate rule files: a file alone, a directory as one rule set.

    Without PATH the directory of GUARDRAIL_RULES, else `rules`.
    """
    from guardrail import rulefile

    looked_at = rule_paths(ctx, paths)
    problems = rulefile.check(looked_at)
    if form == "json":
        click.echo(json.dumps([problem.to_dict() for problem in problems]))
    else:
        for problem in problems:
            click.echo(problem.text() if form == "text" else problem.github())
    if problems:
        ctx.exit(PROBLEMS)
    if form == "text":
        click.echo(f"{', '.join(map(str, looked_at))}: no problems found")


def rule_paths(ctx: click.Context, paths: tuple[str, ...]) -> list[Path]:
    """The paths to look at; one that can't be read or holds no YAML ends the command."""
    from guardrail.rulefile import yaml_files

    found = [Path(path) for path in paths or (resolve_one("rules", None, app_config(ctx)),)]
    for path in found:
        if not yaml_files(path):
            raise nothing(f"{path}: there are no *.yaml files in this directory")
    return found

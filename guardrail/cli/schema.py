"""``guardrail schema``: the JSON Schema of a rule file, for editors."""

from __future__ import annotations

import json

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema of a rule file, for editors."""
    from guardrail import rulefile

    click.echo(json.dumps(rulefile.schema(), indent=2))

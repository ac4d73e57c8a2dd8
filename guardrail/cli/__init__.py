"""The command line: ``guardrail``, ``python -m guardrail`` and ``flask guardrail``."""

from __future__ import annotations

import click

from guardrail import __version__
from guardrail.cli.check import check
from guardrail.cli.demo import demo
from guardrail.cli.ending import Commands
from guardrail.cli.evidence import evidence
from guardrail.cli.explain import explain
from guardrail.cli.facts import facts
from guardrail.cli.minimise import minimise
from guardrail.cli.mode import mode
from guardrail.cli.schema import schema
from guardrail.cli.score import score
from guardrail.cli.serve import serve
from guardrail.cli.size import size
from guardrail.cli.stats import stats
from guardrail.cli.surface import surface
from guardrail.cli.taxonomy import taxonomy
from guardrail.cli.test import test

__all__ = ["main"]


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="guardrail")
def main() -> None:
    """Guard recommendations and ads: check rules, score items, switch the guard, read its counts.

    Exit codes: 0 fine; 1 problems found in what was checked; 2 bad arguments; 3 nothing to look
    at; 4 could not read or reach something.
    """


for command in (
    check,
    test,
    score,
    explain,
    serve,
    stats,
    size,
    facts,
    minimise,
    mode,
    demo,
    schema,
    surface,
    evidence,
    taxonomy,
):
    main.add_command(command)

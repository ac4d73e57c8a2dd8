"""``guardrail test``: do the rules judge the examples beside them as they should?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click

from guardrail.cli.check import rule_paths
from guardrail.cli.ending import PROBLEMS, nothing
from guardrail.cli.opening import app_config
from guardrail.config import resolve_one, wants_color

ENDING = ".test.yaml"


class _Suite(NamedTuple):
    """Test files, and the rule set that they are about."""

    rules: Path
    files: tuple[Path, ...]


class _Counts(NamedTuple):
    passed: int = 0
    failed: int = 0


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH…]")
@click.pass_context
def test(ctx: click.Context, paths: tuple[str, ...]) -> None:
    """Run the examples in *.test.yaml against the rules beside them.

    PATH is a directory (one rule set) or a single test file. Everything is judged as if it were
    enforced, whatever mode the rule files or settings say.
    """
    suites = [suite for path in rule_paths(ctx, paths) if (suite := _suite(ctx, path)).files]
    if not suites:
        raise nothing("there are no *.test.yaml files there")
    done = [_run(suite) for suite in suites]
    passed, failed = (sum(column) for column in zip(*done, strict=True))
    closing = click.style(f"{passed} passed, {failed} failed", fg="red" if failed else "green")
    click.echo(closing, color=None if wants_color() else False)
    if failed:
        ctx.exit(PROBLEMS)


def _suite(ctx: click.Context, path: Path) -> _Suite:
    """A directory is a rule set. A file belongs to the rules of the settings if it lies there."""
    from guardrail.rulefile import yaml_files

    if path.is_dir():
        return _Suite(path, tuple(f for f in yaml_files(path) if f.name.endswith(ENDING)))
    file = path if path.name.endswith(ENDING) else path.with_suffix(ENDING)
    rules = Path(resolve_one("rules", None, app_config(ctx)))
    within = rules.is_dir() and file.resolve().is_relative_to(rules.resolve())
    return _Suite(rules if within else file.parent, (file,) if file.exists() else ())


def _run(suite: _Suite) -> _Counts:
    """Judge every example; a file or rule set that is wrong counts as one that failed."""
    from guardrail.cli.trial import Trial
    from guardrail.rulefile import Case, RuleFileError, load, load_tests

    try:
        trial = Trial(load(suite.rules))
    except RuleFileError as error:
        click.echo(str(error))
        return _Counts(failed=1)

    def outcomes() -> Iterator[bool]:
        for file in suite.files:
            try:
                cases: list[Case] = load_tests(file)
            except RuleFileError as error:
                click.echo(str(error))
                yield False
                continue
            for case in cases:
                failures = trial.failures(case)
                for failure in failures:
                    click.echo(f"{case.path}:{case.line}: {case.name}: {failure}")
                yield not failures

    results = list(outcomes())
    return _Counts(results.count(True), results.count(False))

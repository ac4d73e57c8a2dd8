"""``guardrail evidence``: does the score agree with what people said when they were asked?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guardrail.cli.ending import PROBLEMS, nothing, unreachable
from guardrail.cli.opening import app_config
from guardrail.config import evidence_folder, resolve_one

if TYPE_CHECKING:
    from guardrail.evidence import Folder


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH…]")
@click.option("--rules", metavar="DIR", help="Rule directory or file.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option("--svg", metavar="FILE", help="Write a chart with one point per case.")
@click.option("--curve", metavar="FILE", help="Write a chart of what each tolerance touches.")
@click.option("--sensitivity", is_flag=True, help="How much hangs on each weight (±20 %).")
@click.pass_context
def evidence(
    ctx: click.Context,
    *,
    paths: tuple[str, ...],
    rules: str | None,
    form: str,
    svg: str | None,
    curve: str | None,
    sensitivity: bool,
) -> None:
    """Score published cases and compare with what people said.

    PATH: CSV files, or folders of them; without it, GUARDRAIL_EVIDENCE_DIR. Nothing is shipped.
    """
    from guardrail import rulefile
    from guardrail.evidence import curve_svg, page, report_on, to_dict, weigh_each
    from guardrail.evidence import svg as drawn

    loaded = rulefile.load(Path(resolve_one("rules", rules, app_config(ctx))))
    folder = _read(paths)
    for file in folder.skipped:
        click.echo(f"guardrail: {file}: its columns are of no known layout, left out", err=True)
    if not folder.sets:
        raise nothing("there is no CSV file with published ratings there")
    report = report_on(loaded, folder.sets)
    if sensitivity:
        report = report._replace(weights=weigh_each(loaded, folder.sets))
    if svg is not None:
        _write(svg, drawn(report))
    if curve is not None:
        if report.ordinary is None:
            raise nothing("there is no curve: it needs a table of harmless texts (id, topic)")
        _write(curve, curve_svg(report.ordinary, report.presets))
    if form == "json":
        click.echo(json.dumps(to_dict(report)))
    else:
        click.echo("\n".join(page(report)))


def _read(paths: tuple[str, ...]) -> Folder:
    from guardrail.evidence import EvidenceError, read_folders

    found = evidence_folder()
    given = paths or ((found,) if found else ())
    if not given:
        raise nothing(
            "no data: give a folder of CSV files as an argument, or set GUARDRAIL_EVIDENCE_DIR"
        )
    try:
        return read_folders(Path(path) for path in given)
    except EvidenceError as error:
        click.echo(str(error))
        raise click.exceptions.Exit(PROBLEMS) from None


def _write(name: str, text: str) -> None:
    try:
        Path(name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise unreachable(f"{name}: {error.strerror or error}") from None

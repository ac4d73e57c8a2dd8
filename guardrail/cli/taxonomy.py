"""``guardrail taxonomy``: an operator's own taxonomy, mapped to the categories of the rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from guardrail.cli.ending import PROBLEMS, nothing
from guardrail.cli.opening import app_config
from guardrail.cli.own_taxonomy import Proposed, TaxonomyError, propose, read_nodes
from guardrail.config import resolve_one

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@click.command()
@click.option("--rules", metavar="DIR", help="Rule directory or file.")
@click.argument("file", metavar="FILE")
@click.pass_context
def taxonomy(ctx: click.Context, rules: str | None, file: str) -> None:
    """Propose which nodes of your own taxonomy are sensitive, as YAML to paste.

    FILE: TSV or CSV with a header; the columns of id, parent and name (or tiers) are found by
    their names. Read what is proposed before you use it.
    """
    from guardrail import rulefile

    loaded = rulefile.load(Path(resolve_one("rules", rules, app_config(ctx))))
    try:
        nodes = read_nodes(Path(file))
    except TaxonomyError as error:
        click.echo(str(error))
        ctx.exit(PROBLEMS)
    if not nodes:
        raise nothing(f"{file}: there is no node in it")
    proposed = propose(nodes, loaded.categories.values())
    told = {slug: one for slug, one in proposed.items() if one.ids or one.proxies}
    if not told:
        raise nothing(f"{file}: none of its {len(nodes)} nodes is recognised by its name")
    click.echo("\n".join(_yaml(told)))
    count = len({i for one in told.values() for i, _ in (*one.ids, *one.proxies)})
    click.echo(f"guardrail: {count} of {len(nodes)} nodes are recognised", err=True)


def _yaml(proposed: Mapping[str, Proposed]) -> Iterator[str]:
    for slug, one in sorted(proposed.items()):
        yield f"  {slug}:"
        for key, listed in (("ids", one.ids), ("proxies", one.proxies)):
            if listed:
                yield f"    {key}:"
                yield "      custom:"
                for node, why in listed:
                    yield f"        - {_scalar(node)}  # {why}"


def _scalar(node: str) -> str:
    """An id as YAML: in quotes unless it is a plain number."""
    return node if node.isdecimal() else '"' + node.replace("\\", "\\\\").replace('"', '\\"') + '"'

"""``guardrail demo``: the example shop with its guard, on this machine alone."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from guardrail.cli.ending import unreachable

BESIDE_THE_PACKAGE = Path(__file__).resolve().parents[2]


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=5000, show_default=True)
def demo(port: int) -> None:
    """Serve the example shop, with and without the guard side by side, until Ctrl-C."""
    serve = _example_app().serve
    try:
        serve(port)
    except KeyboardInterrupt:
        click.echo("", err=True)
    except OSError as error:
        raise unreachable(
            f"port {port}: {error.strerror or error}; give another one with --port"
        ) from None


def _example_app() -> Any:
    """The module that serves the shop: installed, or in the repository beside the package."""
    if find_spec("example_app") is None and (BESIDE_THE_PACKAGE / "example_app").is_dir():
        sys.path.append(str(BESIDE_THE_PACKAGE))
    try:
        return import_module("example_app.serve")
    except ModuleNotFoundError as missing:
        if missing.name in {"example_app", "example_app.serve"}:
            raise unreachable(
                "the example shop is not here: it comes with the repository, not with the package"
            ) from None
        raise unreachable(
            f"the example shop needs {missing.name}: pip install 'guardrail-middleware[demo]'"
        ) from None

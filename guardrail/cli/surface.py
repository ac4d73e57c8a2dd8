"""``guardrail surface``: look at a response, propose the surface that reads it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import msgspec

from guardrail.cli.ending import PROBLEMS, Ending, bad_argument, nothing
from guardrail.cli.lines import LONGEST_BODY
from guardrail.cli.opening import called, opened

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


@click.command()
@click.option("--from", "source", metavar="FILE|-", required=True, help="A response of your app.")
@click.option("--name", metavar="NAME", help="Name of the surface; default: the file's.")
def surface(*, source: str, name: str | None) -> None:
    """Propose a surface for a sample response: where its items are, and what they call what.

    Prints a rule file; its comments say what was found and what is missing.
    """
    from guardrail.cli.proposal import proposal
    from guardrail.cli.sample import find_items, has_lists

    name = _name(name, source)
    sample = _sample(source)
    places = find_items(sample)
    if not places and not has_lists(sample):
        raise nothing(f"{called(source)}: there is no item in it; take a response that shows some")
    if not places:
        raise Ending(
            f"{called(source)}: no list whose elements have ids was found; a surface needs one in "
            "each item (see docs/how-to/recommenders.md)",
            PROBLEMS,
        )
    for line in proposal(name, places, sample, called(source)):
        click.echo(line)


def _name(given: str | None, source: str) -> str:
    if given is not None:
        if not _NAME.fullmatch(given):
            raise bad_argument(
                f"--name {given!r} is no name; use letters, digits, '_' and '-', a letter first"
            )
        return given
    made = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(source).stem).strip("-")
    return made if _NAME.fullmatch(made) else "recommendations"


def _sample(source: str) -> Any:
    with opened(source) as stream:
        raw = stream.read(LONGEST_BODY + 1)
    if len(raw) > LONGEST_BODY:
        why = f"longer than {LONGEST_BODY // 1024**2} MiB; a sample needs a few items only"
        raise Ending(f"{called(source)}: {why}", PROBLEMS)
    raw = raw.removeprefix(b"\xef\xbb\xbf").strip()
    if not raw:
        raise nothing(f"{called(source)}: it is empty; give one response of your app")
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        why = str(error).removeprefix("JSON is malformed: ")
        raise Ending(f"{called(source)}: not JSON: {why}", PROBLEMS) from None

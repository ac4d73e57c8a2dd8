"""`guardrail facts` and `guardrail minimise` over logs of traffic: each folder is a case.

A case has ``rules.yaml``, ``traffic.ndjson``, perhaps ``catalogue.csv``, and what is printed.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from shutil import copytree

import pytest

from cli.conftest import Run

CASES = Path(__file__).parent / "traffic"
RENEW = os.environ.get("GUARDRAIL_RENEW_GOLDEN")
"""Set, it writes what is printed into the cases; look at the difference before you keep it."""


def said(run: Run, folder: Path, case: str, command: str, *arguments: str) -> str:
    """What a command prints about a case."""
    here = folder / "case"
    copytree(CASES / case, here)
    catalogue = here / "catalogue.csv"
    joined = ("--catalog", str(catalogue)) if catalogue.exists() else ()
    log = str(here / "traffic.ndjson")
    rules = str(here / "rules.yaml")
    result = run(command, "--rules", rules, "--surface", "home", *joined, *arguments, log)
    assert result.exit_code == 0, result.output
    assert "error" not in result.stderr
    return result.stdout


@pytest.mark.parametrize("command", ["facts", "minimise"])
@pytest.mark.parametrize("case", sorted(one.name for one in CASES.iterdir()))
def test_a_log_gives_exactly_this_page(run: Run, folder: Path, case: str, command: str) -> None:
    """Every number, reason and sentence is part of what people read."""
    expected = CASES / case / f"{command}.txt"
    printed = said(run, folder, case, command)
    if RENEW:
        expected.write_text(printed)
    assert printed == expected.read_text()
    assert all(len(line) <= 120 and line == line.rstrip() for line in printed.splitlines())


def test_facts_as_json_have_the_same_numbers(run: Run, folder: Path) -> None:
    """Counts, the standing of each rule with its reasons, and what would wake the others."""
    told = json.loads(said(run, folder, "with_customers", "facts", "--format", "json"))
    (home,) = told["surfaces"]
    assert told["one_response_in"] == 1
    assert (home["surface"], home["responses"], home["items"]) == ("home", 3, 3)
    assert home["facts"]["reason"] == {"present": 1, "missing": 2}
    assert home["rules"]["never"] == 1
    missing = {"facts": ["signals[].context"], "why": "missing"}
    assert home["never"] == [{"rule": "in-a-pharmacy", "title": "", "because": [missing]}]
    assert home["waiting"] == {"signals[].context": ["in-a-pharmacy"]}


def test_minimised_facts_as_json_have_the_same_numbers(run: Run, folder: Path) -> None:
    """Each fact with what it changed; what may go together."""
    told = json.loads(said(run, folder, "one_for_another", "minimise", "--format", "json"))
    effects = {one["fact"]: one for one in told["facts"]}
    assert effects["categories"]["verdicts_changed"] == 0
    assert effects["signals"]["verdicts_changed"] == 1
    assert told["not_needed_together"] == ["categories", "signals[].data"]
    assert told["needed_beside_those"] == ["signals[].category"]
    assert (told["surface"], told["items"], told["cut_short"]) == ("home", 2, False)


HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
SHOWN = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("command", ["facts", "minimise"])
def test_what_the_guide_shows_is_what_is_printed(command: str) -> None:
    """Each piece stands in a case just so."""
    pages = "".join(page.read_text() for page in sorted(CASES.glob(f"*/{command}.txt")))
    shown = SHOWN.findall((HOW_TO / f"{command}.md").read_text())
    assert len(shown) >= 2
    assert [piece for piece in shown if piece not in pages] == []

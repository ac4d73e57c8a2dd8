"""Documents that can't rot: what they show runs, what they link to exists, nothing is left out."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from click import Group

from guardrail.cli import main
from guardrail.config import TABLE
from guardrail.ruleset import RULE_KINDS, TREATMENTS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
TUTORIALS = sorted([*ROOT.glob("docs/tutorial/*.md"), ROOT / "docs/how-to/why.md"])
FENCE = re.compile(
    r"(?:<!-- file: (?P<file>\S+) -->\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


def blocks(path, kind):
    return [m for m in FENCE.finditer(path.read_text()) if m["kind"] == kind]


def ids(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", DOCUMENTS, ids=ids)
def test_every_link_leads_somewhere(path):
    """Files that are named exist."""
    missing = [t for t in LINK.findall(path.read_text()) if not (path.parent / t).exists()]
    assert missing == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=ids)
def test_every_python_sample_is_python(path):
    """Fragments of functions too."""
    for block in blocks(path, "python"):
        text = block["text"]
        if re.search(r"^return\b", text, re.MULTILINE):
            text = "def sample():\n" + textwrap.indent(text, "    ")
        ast.parse(text)


def test_the_readmes_samples_run(monkeypatch):
    """In order, as a reader would paste them."""
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    samples = blocks(ROOT / "README.md", "python")
    assert len(samples) >= 3
    for block in samples:
        exec(compile(block["text"], "README.md", "exec"), names)


def shows(expected):
    """A pattern for an output; a line ``…`` in a document stands for any lines, or none."""
    lines = expected.splitlines(keepends=True)
    return "".join(r"(?:.*\n)*?" if line == "…\n" else re.escape(line) for line in lines)


@pytest.mark.parametrize("tutorial", TUTORIALS, ids=ids)
def test_a_tutorial_does_what_it_says(tmp_path, tutorial):
    """Its files are written, its commands run, and their output is what it shows."""
    environ = {
        **{k: v for k, v in os.environ.items() if not k.startswith("GUARDRAIL_")},
        "PYTHONPATH": str(ROOT),
        "NO_COLOR": "1",
    }
    commands = {"guardrail": [sys.executable, "-m", "guardrail"], "python": [sys.executable]}
    ran = 0
    for block in FENCE.finditer(tutorial.read_text()):
        if block["file"]:
            target = tmp_path / block["file"]
            target.parent.mkdir(exist_ok=True)
            target.write_text(block["text"])
        elif block["kind"] == "console":
            line, expected = block["text"].removeprefix("$ ").split("\n", 1)
            program, *arguments = shlex.split(line)
            done = subprocess.run(
                [*commands[program], *arguments],
                cwd=tmp_path,
                env=environ,
                capture_output=True,
                text=True,
                check=False,
            )
            assert re.fullmatch(shows(expected), done.stdout), done.stdout + done.stderr
            ran += 1
    assert ran >= 4


def test_every_setting_is_documented():
    """By its name in the environment."""
    text = (ROOT / "docs/reference/settings.md").read_text()
    assert [s.key for s in TABLE if s.key not in text] == []


def test_every_command_and_option_is_documented():
    """As `--help` names them."""
    text = (ROOT / "docs/reference/cli.md").read_text()
    assert isinstance(main, Group)
    missing = [name for name in main.commands if f"`{name}" not in text and f" {name}" not in text]
    for command in main.commands.values():
        for parameter in command.params:
            missing += [o for o in parameter.opts if o.startswith("--") and o not in text]
    assert missing == []


def test_every_kind_and_treatment_is_documented():
    """The words of rule files."""
    text = (ROOT / "docs/reference/rule-files.md").read_text()
    assert [word for word in (*RULE_KINDS, *TREATMENTS) if f"`{word}`" not in text] == []

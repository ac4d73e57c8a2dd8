"""`guardrail check`: problems to standard output, in the form that the reader needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Run


@pytest.fixture
def broken(folder: Path) -> Path:
    path = folder / "rules" / "broken.yaml"
    path.write_text("guardrail: 1\nrulez: []\n")
    return path


def test_right_rules_are_fine(run: Run) -> None:
    """Without a path it looks where the settings say; JSON is an empty list."""
    result = run("check")
    assert (result.exit_code, result.stdout) == (0, "rules: no problems found\n")
    result = run("check", "--format", "json", "rules/main.yaml")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])
    assert (run("check", "--format", "github").stdout) == ""


def test_text_shows_place_line_and_caret(run: Run, broken: Path) -> None:
    """On standard output; exit code 1."""
    result = run("check")
    assert result.exit_code == 1
    assert "broken.yaml:2:1: " in result.stdout
    assert "did you mean 'rules'?" in result.stdout
    assert "^" in result.stdout
    assert result.stderr == ""


def test_json_and_github_name_the_same_place(run: Run, broken: Path) -> None:
    """One for programs, one for pull requests."""
    (problem,) = json.loads(run("check", "--format", "json").stdout)
    assert (problem["line"], problem["column"]) == (2, 1)
    assert problem["path"].endswith("broken.yaml")
    shown = run("check", "--format", "github").stdout
    assert shown.startswith("::error file=")
    assert "line=2,col=1" in shown


def test_bad_bytes_are_a_problem_of_the_file(run: Run, folder: Path) -> None:
    """Exit code 1, not 4: the file could be read."""
    (folder / "latin.yaml").write_bytes(b"guardrail: 1\n# caf\xe9\n")
    assert run("check", "latin.yaml").exit_code == 1


def test_a_missing_path_could_not_be_read(run: Run) -> None:
    """Exit code 4, with its name."""
    result = run("check", "nowhere")
    assert result.exit_code == 4
    assert "nowhere" in result.stderr
    assert result.stdout == ""


def test_an_empty_directory_is_nothing_to_look_at(run: Run, folder: Path) -> None:
    """Exit code 3."""
    (folder / "empty").mkdir()
    result = run("check", "empty")
    assert result.exit_code == 3
    assert "no *.yaml files" in result.stderr


def test_an_unknown_format_is_a_bad_argument(run: Run) -> None:
    """Exit code 2."""
    assert run("check", "--format", "xml").exit_code == 2

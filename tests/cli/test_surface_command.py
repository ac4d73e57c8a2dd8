"""`guardrail surface`: what is told where no surface can be proposed."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from cli.conftest import Run


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("", 3, "it is empty"),
        ("{}", 3, "there is no item in it"),
        ('{"items": []}', 3, "there is no item in it"),
        ("<html>", 1, "not JSON"),
        ('{"items": [{"price": 1.5}]}', 1, "no list whose elements have ids"),
        ('{"items": [[1.5]]}', 1, "no list whose elements have ids"),
    ],
)
def test_a_sample_that_shows_no_items_ends_in_one_line(
    run: Run, folder: Path, text: str, code: int, says: str
) -> None:
    """3 where there is nothing to look at, 1 where what is there can't be read."""
    (folder / "sample.json").write_text(text)
    result = run("surface", "--from", "sample.json")
    assert result.exit_code == code
    assert result.stdout == ""
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_bad_arguments_and_files_that_are_not_there(run: Run, folder: Path) -> None:
    """Exit codes 2 and 4."""
    (folder / "sample.json").write_text('[{"id": 1}]')
    assert run("surface").exit_code == 2
    assert run("surface", "--from", "sample.json", "--name", "1 x").exit_code == 2
    missing = run("surface", "--from", "missing.json")
    assert missing.exit_code == 4
    assert "missing.json" in missing.stderr


def test_a_sample_from_standard_input_has_a_name_of_its_own(run: Run) -> None:
    """A byte order mark does not matter; a name can be given."""
    named = run("surface", "--from", "-", stdin=b'\xef\xbb\xbf[{"id": 1}]')
    assert "\n  recommendations:\n" in named.stdout
    assert "standard input: 1 item in 1 list" in named.stdout
    assert "\n  home:\n" in run("surface", "--from", "-", "--name", "home", stdin="[1, 2]").stdout


def test_no_sample_is_longer_than_a_body(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few items are enough."""
    # The command stands where its module would be found by name.
    monkeypatch.setattr(import_module("guardrail.cli.surface"), "LONGEST_BODY", 8)
    result = run("surface", "--from", "-", stdin='[{"id": 12345}]')
    assert result.exit_code == 1
    assert "a few items" in result.stderr


def test_what_a_key_says_is_quoted_where_yaml_would_read_it_otherwise(run: Run) -> None:
    """A path with spaces, a word that YAML knows."""
    shown = run("surface", "--from", "-", stdin='{"my list": [{"null": {"id": "a"}}]}').stdout
    assert 'items: "my list"' in shown
    assert "id: null.id" in shown


def test_standard_input_is_called_by_its_name(run: Run) -> None:
    """A dash is for the shell; people read words."""
    done = run("surface", "--from", "-", stdin="nope")
    assert done.exit_code == 1
    assert done.stderr.startswith("guardrail: standard input: not JSON: ")

"""`guardrail score`: items or a body in, verdicts out, and what is told when that can't be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from cli.conftest import PERSONAL, PLAIN, Run


def told(result: Result) -> list[Any]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_items_come_out_one_by_one_in_order(run: Run) -> None:
    """One verdict per line; the personal item is taken out, the other stays."""
    result = run("score", stdin=f"{PLAIN}\n{PERSONAL}\n\n{PLAIN}\n")
    assert result.exit_code == 0
    assert [(v["id"], v["verdict"]) for v in told(result)] == [
        ("s", "allow"),
        ("p", "suppress"),
        ("s", "allow"),
    ]
    assert result.stderr == ""


def test_a_line_that_is_no_item_is_told_and_the_rest_goes_on(run: Run) -> None:
    """Number and reason on standard error, exit code 1."""
    result = run("score", stdin=f'{PLAIN}\nnot json\n\n["a"]\n{PERSONAL}')
    assert result.exit_code == 1
    assert [v["id"] for v in told(result)] == ["s", "p"]
    errors = [json.loads(line) for line in result.stderr.splitlines()]
    assert [error["line"] for error in errors] == [2, 4]
    assert all(set(error) == {"line", "error"} and error["error"] for error in errors)


def test_lines_are_judged_alone(run: Run) -> None:
    """The cap of the surface would refuse the second showing; lines know no caps."""
    result = run("score", "--surface", "home", stdin=f"{PLAIN}\n{PLAIN}\n")
    assert [v["verdict"] for v in told(result)] == ["allow", "allow"]


@pytest.mark.parametrize(
    "body",
    [
        f'{{"data": {{"items": [{PLAIN}, {PERSONAL}, {PLAIN}]}}}}',
        f'{{\n"data": {{\n"items": [\n{PLAIN},\n{PERSONAL},\n{PLAIN}]}}}}\n',
        f"[{PLAIN}, {PERSONAL}, {PLAIN}]",
    ],
)
def test_a_response_body_gives_the_whole_decision(run: Run, body: str) -> None:
    """As one line; caps count from nothing, so the second showing of an item is one too many."""
    result = run("score", "--surface", "home", "--now", "2026-11-22T10:00:00Z", stdin=body)
    assert result.exit_code == 0
    (decision,) = told(result)
    assert decision["surface"] == "home"
    assert decision["outcome"] == "guarded"
    assert decision["at"] == "2026-11-22T10:00:00Z"
    assert [v["verdict"] for v in decision["items"]] == ["allow", "suppress", "suppress"]
    assert decision["items"][2]["capped_by"] == "daily"


def test_a_bare_list_needs_no_surface(run: Run) -> None:
    """The default surface takes it as its items."""
    (decision,) = told(run("score", stdin=f"[{PERSONAL}]"))
    assert decision["surface"] == "default"
    assert decision["counts"]["suppress"] == 1


def test_an_overlong_line_is_no_item(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told like any other, and skipped without being held in memory."""
    monkeypatch.setattr("guardrail.cli.lines.LONGEST_LINE", 60)
    result = run("score", stdin=f"{PLAIN}\n{PERSONAL}\n{PLAIN}\n")
    assert result.exit_code == 1
    assert json.loads(result.stderr)["line"] == 2
    assert len(told(result)) == 2


def test_bytes_that_are_no_text_are_no_item(run: Run) -> None:
    """Also where a body would be expected."""
    result = run("score", "--surface", "home", stdin=b'{"data": {"items": [{"id": "\xff"}]}}')
    assert result.exit_code == 1
    assert json.loads(result.stderr)["line"] == 1


def test_a_body_that_cannot_be_read_is_said_in_words(run: Run) -> None:
    """Exit code 1: the problem is in what was scored."""
    result = run("score", stdin=b'[{"id": "\xff"}]')
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == "guardrail: the response body can't be read: it is not UTF-8\n"


def test_a_document_without_items_hints_at_the_surface(run: Run) -> None:
    """The most likely mistake is a forgotten --surface."""
    result = run("score", stdin=f'{{"data":\n {{"items": [{PLAIN}]}}\n}}')
    assert result.exit_code == 1
    assert "without a list at 'items'" in result.stderr
    assert "--surface" in result.stderr


def test_a_file_is_read_like_standard_input(run: Run, folder: Path) -> None:
    """And `-` is standard input."""
    (folder / "items.ndjson").write_text(PLAIN + "\n")
    assert told(run("score", "items.ndjson")) == told(run("score", "-", stdin=PLAIN))


@pytest.mark.parametrize("customer", ['{"tolerance": 100}', '{"id": "c", "tolerance": 95}'])
def test_the_customer_decides_what_is_too_much(run: Run, customer: str) -> None:
    """A tolerant one sees what the default does not show."""
    (verdict,) = told(run("score", "--customer", customer, stdin=PERSONAL))
    assert verdict["verdict"] == "allow"


def test_an_id_is_a_customer_too(run: Run) -> None:
    """As everywhere."""
    (verdict,) = told(run("score", "--customer", '"c-1001"', stdin=PLAIN))
    assert verdict["tolerance"] == 68


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--customer", "{tolerance: 1}"], "--customer is no JSON"),
        (["--customer", '{"tolerance": 250}'], "tolerance"),
        (["--customer", '{"tolerance": -1}'], "tolerance"),
        (["--customer", '{"tolerance": "medium"}'], "presets are"),
        (["--customer", '{"age_band": "old"}'], "age_band"),
        (["--customer", "[1]"], "neither an id nor a customer object"),
        (["--surface", "hom"], "no surface 'hom'; did you mean 'home'?"),
        (["--now", "yesterday"], "2026-11-22T10:00:00Z"),
        (["--catalog", ""], "the argument catalog is empty"),
    ],
)
def test_bad_arguments_are_told_what_would_be_right(
    run: Run, arguments: list[str], says: str
) -> None:
    """Exit code 2, one line, nothing scored."""
    result = run("score", *arguments, stdin=PLAIN)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_an_empty_input_is_nothing_to_look_at(run: Run) -> None:
    """Exit code 3."""
    result = run("score", stdin="\n \n")
    assert result.exit_code == 3
    assert "empty" in result.stderr


@pytest.mark.parametrize("arguments", [["missing.ndjson"], ["--rules", "missing"], ["rules"]])
def test_what_cannot_be_read_is_named(run: Run, arguments: list[str]) -> None:
    """A file, a rule directory, a directory for a file: exit code 4."""
    result = run("score", *arguments, stdin=PLAIN)
    assert result.exit_code == 4
    assert arguments[-1] in result.stderr
    assert result.stderr.count("\n") == 1


def test_wrong_rules_are_problems(run: Run, folder: Path) -> None:
    """Exit code 1 with the first of them, and where."""
    (folder / "rules" / "main.yaml").write_text("guardrail: 1\nsurfices: {}\nrulez: []\n")
    result = run("score", stdin=PLAIN)
    assert result.exit_code == 1
    assert "main.yaml:2:1" in result.stderr
    assert "and 1 more" in result.stderr


def test_a_wrong_setting_is_a_bad_argument(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named with the place it came from."""
    monkeypatch.setenv("GUARDRAIL_MODE", "on")
    result = run("score", stdin=PLAIN)
    assert result.exit_code == 2
    assert "GUARDRAIL_MODE in the environment" in result.stderr


def test_rules_come_from_the_setting_unless_named(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The argument wins."""
    (folder / "none").mkdir()
    (folder / "none" / "empty.yaml").write_text("guardrail: 1\n")
    monkeypatch.setenv("GUARDRAIL_RULES", "none")
    assert told(run("score", stdin=PERSONAL))[0]["verdict"] == "allow"
    assert told(run("score", "--rules", "rules", stdin=PERSONAL))[0]["verdict"] == "suppress"


def test_a_catalogue_tells_what_bare_items_are(run: Run, folder: Path) -> None:
    """Its unknown ids are counted on standard error; a wrong one is told with its line."""
    (folder / "items.csv").write_text("id,categories\np,health.pregnancy\n")
    signals = '"signals": [{"data": "likes", "method": "observed"}]'
    result = run(
        "score", "--catalog", "items.csv", stdin=f'{{"id": "p", {signals}}}\n{{"id": "q"}}\n'
    )
    assert [verdict["verdict"] for verdict in told(result)] == ["suppress", "allow"]
    assert "1 of 2 items were not in the catalogue items.csv, such as 'q'" in result.stderr
    (folder / "items.csv").write_text("id,categories\n,health.pregnancy\n")
    wrong = run("score", "--catalog", "items.csv", stdin=PLAIN)
    assert wrong.exit_code == 1
    assert "items.csv:2: no id in this row" in wrong.stderr
    missing = run("score", "--catalog", "missing.csv", stdin=PLAIN)
    assert missing.exit_code == 4


def test_a_body_of_another_shape_is_known_as_one(run: Run, folder: Path) -> None:
    """Items under their ids; what has no such object is taken line by line."""
    rules = folder / "rules" / "keyed.yaml"
    rules.write_text("guardrail: 1\nsurfaces:\n  keyed: {items: 'scores{}', treatments: []}\n")
    (decision,) = told(run("score", "--surface", "keyed", stdin='{"scores": {"a": 1, "b": 2}}'))
    assert [verdict["id"] for verdict in decision["items"]] == ["a", "b"]
    (verdict,) = told(run("score", "--surface", "keyed", stdin=PLAIN))
    assert verdict["id"] == "s"

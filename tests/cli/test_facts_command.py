"""`guardrail facts` over what the running guard saw, and what it says of a log that is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import PERSONAL, PLAIN, Run


@pytest.fixture
def seen(folder: Path, shared_redis: None) -> None:
    """A worker elsewhere has judged a long shelf and a short one, and is gone."""
    from guardrail.service import Guard

    guard = Guard.from_arguments({"rules": "rules"})
    shelf = [{**json.loads(PERSONAL), "id": str(n)} for n in range(9)]
    guard.review([*shelf, json.loads(PLAIN)], customer={"id": "c-1"}, surface="home")
    guard.review([json.loads(PLAIN)], surface="elsewhere")
    guard.close()


@pytest.mark.redis
def test_it_tells_what_all_workers_saw(run: Run, seen: None) -> None:
    """Surface by surface, with the share that was looked at; small counts are hidden."""
    result = run("facts", "--rules", "rules", "--since", "1h")
    assert result.exit_code == 0
    default, home = result.stdout.split("\n\nhome: ")
    assert default.startswith("default: <5 items in <5 responses")
    assert home.startswith("10 items in <5 responses (one in 16, one a second of each worker")
    lines = [line.split() for line in home.splitlines()]
    assert ["categories", "90", "%", "-", "<5", "10", "█" * 18 + "··"] in lines
    assert "Can never fire on what was seen" not in home


@pytest.mark.redis
def test_one_surface_can_be_asked_for(run: Run, seen: None) -> None:
    """As JSON, with small counts hidden as null."""
    told = json.loads(run("facts", "--surface", "home", "--format", "json").stdout)
    assert told["one_response_in"] == 16
    (home,) = told["surfaces"]
    assert (home["surface"], home["items"], home["responses"]) == ("home", 10, None)
    assert home["facts"]["categories"] == {"present": 9, "missing": None}


@pytest.mark.redis
def test_no_traffic_is_nothing_to_look_at(run: Run, shared_redis: None) -> None:
    """Exit code 3, and what to do."""
    result = run("facts")
    assert result.exit_code == 3
    assert "let the guard run (mode observe is enough)" in result.stderr


def test_without_redis_no_command_can_read_what_was_seen(run: Run) -> None:
    """Exit code 4; a file can be looked at all the same."""
    result = run("facts")
    assert result.exit_code == 4
    assert "GUARDRAIL_REDIS_URL" in result.stderr
    assert "a file of items" in result.stderr


def test_a_url_can_be_given(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that nobody answers on is exit 4."""
    monkeypatch.setenv("GUARDRAIL_SECRET", "correct-horse-battery")
    result = run("facts", "--redis-url", "redis://127.0.0.1:1/0")
    assert result.exit_code == 4
    assert "can't be reached" in result.stderr


def test_standard_input_and_one_response_over_many_lines_are_read(run: Run) -> None:
    """As an editor would write it."""
    body = json.dumps({"data": {"items": [json.loads(PLAIN)]}}, indent=2)
    result = run("facts", "--surface", "home", "-", stdin=body)
    assert result.stdout.startswith("home: 1 item in 1 response\n")


def test_an_empty_log_is_nothing_to_look_at(run: Run) -> None:
    """Exit code 3, and what a log is."""
    result = run("facts", "-", stdin="\n")
    assert result.exit_code == 3
    assert "give items as NDJSON, or one response per line" in result.stderr


def test_lines_that_can_not_be_read_are_told_and_the_rest_goes_on(run: Run) -> None:
    """Exit code 1, each line with its number and what is wrong with it."""
    deep = '{"customer": null, "items": ' + "[" * 3000 + "]" * 3000 + "}"
    many = json.dumps([{"id": "1"}] * 2001)
    lines = [PLAIN, "{", '"text"', '{"title": "no id"}', deep, many, '{"x": "\xff"}', "5", PLAIN]
    result = run("facts", "-", stdin="\n".join(lines).encode("latin-1"))
    assert result.exit_code == 1
    assert result.stdout.startswith("default: 2 items in 2 responses\n")
    told = {one["line"]: one["error"] for one in map(json.loads, result.stderr.splitlines())}
    assert list(told) == [2, 3, 4, 5, 6, 7, 8]
    assert told[2] == "it is not JSON"
    assert "no item with an id, and no response with a list at 'items'" in told[4]
    assert told[5] == "it is nested too deep"
    assert told[6] == "it has more items than a response may have"
    assert told[7] == "it is not UTF-8"


def test_a_log_of_nothing_but_wrong_lines_is_wrong(run: Run) -> None:
    """Exit code 1, and a page without items."""
    result = run("facts", "-", stdin='{"title": "no id"}\n{"title": "neither"}\n')
    assert result.exit_code == 1
    assert result.stdout.startswith("default: 0 items in 0 responses\n")
    assert result.stdout.endswith(
        "\n\nNo item was seen, so there is nothing to say of facts and rules.\n"
    )


def test_a_line_may_not_be_endless(run: Run) -> None:
    """It is told, and skipped."""
    long = json.dumps({"id": "1", "title": "x" * (1024 * 1024)})
    result = run("facts", "-", stdin=f"{PLAIN}\n{long}\n{PLAIN}\n")
    assert result.exit_code == 1
    assert json.loads(result.stderr) == {"line": 2, "error": "longer than 1048576 bytes"}


def test_lists_stand_where_the_surface_says_or_alone(run: Run) -> None:
    """A response, a bare list, a list of items with their customer, a body with it."""
    item = json.loads(PLAIN)
    logged = [
        {"data": {"items": [item]}},
        [item],
        {"items": [item]},
        {"customer": "c", "items": [item, item]},
        {"customer": {"id": "c"}, "body": {"data": {"items": [item]}}},
        {"customer": None, "id": "7"},
    ]
    text = "\n".join(map(json.dumps, logged))
    result = run("facts", "--surface", "home", "-", stdin=text)
    assert result.exit_code == 0
    assert result.stdout.startswith("home: 7 items in 6 responses\n")


@pytest.mark.parametrize("command", ["facts", "minimise"])
def test_an_unknown_surface_or_file_ends_it(run: Run, command: str) -> None:
    """With the surfaces that there are."""
    wrong = run(command, "--surface", "hom", "-", stdin=PLAIN)
    assert wrong.exit_code == 2
    assert "did you mean 'home'?" in wrong.stderr
    assert run(command, "gone.ndjson").exit_code == 4


def test_minimise_has_nothing_to_look_at_without_items(run: Run) -> None:
    """Exit code 3."""
    result = run("minimise", "-", stdin='{"items": []}\n')
    assert result.exit_code == 3
    assert "there is no item in it" in result.stderr


def test_minimise_looks_at_the_beginning_of_a_long_log_and_says_so(run: Run) -> None:
    """Whole responses, one at least."""
    result = run("minimise", "--most", "2", "-", stdin=f"{PLAIN}\n" * 5)
    assert result.exit_code == 0
    first = " ".join(result.stdout.split())
    seen = "the beginning of the log (see --most), 2 items in 2 responses"
    assert first.startswith(f"default: {seen}")
    log = f"[{PLAIN}, {PLAIN}]\n{PLAIN}"
    told = json.loads(run("minimise", "--most", "1", "--format", "json", "-", stdin=log).stdout)
    assert (told["items"], told["cut_short"]) == (2, True)


def test_minimise_tells_lines_that_can_not_be_read(run: Run) -> None:
    """Exit code 1; the rest is looked at."""
    result = run("minimise", "-", stdin=f"{PLAIN}\n5\n")
    assert result.exit_code == 1
    assert json.loads(result.stderr)["line"] == 2
    assert "1 item in 1 response" in result.stdout

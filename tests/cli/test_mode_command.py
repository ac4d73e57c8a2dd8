"""`guardrail mode`: who asks for which mode, which one is in effect, and the switch for all."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Run


def rows(text: str) -> dict[str, str]:
    return {line.rsplit(None, 1)[0]: line.rsplit(None, 1)[1] for line in text.splitlines()}


def test_without_redis_the_sources_are_shown(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lowest is in effect."""
    monkeypatch.setenv("GUARDRAIL_MODE", "observe")
    result = run("mode")
    assert result.exit_code == 0
    shown = rows(result.stdout)
    assert shown["setting (environment)"] == "observe"
    assert shown["rule files"] == "enforce"
    assert shown["in effect"] == "observe"


def test_a_surface_with_a_mode_of_its_own_is_shown(run: Run, folder: Path) -> None:
    """Alone, or beside what holds everywhere."""
    rules = folder / "rules" / "main.yaml"
    rules.write_text(rules.read_text().replace("treatments: []", "treatments: []\n    mode: off"))
    assert rows(run("mode").stdout)["in effect on home"] == "off"
    shown = rows(run("mode", "--surface", "home").stdout)
    assert shown["in effect"] == "off"


def test_without_redis_nothing_can_be_switched(run: Run) -> None:
    """Exit code 4, and the other way to do it."""
    result = run("mode", "off")
    assert result.exit_code == 4
    assert "`mode:`" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["on"], "on"),
        (["--surface", "hom"], "did you mean 'home'?"),
        (["off", "--surface", "hom"], "did you mean 'home'?"),
    ],
)
def test_what_is_no_mode_and_no_surface_is_a_bad_argument(
    run: Run, arguments: list[str], says: str
) -> None:
    """Exit code 2."""
    result = run("mode", *arguments)
    assert result.exit_code == 2
    assert says in result.stderr


@pytest.mark.redis
def test_the_switch_is_thrown_for_everybody_and_seen(run: Run, shared_redis: None) -> None:
    """A second call is another process: it sees what the first one set."""
    result = run("mode", "observe")
    assert (result.exit_code, result.stderr) == (0, "")
    shown = rows(run("mode").stdout)
    assert shown["guardrail mode"] == "observe"
    assert shown["in effect"] == "observe"
    run("mode", "off", "--surface", "home")
    assert rows(run("mode").stdout)["in effect on home"] == "off"


@pytest.mark.redis
def test_a_lower_word_of_somebody_else_is_pointed_out(
    run: Run, shared_redis: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was set is not in effect, and by whose word."""
    monkeypatch.setenv("GUARDRAIL_MODE", "off")
    result = run("mode", "enforce")
    assert result.exit_code == 0
    assert "enforce was set, but off is asked for by: setting (environment)" in result.stderr


@pytest.mark.parametrize("arguments", [[], ["off"]])
def test_a_redis_that_cannot_be_reached_is_said(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """Exit code 4, in one line."""
    monkeypatch.setenv("GUARDRAIL_REDIS_URL", f"unix://{folder}/none.sock")
    monkeypatch.setenv("GUARDRAIL_SECRET", "correct-horse-battery")
    result = run("mode", *arguments)
    assert result.exit_code == 4
    assert result.stdout == ""
    assert "can't be reached" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.redis
def test_broken_rules_do_not_stop_the_switch(run: Run, folder: Path, shared_redis: None) -> None:
    """It is needed most just then; what the rules ask for is left out and said."""
    (folder / "rules" / "main.yaml").write_text("guardrail: 1\nrulez: []\n")
    result = run("mode", "off", "--surface", "home")
    assert result.exit_code == 0
    assert "main.yaml:2:1" in result.stderr
    assert rows(result.stdout)["guardrail mode --surface home"] == "off"
    assert "rule files" not in result.stdout
    (folder / "rules" / "main.yaml").unlink()
    (folder / "rules").rmdir()
    assert run("mode", "off").exit_code == 0


@pytest.mark.redis
def test_every_guard_obeys_the_switch(run: Run, shared_redis: None) -> None:
    """The command and the workers mean the same thing."""
    from guardrail.service import Guard

    run("mode", "observe", "--surface", "home")
    guard = Guard.from_arguments({})
    guard.refresh()
    assert guard.mode_of(guard.rules.surface("home")) == "observe"
    assert guard.mode_of(guard.rules.surface("default")) == "enforce"
    guard.close()

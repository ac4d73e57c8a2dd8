"""`guardrail test`: examples beside the rules, judged; what came otherwise is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Run

CASE = """\
guardrail: 1
tests:
  - name: pregnancy from likes is taken out
    given:
      surface: home
      items:
        - {id: p, categories: [health.pregnancy], signals: [{data: likes, method: observed}]}
        - {id: s, signals: []}
    expect:
      p: {verdict: suppress, rules: [pregnancy], score: ">=80"}
      s: allow
"""
CAPS = """\
guardrail: 1
tests:
  - name: once a day
    given:
      surface: home
      customer: {id: c-1, tolerance: relaxed}
      items: [{id: s, signals: []}, {id: t, signals: []}, {id: u, signals: []}]
      seen:
        - {id: s, ago: 23h}
        - {id: s, ago: 22h}
        - {id: t, ago: 25h}
      now: 2026-11-22T10:00:00Z
    expect:
      s: {verdict: suppress, rules: [daily]}
      t: allow
      u: allow
  - name: another customer has seen nothing
    given: {surface: home, customer: {id: c-1}, items: [{id: s, signals: []}]}
    expect: {s: allow}
"""


@pytest.fixture
def examples(folder: Path) -> Path:
    path = folder / "rules" / "main.test.yaml"
    path.write_text(CASE)
    return path


def test_examples_that_hold_are_counted(run: Run, examples: Path) -> None:
    """The last line is the sum."""
    result = run("test")
    assert (result.exit_code, result.stdout) == (0, "1 passed, 0 failed\n")
    assert run("test", "rules/main.test.yaml").stdout == "1 passed, 0 failed\n"
    assert run("test", "rules/main.yaml").stdout == "1 passed, 0 failed\n"


def test_what_was_seen_counts_for_caps(run: Run, examples: Path) -> None:
    """Within the window, for this example alone."""
    (examples.parent / "caps.test.yaml").write_text(CAPS)
    result = run("test", "rules")
    assert result.stdout == "3 passed, 0 failed\n"


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        ("p: allow", "p: expected verdict allow, got suppress (intrusiveness"),
        ("s: {rules: [pregnancy]}", "s: expected rule pregnancy, got none"),
        ("s: {score: [10, 20]}", "s: expected intrusiveness >=10 and <=20, got 0"),
        ("s: {treatment: replace}", "s: expected treatment replace, got none"),
    ],
)
def test_a_failure_says_what_was_expected_and_what_came(
    run: Run, examples: Path, expected: str, says: str
) -> None:
    """With file, line and the example's name; exit code 1."""
    head, _, _ = CASE.partition("      p: {verdict")
    examples.write_text(f"{head}      {expected}\n")
    result = run("test")
    assert result.exit_code == 1
    failure, closing = result.stdout.splitlines()
    place = f"{Path('rules', 'main.test.yaml')}:3: pregnancy from likes is taken out: "
    assert failure.startswith(place)
    assert says in failure
    assert closing == "0 passed, 1 failed"


@pytest.mark.parametrize("mode", ["observe", "off"])
def test_the_mode_in_force_does_not_change_what_rules_mean(
    run: Run, examples: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """A kill switch must not break the build."""
    rules = examples.parent / "main.yaml"
    rules.write_text(f"mode: {mode}\n{rules.read_text()}")
    monkeypatch.setenv("GUARDRAIL_MODE", mode)
    assert run("test").stdout == "1 passed, 0 failed\n"


def test_a_wrong_test_file_is_a_failure_and_the_others_still_run(run: Run, examples: Path) -> None:
    """Its problems are shown as `check` shows them."""
    (examples.parent / "a.test.yaml").write_text("guardrail: 1\ntsets: []\n")
    result = run("test")
    assert result.exit_code == 1
    assert "a.test.yaml:2:1" in result.stdout
    assert result.stdout.endswith("1 passed, 1 failed\n")


def test_wrong_rules_are_a_failure(run: Run, examples: Path) -> None:
    """Nothing can be judged by them."""
    (examples.parent / "main.yaml").write_text("guardrail: 1\nrulez: []\n")
    result = run("test")
    assert result.exit_code == 1
    assert "main.yaml:2:1" in result.stdout
    assert result.stdout.endswith("0 passed, 1 failed\n")


def test_a_test_file_elsewhere_is_about_the_rules_beside_it(run: Run, folder: Path) -> None:
    """The settings' rules are not its own."""
    other = folder / "other"
    other.mkdir()
    (other / "x.yaml").write_text("guardrail: 1\nsurfaces: {home: {match: {path: /x}}}\n")
    (other / "x.test.yaml").write_text(CASE)
    assert run("test", "other/x.test.yaml").exit_code == 1


def test_no_test_files_is_nothing_to_look_at(run: Run) -> None:
    """Exit code 3."""
    result = run("test")
    assert result.exit_code == 3
    assert "no *.test.yaml" in result.stderr
    assert run("test", "rules/main.yaml").exit_code == 3


def test_a_missing_path_could_not_be_read(run: Run) -> None:
    """Exit code 4."""
    assert run("test", "nowhere").exit_code == 4

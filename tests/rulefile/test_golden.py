"""Every wrong file gives exactly the text that stands beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from guardrail.rulefile import Problem, RuleFileError, check, load

BAD = Path(__file__).parent / "bad"
CASES = sorted(p.name for p in BAD.iterdir() if p.suffix != ".txt" and p.name != "files")


def expected(case: str) -> Path:
    return BAD / f"{case.partition('.')[0]}.txt"


def problems(case: str) -> tuple[Problem, ...]:
    """What is wrong with a case: a test file or a folder as `check` says, else as `load` does."""
    if case.endswith(".test.yaml") or Path(case).is_dir():
        return tuple(check([case]))
    with pytest.raises(RuleFileError) as raised:
        load(case)
    return raised.value.problems


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_file_gives_exactly_this_text(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Path, line, column, message, offending line and caret are all part of what users rely on."""
    monkeypatch.chdir(BAD)
    said = "".join(f"{problem.text()}\n" for problem in problems(case))
    assert said == expected(case).read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_every_problem_points_into_its_file(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Line and column lie within the file that is named."""
    monkeypatch.chdir(BAD)
    for problem in problems(case):
        lines = Path(problem.path).read_bytes().decode("utf-8", "replace").splitlines() or [""]
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1


def test_no_expected_text_is_without_a_case() -> None:
    """A renamed case leaves no text behind, and there are at least forty."""
    assert {expected(case).name for case in CASES} == {p.name for p in BAD.glob("*.txt")}
    assert len(CASES) >= 40


def test_a_file_checked_alone_is_not_blamed_for_what_others_may_define(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Surfaces and categories may be defined in other files, so alone they are not missed."""
    monkeypatch.chdir(BAD)
    assert check(["surface_not_defined.yaml"]) == []
    assert check(["category_not_defined.yaml"]) == []
    assert len(check(["duplicate_rule_id.yaml"])) == 1

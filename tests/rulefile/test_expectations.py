"""Test files become cases, with every shorthand written out."""

from __future__ import annotations

from pathlib import Path

import pytest

from guardrail.rulefile import (
    Case,
    Expected,
    Impression,
    RuleFileError,
    RuleFileUnreadable,
    load_tests,
)
from guardrail.rulefile.expectations import DEFAULT_NOW_MS
from guardrail.ruleset import Comparison

FILE = """\
guardrail: 1
tests:
  - name: everything
    given:
      surface: home
      customer: {id: 17, tolerance: 60, consent: {health: false}, jurisdiction: null,
                 holds: [{category: life.bereavement, until: "2027-01-01T00:00:00Z"}]}
      now: 2026-11-22T10:00:00Z
      items:
        - {id: sku-1, price: 1.5, signals: [{data: cart, depth: null}], big: 305}
        - {id: 2}
      seen:
        - {campaign: c, ago: 2h}
        - {id: sku-1, at: "2026-11-22T11:00:00+02:00"}
    expect:
      sku-1: {verdict: soften, treatment: replace, rules: [a, b], score: ">=60"}
      2: allow
  - name: least
    given: {items: [{sku: x}]}
    expect:
      any: {score: [1, 2.5]}
      low: {score: {max: 4}}
      high: {score: {min: 4}}
      same: {score: 12}
"""


@pytest.fixture
def cases(tmp_path: Path) -> list[Case]:
    path = tmp_path / "x.test.yaml"
    path.write_text(FILE, encoding="utf-8")
    return load_tests(path)


def test_a_case_with_everything(cases: list[Case]) -> None:
    """Items and customer are plain data, times are milliseconds, places are lines."""
    now_ms = 1_795_341_600_000
    case = cases[0]
    assert (case.name, case.line, case.surface, case.now_ms) == ("everything", 3, "home", now_ms)
    assert Path(case.path).name == "x.test.yaml"
    assert case.items == (
        {"id": "sku-1", "price": 1.5, "signals": [{"data": "cart", "depth": None}], "big": 305},
        {"id": 2},
    )
    assert [type(v) for v in (case.items[0]["price"], case.items[0]["big"])] == [float, int]
    assert case.customer == {
        "id": 17,
        "tolerance": 60,
        "consent": {"health": False},
        "jurisdiction": None,
        "holds": [{"category": "life.bereavement", "until": "2027-01-01T00:00:00Z"}],
    }
    assert case.seen == (
        Impression({"campaign": "c"}, now_ms - 7_200_000),
        Impression({"id": "sku-1"}, now_ms - 3_600_000),
    )
    assert case.expect == (
        Expected(
            item="sku-1",
            verdict="soften",
            treatment="replace",
            rules=("a", "b"),
            score=(Comparison(">=", 60.0),),
            line=16,
        ),
        Expected(item="2", verdict="allow", line=17),
    )


def test_a_case_with_the_least(cases: list[Case]) -> None:
    """The default surface, nobody, nothing seen, a fixed moment; bounds in every spelling."""
    case = cases[1]
    assert (case.surface, case.customer, case.seen) == ("default", None, ())
    assert case.now_ms == DEFAULT_NOW_MS
    assert [one.score for one in case.expect] == [
        (Comparison(">=", 1.0), Comparison("<=", 2.5)),
        (Comparison(">=", 0.0), Comparison("<=", 4.0)),
        (Comparison(">=", 4.0), Comparison("<=", 100.0)),
        (Comparison("==", 12.0),),
    ]


def test_a_wrong_test_file_raises_all_its_problems(tmp_path: Path) -> None:
    """They are those that a check reports."""
    path = tmp_path / "x.test.yaml"
    path.write_text("guardrail: 1\ntests:\n  - {name: a}\n  - {nam: b}\n")
    with pytest.raises(RuleFileError) as raised:
        load_tests(path)
    assert len(raised.value.problems) == 6


def test_a_missing_test_file_is_an_error_of_its_own(tmp_path: Path) -> None:
    """It names the path."""
    with pytest.raises(RuleFileUnreadable, match="no such file"):
        load_tests(tmp_path / "x.test.yaml")

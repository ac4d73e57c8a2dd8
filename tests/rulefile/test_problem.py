"""Problems in the three forms that a check prints."""

from __future__ import annotations

from guardrail.rulefile.problem import Problem, in_order
from guardrail.rulefile.suggest import did_you_mean, nearest

PROBLEM = Problem("rules/a.yaml", 7, 13, "no", "    action: supress", 7)


def test_text_points_at_what_is_meant() -> None:
    """Place and message, the line, a caret under every character that is meant."""
    assert PROBLEM.text() == (
        "rules/a.yaml:7:13: no\n   7 |     action: supress\n     |             ^^^^^^^"
    )


def test_a_caret_never_leaves_its_line() -> None:
    """A value over several lines is pointed at in its first."""
    wide = Problem("a", 1, 4, "no", "a: | # text", 400)
    assert wide.text().splitlines()[-1] == "     |    " + "^" * 8


def test_a_long_line_is_cut_around_the_caret() -> None:
    """Nobody reads a line of ten thousand characters."""
    long = Problem("a", 1, 5001, "no", "x" * 5000 + "HERE" + "y" * 5000, 4)
    _, line, carets = long.text().splitlines()
    assert len(line) < 180
    assert line[carets.index("^") :].startswith("HERE")


def test_what_would_move_the_caret_is_shown_as_a_space() -> None:
    """Tabs and control characters."""
    assert Problem("a", 1, 3, "no", "\t\x1bx").text().splitlines()[1:] == [
        "   1 |   x",
        "     |   ^",
    ]


def test_a_place_without_a_line_has_no_caret() -> None:
    """There is nothing to point at in an empty file."""
    assert Problem("a.yml", 1, 1, "no").text() == "a.yml:1:1: no"


def test_as_data() -> None:
    """For other programs."""
    assert PROBLEM.to_dict() == {
        "path": "rules/a.yaml",
        "line": 7,
        "column": 13,
        "message": "no",
        "source": "    action: supress",
    }


def test_as_an_annotation_nothing_breaks_out_of_its_line() -> None:
    """What the command syntax uses is escaped."""
    found = Problem("a,b:c.yaml", 1, 2, "100%\nof::it").github()
    assert found == "::error file=a%2Cb%3Ac.yaml,line=1,col=2::100%25%0Aof::it"


def test_problems_come_in_the_order_of_the_files() -> None:
    """Each once, by path, line and column."""
    first, second = Problem("a", 2, 1, "x"), Problem("a", 10, 1, "x")
    assert in_order([second, first, second]) == (first, second)


def test_suggestions() -> None:
    """The nearest in any case; else the choices where they are few; else nothing."""
    assert nearest("SUPRESS", ("score", "suppress")) == "suppress"
    assert did_you_mean("supress", ("score", "suppress")) == "; did you mean 'suppress'?"
    assert did_you_mean("x", ("score", "suppress")) == "; it is one of score, suppress"
    assert did_you_mean("x", {"score", "allow"}) == "; it is one of allow, score"
    assert did_you_mean("x", ()) == ""
    assert did_you_mean("?", [str(n) for n in range(20)]) == ""

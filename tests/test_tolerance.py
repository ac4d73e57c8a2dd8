"""Three questions set a tolerance."""

from __future__ import annotations

from itertools import product

import pytest

from guardrail import TOLERANCE_QUESTIONS, tolerance_from_answers

IDS = [question.id for question in TOLERANCE_QUESTIONS]


def test_the_questions_rise_and_end_as_questions():
    """Mild, middling, severe; each can be answered with yes or no."""
    weights = [question.rejected_by for question in TOLERANCE_QUESTIONS]
    assert weights == sorted(weights)
    assert all(question.asks.startswith("May we ") for question in TOLERANCE_QUESTIONS)
    assert all(question.asks.endswith("?") for question in TOLERANCE_QUESTIONS)


@pytest.mark.parametrize("given", list(product([False, True], repeat=3)))
def test_each_thing_accepted_raises_the_tolerance(given):
    """Nothing, strict, balanced, relaxed: by how many, not by which."""
    answers = dict(zip(IDS, given, strict=True))
    assert tolerance_from_answers(answers) == (30, 50, 68, 80)[sum(given)]


def test_what_was_accepted_in_order_passes_and_the_next_does_not():
    """The tolerance lies between the heaviest accepted question and the lightest refused one."""
    weights = [question.rejected_by for question in TOLERANCE_QUESTIONS]
    for n in range(4):
        found = tolerance_from_answers(dict.fromkeys(IDS[:n], True))
        assert all(weight <= found for weight in weights[:n])
        assert all(weight > found for weight in weights[n:])


def test_presets_of_one_s_own_are_used():
    """In whatever order they are listed."""
    own = {"open": 90.0, "shy": 20.0}
    answers = [dict.fromkeys(IDS[:n], True) for n in range(4)]
    assert [tolerance_from_answers(a, own) for a in answers] == [20, 20, 90, 90]


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"weight": True}, "the questions are age, browsing, contacts"),
        ({"age": "yes"}, "'age'"),
        (["yes"], "by question, as {'age': True}"),
        (None, "by question"),
    ],
)
def test_what_is_no_answer_is_told(answers, says):
    """An unknown question, and a text for a yes; the answer itself is not repeated."""
    with pytest.raises(ValueError, match=says) as told:
        tolerance_from_answers(answers)
    assert "yes" not in str(told.value)

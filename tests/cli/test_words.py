"""Words that several commands say."""

from __future__ import annotations

import pytest

from guardrail.cli.words import many, unreadable


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 items"), (1, "1 item"), (2, "2 items"), (2000, "2,000 items")]
)
def test_one_thing_is_said_without_an_s(count: int, said: str) -> None:
    """And thousands are set apart."""
    assert many(count, "item") == said


def test_why_a_response_cannot_be_read_is_a_sentence() -> None:
    """A reason that has no words yet is better told as it is than not at all."""
    assert unreadable("too_deep") == "it is nested too deep"
    assert unreadable("moonstruck") == "moonstruck"

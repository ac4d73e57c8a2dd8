"""Moments and spans as people type them."""

from __future__ import annotations

import pytest

from guardrail.cli.ending import Ending
from guardrail.cli.moments import moment, since

NOW = 1_795_341_600_000


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2026-11-22T10:00:00Z", 1_795_341_600_000),
        ("2026-11-22T10:00:00", 1_795_341_600_000),
        ("2026-11-22T11:00:00+01:00", 1_795_341_600_000),
        ("2026-11-22T10:00:00.123Z", 1_795_341_600_123),
        ("1970-01-01", 0),
    ],
)
def test_a_moment_is_iso_8601_and_utc_unless_it_says_otherwise(text: str, ms: int) -> None:
    """To the millisecond."""
    assert moment(text, "--now") == ms


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "22.11.2026"])
def test_what_is_no_moment_is_told_how_to_write_one(text: str) -> None:
    """Exit code 2, with the option's name."""
    with pytest.raises(Ending, match=r"--now .* is no moment; write it like") as raised:
        moment(text, "--now")
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("90s", NOW - 90_000),
        ("30m", NOW - 1_800_000),
        ("1h", NOW - 3_600_000),
        ("7d", NOW - 604_800_000),
        ("999999d", 0),
        ("2026-11-22T09:00:00Z", NOW - 3_600_000),
    ],
)
def test_since_takes_a_span_or_a_moment(text: str, ms: int) -> None:
    """A span reaches back from now, at most to the epoch."""
    assert since(text, NOW) == ms


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("5", "write it like 90s, 30m, 1h or 7d"),
        ("5 weeks", "write it like 90s, 30m, 1h or 7d"),
        ("soon", "is no moment"),
        ("2099-01-01", "lies in the future"),
    ],
)
def test_a_wrong_since_is_told_what_would_be_right(text: str, says: str) -> None:
    """Exit code 2."""
    with pytest.raises(Ending, match=says) as raised:
        since(text, NOW)
    assert raised.value.exit_code == 2

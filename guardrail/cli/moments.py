"""Moments and spans of time as people type them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from guardrail.cli.ending import bad_argument

_UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def moment(text: str, option: str) -> int:
    """An ISO 8601 moment as epoch milliseconds; without a zone it is UTC. Raises `Ending`."""
    try:
        when = datetime.fromisoformat(text.strip())
        if when.tzinfo is None:
            when = when.replace(tzinfo=UTC)
        # Integer arithmetic: a float of seconds would be off by a millisecond now and then.
        return (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        raise bad_argument(
            f"{option} {text!r} is no moment; write it like 2026-11-22T10:00:00Z"
        ) from None


def since(text: str, now_ms: int, option: str = "--since") -> int:
    """A span back from now (``90s 30m 1h 7d``) or a moment, as epoch milliseconds."""
    span = re.fullmatch(r"([0-9]{1,6})([smhd])", text.strip())
    if span:
        return max(0, now_ms - int(span[1]) * _UNITS[span[2]])
    if re.fullmatch(r"[0-9]+ *[a-zA-Z]*", text.strip()):
        raise bad_argument(f"{option} {text!r} is no span; write it like 90s, 30m, 1h or 7d")
    start = moment(text, option)
    if start > now_ms:
        raise bad_argument(f"{option} {text!r} lies in the future; counts are of the past")
    return start

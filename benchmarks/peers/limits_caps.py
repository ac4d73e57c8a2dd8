"""`limits`, the rate-limit library, asked for caps: an item is shown when each of its caps permits.

It has no call for several limits at once, so each cap is tested, and each is hit once all permit.
"""

from __future__ import annotations

from collections.abc import Sequence

from guardrail.caps import CapRequest


class Limits:
    """Moving windows in Redis or in memory. Raises ImportError where `limits` is not installed."""

    name = "limits"

    def __init__(self, url: str | None) -> None:
        from limits import RateLimitItemPerSecond
        from limits.storage import storage_from_string
        from limits.strategies import MovingWindowRateLimiter

        self._item = RateLimitItemPerSecond
        self._limiter = MovingWindowRateLimiter(storage_from_string(url or "memory://"))

    def reserve(self, customer: str, asks: Sequence[Sequence[CapRequest]]) -> list[bool]:
        """Of each item whether it may be shown; what may is counted."""
        limiter = self._limiter
        granted = []
        for ask in asks:
            named = [(self._item(cap.limit or 0, cap.window), cap.counter) for cap in ask]
            shown = all(limiter.test(item, customer, counter) for item, counter in named)
            if shown:
                for item, counter in named:
                    limiter.hit(item, customer, counter)
            granted.append(shown)
        return granted

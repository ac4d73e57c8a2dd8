"""A connection whose mood a test can set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from guardrail.connection import Connection, Unreachable


class Moody(Connection):
    """A connection that can be told to fail before it asks, or to lose the answer."""

    mood = "fine"
    sent = 0

    def call(self, command: Callable[[Any], Any], now: float | None = None) -> Any:
        if self.mood == "down":
            raise Unreachable("refused")
        self.sent += 1
        answer = super().call(command, now)
        if self.mood == "forgetful":
            raise Unreachable("timeout")
        return answer

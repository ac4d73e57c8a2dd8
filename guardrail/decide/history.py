"""What one customer was shown lately, as far as rules count it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from guardrail.ruleset import Rule

SIGN = "sign"
"""The scope under which the signs of a `combination` are counted."""


def counter(rule: Rule, scope: str, value: str) -> str:
    """The name of a rule's counter. It carries the rule's id, the scope and what is counted, never
    the limit, so that a changed limit keeps the history; a NUL parts them, so that no two ever
    read the same.
    """
    return f"{rule.id}\x00{scope}\x00{value}"


class History(NamedTuple):
    """``impressions``: of a counter within the last seconds, as of one moment."""

    impressions: Callable[[str, int], int]

    def seen(self, rule: Rule, scope: str, value: str) -> int:
        """How often the rule counted this within its window."""
        return self.impressions(counter(rule, scope, value), rule.window)

    def signs(self, rule: Rule) -> frozenset[str]:
        """Which signs of a `combination` were shown within its window; none without a window."""
        if not rule.window:
            return frozenset()
        return frozenset(name for name in rule.signs if self.seen(rule, SIGN, name))


NOTHING_SEEN = History(lambda _counter, _window: 0)
"""Of somebody who was shown nothing yet."""

"""The choices by the app's own customer id, which goes no further than this."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guardrail.choices.store import Choices
from guardrail.keys import Keys


class ChoicesByCustomer:
    """A store of choices that is asked with the customer's id instead of a pseudonym."""

    def __init__(self, kept: Choices, keys: Keys) -> None:
        self._kept = kept
        self._keys = keys
        self.changes = 0
        """How often something was set or erased here, in this process."""

    def get(self, customer_id: str) -> dict[str, Any] | None:
        """What was last set, or None. Raises Unreachable."""
        return self._kept.get(self._keys.identity(customer_id))

    def set(self, customer_id: str, choices: Mapping[str, Any]) -> None:
        """Keep these in place of all before; ValueError for what can't be kept.

        Raises Unreachable.
        """
        self.changes += 1
        self._kept.set(self._keys.identity(customer_id), choices)

    def erase(self, customer_id: str) -> None:
        """Forget that customer's choices. Raises Unreachable."""
        self.changes += 1
        self._kept.erase(self._keys.identity(customer_id))

"""Choices in the memory of one process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from guardrail.choices.store import packed, unpacked
from guardrail.connection import Unreachable


class MemoryChoices:
    """Keeps the choices of at most ``max_customers``; those not used for longest go first."""

    def __init__(self, max_customers: int = 100_000) -> None:
        if max_customers < 1:
            raise ValueError(f"max_customers {max_customers} must be at least 1")
        self._most = max_customers
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        """How many customers' choices are held."""
        return len(self._kept)

    def get(self, customer: str) -> dict[str, Any] | None:
        """What was last set, or None."""
        with self._lock:
            name, *previous = customer.split(" ")
            for old in previous:
                if old in self._kept and name not in self._kept:
                    self._kept[name] = self._kept.pop(old)
            raw = self._kept.get(name)
            if raw is None:
                return None
            self._kept.move_to_end(name)
        return unpacked(raw)

    def get_many(self, customers: Sequence[str]) -> list[dict[str, Any] | Unreachable | None]:
        """`get` for many customers, in order."""
        return [self.get(customer) for customer in customers]

    def set(self, customer: str, choices: Mapping[str, Any]) -> None:
        """Keep these in place of all before; ValueError for what can't be kept."""
        raw = packed(choices)
        with self._lock:
            self._forget(customer)
            self._kept[customer.split(" ", 1)[0]] = raw
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def erase(self, customer: str) -> None:
        """Forget that customer's choices."""
        with self._lock:
            self._forget(customer)

    def _forget(self, customer: str) -> None:
        for name in customer.split(" "):
            self._kept.pop(name, None)

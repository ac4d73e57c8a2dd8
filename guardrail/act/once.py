"""What is made once for each of a few long-lived things, which need not be hashable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

_Of = TypeVar("_Of")
_Made = TypeVar("_Made")


class Once(Generic[_Of, _Made]):
    """``once(one)`` is ``make(one)``, made anew only for another object; ``most`` are known."""

    def __init__(self, make: Callable[[_Of], _Made], most: int = 256) -> None:
        self._make = make
        self._most = most
        self._known: dict[int, tuple[_Of, _Made]] = {}

    def __call__(self, one: _Of) -> _Made:
        """What is made of it."""
        # What is known is held here, so its id() stays its own.
        known = self._known.get(id(one))
        if known is None or known[0] is not one:
            if len(self._known) >= self._most:
                self._known = {}
            known = self._known[id(one)] = (one, self._make(one))
        return known[1]

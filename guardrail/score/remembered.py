"""Answers that are found once and then looked up, a bounded number of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Answer = TypeVar("_Answer")


class Remembered(dict[_Key, _Answer]):
    """``remembered[key]`` is ``find(key)``, found anew only if it is not known (any more).

    When ``most`` are known all are forgotten at once: no look-up pays for an order of age.
    """

    def __init__(self, find: Callable[[_Key], _Answer], most: int) -> None:
        super().__init__()
        self._find = find
        self._most = most

    def __missing__(self, key: _Key) -> _Answer:
        answer = self._find(key)
        if len(self) >= self._most:
            self.clear()
        self[key] = answer
        return answer

"""What must not be sent of one surface's items: prepared once, and cut out of any JSON value."""

from __future__ import annotations

from itertools import chain
from typing import Any

from guardrail.act.members import without
from guardrail.act.once import Once
from guardrail.act.placed import hidden_paths
from guardrail.extract.shape import escapes_for, quoted
from guardrail.ruleset import Surface

_MOST = 1_024


class Hiding:
    """What is hidden on one surface. ``paths``: within an item; ``keys``: the last of each, quoted.

    ``newcomers``: what was prepared of items from elsewhere (`guardrail.act.newcomers`).
    """

    def __init__(self, surface: Surface) -> None:
        self.paths = hidden_paths(surface)
        self.keys = tuple(quoted(path[-1]) for path in self.paths)
        self.newcomers: dict[Any, Any] = {}
        self._actions: tuple[Any, dict[int, Any]] = None, {}
        self._escapes = escapes_for(*chain.from_iterable(self.paths))

    def actions_with(self, search: Any) -> dict[int, Any]:
        """What was found out of what becomes of items, with the leaks that were looked for last."""
        of, known = self._actions
        if of is not search or len(known) > _MOST:
            known = {}
            self._actions = search, known
        return known

    def without(self, raw: bytes) -> bytes:
        """Any JSON value without what is hidden in it."""
        return raw if self.absent(raw) else without(raw, self.paths)

    def absent(self, src: bytes) -> bool:
        """Whether it is certain that JSON bytes hold nothing of it."""
        return not any(key in src for key in self.keys) and not self.may_hide(src)

    def may_hide(self, src: bytes) -> bool:
        """Whether a key may be written there so that it does not look like itself."""
        return bool(self.paths) and b"\\" in src and self._escapes.search(src) is not None


hiding_of = Once(Hiding)
"""What is hidden on a surface, made once."""

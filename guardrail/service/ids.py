"""Ids of decisions: random, and drawn from the system many at a time."""

from __future__ import annotations

import os

_AT_ONCE = 64
_BYTES = 8
_DIGITS = 2 * _BYTES
_UNUSED: list[str] = []

# Else a child would go on with those of its parent. Windows has no fork.
if hasattr(os, "register_at_fork"):  # pragma: no branch
    os.register_at_fork(after_in_child=_UNUSED.clear)


def new_id() -> str:
    """16 hexadecimal digits that nobody can foretell. Safe among threads."""
    try:
        return _UNUSED.pop()
    except IndexError:
        digits = os.urandom(_AT_ONCE * _BYTES).hex()
        drawn = [digits[at : at + _DIGITS] for at in range(0, len(digits), _DIGITS)]
        one = drawn.pop()
        _UNUSED.extend(drawn)
        return one

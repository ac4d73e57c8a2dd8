"""What a store of choices promises, whatever they are kept in."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from guardrail.connection import Unreachable

NAMES = (
    "tolerance",
    "personalisation",
    "consent",
    "topics_off",
    "sources_off",
    "holds",
    "age_band",
    "jurisdiction",
    "gpc",
)
"""The keys of a customer that may be kept; never an id, a name or a group."""


class Choices(Protocol):
    """Keeps what customers chose. ``customer`` is what `Keys.identity` gives."""

    def get(self, customer: str) -> dict[str, Any] | None:
        """What was last set, or None. Raises Unreachable."""
        ...

    def get_many(self, customers: Sequence[str]) -> list[dict[str, Any] | Unreachable | None]:
        """`get` for many customers, in order; in its place the Unreachable that it would raise."""
        ...

    def set(self, customer: str, choices: Mapping[str, Any]) -> None:
        """Keep these in place of all before.

        Raises ValueError for a key that is not one of `NAMES`, and Unreachable.
        """
        ...

    def erase(self, customer: str) -> None:
        """Forget that customer's choices. Raises Unreachable."""
        ...


def packed(choices: Mapping[str, Any]) -> bytes:
    """The choices as JSON. Raises ValueError for a key or a value that can't be kept."""
    for name in choices:
        if name not in NAMES:
            near = difflib.get_close_matches(str(name), NAMES, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"one of {', '.join(NAMES)}"
            raise ValueError(f"choices have no key {name!r}; {hint}")
    try:
        return msgspec.json.encode(choices)
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise ValueError(
            "choices hold a value that is not JSON; use texts, numbers, true, false, lists "
            "and objects"
        ) from None


def unpacked(raw: bytes) -> dict[str, Any]:
    """The choices that `packed` made bytes of. Raises msgspec.DecodeError for anything else."""
    return msgspec.json.decode(raw, type=dict[str, Any])

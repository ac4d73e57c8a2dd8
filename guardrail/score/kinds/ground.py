"""What a rule kind answers about an item whose conditions hold."""

from __future__ import annotations

from typing import Final, NamedTuple


class Objection(NamedTuple):
    """How heavy the objection is (0-100) and why, in a few words."""

    weight: float
    because: str


class Unknown:
    """The kind lacked a fact."""


UNKNOWN: Final = Unknown()
Answer = Objection | Unknown | None

"""What the names of headers say alone, worked out once: an app has few ways to name its headers."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from guardrail.intercept.headers import ELSEWHERE, Headers

_OF_THE_READING = ELSEWHERE | {
    "content-encoding",
    "content-language",
    "content-range",
    "transfer-encoding",
}


class Layout(NamedTuple):
    """What the names of headers say. ``type_at`` and ``length_at``: where the first
    ``Content-Type`` and ``Content-Length`` are, None = nowhere. ``is_plain``: nothing but these
    two speaks of how a body is to be read.
    """

    type_at: int | None
    length_at: int | None
    is_plain: bool


def layout_of(headers: Headers) -> Layout:
    """What the names of these headers say."""
    return _layout(next(zip(*headers, strict=False), ()))


@lru_cache(maxsize=256)
def _layout(names: tuple[str, ...]) -> Layout:
    first: dict[str, int] = {}
    for place, name in enumerate(names):
        first.setdefault(name.lower(), place)
    plain = _OF_THE_READING.isdisjoint(first)
    return Layout(first.get("content-type"), first.get("content-length"), plain)

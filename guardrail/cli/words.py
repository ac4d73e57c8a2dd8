"""Words that several commands say."""

from __future__ import annotations

_UNREADABLE = {
    "charset": "it is not UTF-8",
    "json": "it is not JSON",
    "shape": "there is no list of items where the surface says",
    "too_deep": "it is nested too deep",
    "too_many_items": "it has more items than a response may have",
}


def many(count: int, what: str) -> str:
    """``1 item``, ``2,000 items``."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def unreadable(why: str) -> str:
    """Why a response can't be read, as a sentence; ``why`` is `NotReadable.why`."""
    return _UNREADABLE.get(why, why)

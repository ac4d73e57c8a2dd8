"""What a bid of OpenRTB 2.6 calls our fields, and which taxonomy its categories are in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FIELDS = {
    "campaign": "cid",
    "creative": "crid",
    "advertiser": "adomain",
    "categories": "cat",
    "signals": "ext.signals",
}
TAXONOMY_KEY = "cattax"
DSA_KEY = "dsa"
BESIDE: Mapping[str, tuple[str, ...]] = {
    TAXONOMY_KEY: ("cattax",),
    DSA_KEY: ("ext", "dsa", "transparency"),
}
"""What is read of a bid beside our fields, and the keys on the way to it."""

ATTRIBUTES: Mapping[str, int] = {
    "audio_autoplay": 1,
    "audio_user_initiated": 2,
    "expandable_automatic": 3,
    "expandable_click": 4,
    "expandable_rollover": 5,
    "video_autoplay": 6,
    "video_user_initiated": 7,
    "pop": 8,
    "provocative_imagery": 9,
    "flashing": 10,
    "survey": 11,
    "text_only": 12,
    "interactive": 13,
    "dialog_or_alert": 14,
    "audio_button": 15,
    "skip_button": 16,
    "flash": 17,
    "responsive": 18,
}
"""Names for the creative attributes of a bid's ``attr`` (AdCOM 1.0, List: Creative Attributes)."""
OWN_ATTRIBUTES = 500
"""From here on an exchange has codes of its own."""

_DSA_SIGNALS: Mapping[Any, Mapping[str, Any]] = {
    1: {"data": "other", "method": "inferred", "party": "third"},
    2: {"data": "current_item", "depth": 0},
    3: {"data": "precise_location", "method": "observed", "party": "third"},
}
"""Profiling, basic advertising, precise location: what another company says that it used."""

_TAXONOMIES = {
    1: "iab-content-1.0",
    3: "iab-ad-product-1.0",
    4: "iab-audience-1.1",
    5: "iab-content-2.1",
    6: "iab-content-2.2",
    7: "iab-content-3.0",
    8: "iab-ad-product-2.0",
    9: "iab-content-3.1",
}
_DEFAULT = 1
_UNLISTED = "custom"


def complete(values: dict[str, list[Any]]) -> None:
    """Make what stands in a bid what our fields say; ``values``, raw by field, is changed."""
    _name_categories(values)
    _name_signals(values)


def _name_signals(values: dict[str, list[Any]]) -> None:
    """What the bid states by the Digital Services Act, where it says no signals itself.

    ``ext.dsa.transparency[].dsaparams`` (IAB Tech Lab, OpenRTB DSA transparency extension; an
    early version called it ``params``). An entry without them says nothing.
    """
    stated = [code for listed in values.pop(DSA_KEY, ()) for code in _params(listed)]
    if stated and all(given is None for given in values.get("signals", ())):
        values["signals"] = [[_signal(code) for code in dict.fromkeys(stated)]]


def _params(listed: Any) -> list[int | str]:
    entries = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    given = [one.get("dsaparams", one.get("params")) for one in entries]
    codes = [code for codes in given if isinstance(codes, list) for code in codes]
    return [code if isinstance(code, int) else "unknown" for code in codes]


def _signal(code: int | str) -> Mapping[str, Any]:
    """A code that is not in the list stands for a signal of which nothing is known."""
    return _DSA_SIGNALS.get(code, {})


def _name_categories(values: dict[str, list[Any]]) -> None:
    """Write the bid's bare category ids as ``taxonomy:id``, as its ``cattax`` says (absent = 1).

    ``values`` are an item's raw values by field, changed in place; an unlisted taxonomy
    becomes ``custom:N-id``, so that its ids collide with nobody's.
    """
    codes = [code for code in values.pop(TAXONOMY_KEY, ()) if code is not None]
    code = codes[-1] if codes else _DEFAULT
    prefix = _TAXONOMIES.get(code) if isinstance(code, int) else None
    start = f"{prefix}:" if prefix else f"{_UNLISTED}:{_short(code)}-"
    values["categories"] = [_named(given, start) for given in values.get("categories", ())]


def _named(given: Any, start: str) -> Any:
    if isinstance(given, list | tuple):
        return [_named(one, start) for one in given]
    if isinstance(given, str) or (isinstance(given, int) and not isinstance(given, bool)):
        return f"{start}{given}"
    return given


def _short(code: Any) -> str:
    return str(code) if isinstance(code, int) and 0 <= code < 10_000 else "unknown"

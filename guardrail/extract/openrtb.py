"""What a bid of OpenRTB 2.6 calls our fields, and which taxonomy its categories are in."""

from __future__ import annotations

from typing import Any

FIELDS = {
    "campaign": "cid",
    "creative": "crid",
    "advertiser": "adomain",
    "categories": "cat",
    "signals": "ext.signals",
}
TAXONOMY_KEY = "cattax"

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


def name_categories(values: dict[str, list[Any]]) -> None:
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

"""Items from elsewhere: fallback, replacements, backfill. Each is prepared once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from guardrail.act.cuts import Cuts
from guardrail.act.hiding import Hiding
from guardrail.extract.read import SPACE, whole_characters

_MOST = 4_096


class Newcomer(NamedTuple):
    """An item from elsewhere as it may be sent, and the leaks that were cut out of it for that."""

    raw: bytes
    leaks: Mapping[str, int]


def newcomer(raw: bytes, what: str, hiding: Hiding, cuts: Cuts) -> Newcomer:
    """One JSON object in the surface's shape without what is hidden and without leaks; these are
    not counted yet.

    ``what`` it is, to say so where it is no object: that raises ValueError.
    """
    known = hiding.newcomers
    # The rules of a search go with it, and it is the same for all responses.
    found: Newcomer | None = known.get((raw, cuts.search))
    if found is None:
        again = cuts.anew()
        text = again.from_json(hiding.without(json_object(raw, what)))
        if len(known) >= _MOST:
            known.clear()
        found = known[raw, cuts.search] = Newcomer(text, again.counts)
    return found


def json_object(raw: bytes, what: str) -> bytes:
    """The bytes, if they are one JSON object; else ValueError."""
    raw = whole_characters(raw)
    try:
        raw.decode()
        msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError(
            f'{what} must be one JSON object in the surface\'s own shape, like {{"id": "sku-1"}}'
        ) from None
    return raw.strip(SPACE)

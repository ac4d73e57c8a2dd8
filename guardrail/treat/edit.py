"""What a treatment asks for, in terms of our fields; `guardrail.act` carries it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class Edit(msgspec.Struct, frozen=True):
    """A change of one item, carried out in this order.

    ``replace``: another item in the surface's own shape, one JSON object, shown in its place.
    ``carry``: keys of the old item that the replacement takes over with their values.
    ``remove``: our names of fields that go. ``set``: our names of fields and their new values
    (anything that JSON can say). ``last``: the item moves to the end of its list.
    """

    set: Mapping[str, Any] = {}
    remove: tuple[str, ...] = ()
    replace: bytes | None = None
    carry: tuple[str, ...] = ()
    last: bool = False

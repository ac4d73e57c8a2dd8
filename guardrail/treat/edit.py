"""An edit of one item, in our field names: what `act` does to its bytes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Edit(msgspec.Struct, frozen=True):
    """``set`` gives fields new values, ``remove`` takes fields out, ``replace`` puts another
    item's JSON bytes in its place, ``last`` moves it to the end of its list.
    """

    set: Mapping[str, str] = {}
    remove: tuple[str, ...] = ()
    replace: bytes | None = None
    last: bool = False

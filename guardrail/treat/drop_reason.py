"""`drop_reason`: the personal sentence goes, the item stays."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from guardrail.model import Item
from guardrail.treat.edit import Edit
from guardrail.treat.shelf import Shelf
from guardrail.treat.treated import Treated


def apply(item: Item, _: Shelf) -> Iterator[Treated]:
    """Removes what the copy says, never what was used: only `manner` findings can go with it."""
    if item.reason is not None:
        yield Treated(replace(item, reason=None), Edit(remove=("reason",)))

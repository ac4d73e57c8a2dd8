"""`drop_reason`: the personal sentence goes, the item stays; a neutral one may come."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from guardrail.model import Item
from guardrail.treat.edit import Edit
from guardrail.treat.means import Means
from guardrail.treat.treated import Treated


def apply(item: Item, means: Means) -> Iterator[Treated]:
    """Removes what the copy says, never what was used: only `manner` findings can go with it.

    The surface's ``neutral_reason``, a sentence that is true of every item, takes its place.
    """
    neutral = means.surface.neutral_reason
    if item.reason is None or item.reason == neutral:
        return
    edit = Edit(remove=("reason",)) if neutral is None else Edit(set={"reason": neutral})
    yield Treated(replace(item, reason=neutral), edit)

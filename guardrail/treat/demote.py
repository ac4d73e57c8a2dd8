"""`demote`: to the end of its list. It removes no finding, so only a rule that names it uses it."""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.model import Item
from guardrail.treat.edit import Edit
from guardrail.treat.means import Means
from guardrail.treat.treated import Treated


def apply(item: Item, _: Means) -> Iterator[Treated]:
    """The same item, last."""
    yield Treated(item, Edit(last=True))

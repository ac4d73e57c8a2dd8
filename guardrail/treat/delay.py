"""`delay`: not now. It removes no finding, so only a rule that names it uses it.

Nothing is kept to bring the item back: the rule that named it holds no longer once the evidence
is old enough (``age_seconds: "<86400"``) or the cap permits again, and then the item is shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.model import Item
from guardrail.treat.edit import Edit
from guardrail.treat.means import Means
from guardrail.treat.treated import Treated


def apply(item: Item, _: Means) -> Iterator[Treated]:
    """The same item, held."""
    yield Treated(item, Edit(), held=True)

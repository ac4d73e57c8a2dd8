"""`depersonalise_copy`: the name, the place and "we noticed" go out of title and reason."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from guardrail.model import Item
from guardrail.treat.means import Means
from guardrail.treat.treated import Treated
from guardrail.treat.wording import any_of, before, rewritten, without


def apply(item: Item, means: Means) -> Iterator[Treated]:
    """Whole parts of the copy that get personal go first, else the personal words alone.

    It knows the phrases of its language tables (`guardrail.score.phrasing`), the names and places
    that the app gave of the customer, and the phrases that rules objected to. It changes how it is
    said, never what was used.
    """
    customer = means.customer
    noticed = any_of(means.phrases)
    seen = {item}
    for tongues in means.languages():
        named = any_of((*customer.names, *customer.places), before(tongues, comma=True))
        given = [pattern for pattern in (named, noticed) if pattern is not None]
        told = [p for one in tongues for p in (one.address, one.places, one.intimate)]
        patterns = (*told, *given)
        treated = rewritten(item, partial(without, patterns=patterns))
        if treated is not None and treated.item not in seen:
            seen.add(treated.item)
            yield treated

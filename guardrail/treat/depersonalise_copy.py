"""`depersonalise_copy`: the name, the place and "we noticed" go out of title and reason."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardrail.model import Item
from guardrail.score.kinds.manner import ADDRESSED, PLACED
from guardrail.treat.means import Means
from guardrail.treat.treated import Treated
from guardrail.treat.wording import any_of, rewritten, without

_CLAUSE = r"[^,.;:!?…]*"
_INTIMATE = re.compile(
    r"\b(?:just|only|specially|picked|chosen|made|selected|reserved) for you\b"
    rf"|\bwe(?:['’]ve| have)? (?:just |recently )?(?:noticed|saw|seen|spotted)\b{_CLAUSE}"
    rf"|\bwe know (?:that |where |what )?you\b{_CLAUSE}"
    rf"|\b(?:because|since|now that) you\b{_CLAUSE}",
    re.IGNORECASE,
)
_BEFORE_A_NAME = r"(?:,\s*|\b(?:for|to|with|from|by|of|in|at|near|around)\s+)?"


def apply(item: Item, means: Means) -> Iterator[Treated]:
    """Whole parts of the copy that get personal go first, else the personal words alone.

    It knows English forms of address, the names and places that the app gave of the customer,
    and the phrases that rules objected to. It changes how it is said, never what was used.
    """
    customer = means.customer
    named = any_of((*customer.names, *customer.places), _BEFORE_A_NAME)
    noticed = any_of(means.phrases)
    given = [pattern for pattern in (named, noticed) if pattern is not None]
    patterns = (ADDRESSED, PLACED, _INTIMATE, *given)
    treated = rewritten(item, lambda text: without(text, patterns))
    if treated is not None:
        yield treated

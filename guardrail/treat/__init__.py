"""The treatments, from the gentlest on: one file each, one row each in `TREATMENTS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from guardrail.model import Item
from guardrail.treat import (
    coarsen,
    delay,
    demote,
    depersonalise_copy,
    dilute,
    drop_reason,
    explain,
    generalise,
    replace,
    rotate,
)
from guardrail.treat.means import Means
from guardrail.treat.shelf import Creatives, Offer, Shelf
from guardrail.treat.treated import Treated, joined

WORDS = "words"
"""The very words of title and reason."""
CATEGORIES = "categories"
"""The categories as the item gives them, also those that no rule tells apart."""
SIGNALS = "signals"
"""The same of signals."""
CAMPAIGN = "campaign"
"""The campaign and the creative."""


class Treatment(NamedTuple):
    """``apply`` gives candidates, best first, none where it can't be done. ``by_name_only``: it
    removes no finding, so it acts only where a rule asks for it by name. ``swaps``: another
    item comes, so there is nothing left of the old one that a second treatment could soften.
    ``words_only``: nothing but title and reason changes.

    What it looks at decides for which other items its outcome holds as well. Each looks at what
    rules say of an item, and at whether it has a reason at all; ``reads`` tells what else, of
    `WORDS`, `CATEGORIES`, `SIGNALS` and `CAMPAIGN`. ``among``: of one that draws on the pool, which
    of its offers may come for an item, the best first; that hangs on ``reads`` alone.
    ``same_reasons``: an offer is shown with what the item was picked with.
    """

    apply: Callable[[Item, Means], Iterator[Treated]]
    by_name_only: bool = False
    swaps: bool = False
    words_only: bool = False
    reads: frozenset[str] = frozenset()
    among: Callable[[Item, Means, Sequence[Offer]], Sequence[Offer]] | None = None
    same_reasons: bool = False


TREATMENTS: Mapping[str, Treatment] = {
    "explain": Treatment(explain.apply, reads=frozenset({CATEGORIES, SIGNALS})),
    "drop_reason": Treatment(drop_reason.apply, words_only=True),
    "depersonalise_copy": Treatment(
        depersonalise_copy.apply, words_only=True, reads=frozenset({WORDS})
    ),
    "coarsen": Treatment(coarsen.apply, words_only=True, reads=frozenset({WORDS})),
    "generalise": Treatment(
        generalise.apply,
        swaps=True,
        reads=frozenset({WORDS, CATEGORIES}),
        among=generalise.among,
        same_reasons=True,
    ),
    "rotate": Treatment(rotate.apply, swaps=True, reads=frozenset({CAMPAIGN}), same_reasons=True),
    "demote": Treatment(demote.apply, by_name_only=True),
    "delay": Treatment(delay.apply, by_name_only=True),
    "dilute": Treatment(
        dilute.apply,
        by_name_only=True,
        swaps=True,
        reads=frozenset({CATEGORIES}),
        among=dilute.among,
    ),
    "replace": Treatment(replace.apply, swaps=True, among=replace.among),
}

__all__ = [
    "CAMPAIGN",
    "CATEGORIES",
    "SIGNALS",
    "TREATMENTS",
    "WORDS",
    "Creatives",
    "Means",
    "Offer",
    "Shelf",
    "Treated",
    "Treatment",
    "joined",
]

"""`explain`: a truthful reason, where the item has none. It is worth little, and that rarely.

Being told moves acceptance by 0 to 5 points of 100 (advance consent +4 to 5, information alone
about 0: 300 people, 9,000 ratings), so it takes off `WORTH` at most and removes no finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from guardrail.model import Item, Signal
from guardrail.say import why
from guardrail.treat.edit import Edit
from guardrail.treat.means import Means
from guardrail.treat.treated import Treated

WORTH = 5.0
SPECIAL = ("health", "belief", "identity")
"""What GDPR art. 9(1) calls special categories, as our slugs begin."""


def apply(item: Item, means: Means) -> Iterator[Treated]:
    """A reason from the signals: only where the surface maps the field, every signal was declared
    or seen by the app itself, and no special category is involved.
    """
    signals = means.signals
    if item.reason is not None or "reason" not in means.surface.fields or not signals:
        return
    if not all(map(_is_own, signals)) or _is_special(means):
        return
    sentence = why(signals, means.surface.language).sentence
    yield Treated(replace(item, reason=sentence), Edit(set={"reason": sentence}), worth=WORTH)


def _is_own(signal: Signal) -> bool:
    if signal.method == "declared":
        return not signal.via
    return signal.method == "observed" and signal.party == "first" and not signal.via


def _is_special(means: Means) -> bool:
    return any(label.split(".", 1)[0] in SPECIAL for label in (*means.labels, *means.own))

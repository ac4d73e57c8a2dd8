"""`sensitive_category`: the item, or what a signal says of the person, is of a sensitive subject.

Without a `category` condition it matches every category that the rule set defines; without a
`weight` it takes the matched category's. A proxy (maternity clothing) counts half: a judgement.
"""

from __future__ import annotations

from guardrail.model import Signal
from guardrail.ruleset import UNKNOWN as NOT_KNOWN
from guardrail.ruleset import Rule, When
from guardrail.score.kinds.ground import UNKNOWN, Answer, Objection
from guardrail.score.view import View
from guardrail.score.vocabulary import Vocabulary, slug_ancestors

PROXY_SHARE = 0.5


def concern(_: When) -> str:
    """Always ``subject``."""
    return "subject"


def judge(rule: Rule, view: View, _: Signal, vocabulary: Vocabulary) -> Answer:
    """The heaviest matched category, unknown where nobody said what the item is about.

    A rule that names ``unknown`` has its own weight for that.
    """
    wanted = rule.when.category
    found: list[Objection] = []
    for slug, ground in view.own.items():
        if wanted is None or not set(wanted).isdisjoint(slug_ancestors(slug)):
            weight = vocabulary.weight(slug) if rule.weight is None else rule.weight
            found.append(Objection(weight * (PROXY_SHARE if ground.proxy else 1), ground.because))
    if not found and wanted is not None:
        for label in sorted(view.labels.intersection(wanted)):
            weight = vocabulary.weight(label) if rule.weight is None else rule.weight
            found.append(Objection(weight, f"category {label}"))
    if found:
        return max(found, key=lambda o: o.weight)
    if view.categorised:
        return None
    if wanted is not None and NOT_KNOWN in wanted:
        return Objection(rule.weight or 0.0, "category unknown")
    return UNKNOWN

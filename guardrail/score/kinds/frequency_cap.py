"""`frequency_cap`: how often something is shown to one person.

At scoring time a cap objects to nothing: it names what must be reserved. The ledger answers, and
`decide` acts on that.
"""

from __future__ import annotations

from guardrail.model import Item
from guardrail.ruleset import Rule, When
from guardrail.score.vocabulary import slug_ancestors

OF_ITEMS = frozenset({"item", "campaign", "advertiser"})
"""Scopes in which an item has a value of its own."""
_UNNAMED = "\x00unnamed"


def concern(_: When) -> str:
    """Always ``repetition``."""
    return "repetition"


def counted(rule: Rule, item: Item, own: tuple[str, ...], surface: str) -> tuple[str, ...]:
    """What a cap counts for an item: the values of its scope, none where the item has none.

    ``own``: the defined categories that the item is of. An item that lacks the fact (no
    campaign) is not counted, unless the rule says ``unknown: apply``: then all such items share
    one counter.
    """
    match rule.per:
        case "item":
            value = item.id
        case "campaign":
            value = item.campaign
        case "advertiser":
            if item.advertisers:
                return item.advertisers
            value = item.advertiser
        case "surface":
            value = surface
        case "all":
            value = "all"
        case _:
            return _categories(rule, own)
    if value is not None:
        return (value,)
    return (_UNNAMED,) if rule.unknown == "apply" else ()


def _categories(rule: Rule, own: tuple[str, ...]) -> tuple[str, ...]:
    """The categories that the rule names and the item is of, else all that the item is of."""
    if rule.when.category is None:
        return own or ((_UNNAMED,) if rule.unknown == "apply" else ())
    above = {a for slug in own for a in slug_ancestors(slug)}
    return tuple(sorted(above.intersection(rule.when.category)))

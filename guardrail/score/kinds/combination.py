"""`combination`: harmless items that tell a story together (lotion, supplements, cotton balls).

At scoring time it objects to no single item: it names the signs that an item shows. Whether
enough different signs stand on one page is asked over all of its items (`decide.together`).
"""

from __future__ import annotations

from guardrail.ruleset import Rule, When
from guardrail.score.view import View


def concern(_: When) -> str:
    """``subject``: what the set reveals."""
    return "subject"


def target(rule: Rule, sign: str) -> str:
    """Under which name the phrases of a sign are looked for; no rule id holds a NUL."""
    return f"{rule.id}\x00{sign}"


def phrases(rules: tuple[Rule, ...]) -> dict[str, tuple[str, ...]]:
    """The phrases of all signs of all rules, by target."""
    return {target(r, name): sign.terms for r in rules for name, sign in r.signs.items()}


def signs_of(rule: Rule, view: View) -> frozenset[str]:
    """Which of the rule's signs an item shows: by a phrase in its copy, or by a category."""
    said = {hit.target for hit in view.hits}
    return frozenset(
        name
        for name, sign in rule.signs.items()
        if target(rule, name) in said or not view.labels.isdisjoint(sign.categories)
    )

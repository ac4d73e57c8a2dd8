"""One rule set made ready to judge: what is the same for every surface and customer."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, TypeVar

import msgspec

from guardrail.extract.brief import Needs
from guardrail.model import Customer
from guardrail.ruleset import Rule, RuleSet, Surface
from guardrail.score.kinds import combination, manner
from guardrail.score.needs import needs_of, whens_of
from guardrail.score.phrasing import tongues
from guardrail.score.plan import Plan
from guardrail.score.recognise import Recogniser
from guardrail.score.remembered import Remembered
from guardrail.score.terms import Hit, Phrases
from guardrail.score.vocabulary import Vocabulary

_PLANS = 64
_TEXTS = 20_000
_SAID = 10_000
_SHARED = 10_000
_Shared = TypeVar("_Shared", bound=Hashable)


class Said(msgspec.Struct, frozen=True, eq=False):
    """What a text says: category terms, then rule phrases and forms."""

    recognised: tuple[Hit, ...]
    hits: tuple[Hit, ...]


class Engine:
    """One rule set, compiled as far as it can be without a customer; makes and keeps plans.

    ``texts``: text -> what it says, None for nothing; recent ones are remembered, since a
    catalogue's come again and again, and texts that say the same give the very same answer.
    """

    def __init__(self, ruleset: RuleSet) -> None:
        self.ruleset = ruleset
        self.rules = ruleset.rules
        self.vocabulary = Vocabulary(ruleset.categories)
        self.recognise = Recogniser(ruleset.categories.values())
        self.phrases = Phrases(
            {r.id: r.terms for r in ruleset.rules}
            | combination.phrases(ruleset.rules)
            | {"when": [t for r in ruleset.rules for t in _terms(r)]}
        )
        self.tongues = tongues(ruleset.phrasing)
        self._remembering = [r for r in ruleset.rules if r.remembers and r.mode != "off"]
        self._looks_for_forms = any(r.mentions for r in ruleset.rules)
        self._said: dict[Hashable, Said] = {}
        self.texts: Remembered[str | None, Said | None] = Remembered(self._read, _TEXTS)
        self._shared: dict[Hashable, Any] = {}
        self._plans: dict[Hashable, Plan] = {}
        self._steps = sorted({r.rollout for r in ruleset.rules})

    def share(self, found: _Shared) -> _Shared:
        """One value for all equal ones, so that who counts them can tell them by identity."""
        if len(self._shared) >= _SHARED:
            self._shared.clear()
        known: _Shared = self._shared.setdefault(found, found)
        return known

    def remembers(self, surface: Surface) -> bool:
        """Whether a rule may ask there what a customer was shown before."""
        return any(
            r.when.surface is None or surface.name in r.when.surface for r in self._remembering
        )

    def needs(self, surface: Surface) -> Needs:
        """Which facts of items the rules read on a surface."""
        return needs_of(self.rules, surface)

    def _read(self, text: str | None) -> Said | None:
        if not text:
            return None
        hits = self.phrases.find(text)
        if self._looks_for_forms:
            hits += manner.forms(text, self.tongues.values())
        recognised = self.recognise.find(text)
        if not (recognised or hits):
            return None
        if len(self._said) >= _SAID:
            self._said.clear()
        return self._said.setdefault((recognised, hits), Said(recognised, hits))

    def plan(self, surface: Surface, customer: Customer, bucket: int = 0) -> Plan:
        """The plan for a surface and what rules may ask of a customer.

        ``bucket``: where the customer stands in a rollout, 0-99, stable for each customer.
        """
        step = next((s for s in self._steps if bucket < s), 100)
        key = (
            surface.name,
            customer.jurisdiction,
            customer.age_band,
            customer.gpc,
            customer.consent,
            step,
        )
        found = self._plans.get(key)
        if found is None:
            if len(self._plans) >= _PLANS:
                self._plans.clear()
            found = self._plans[key] = Plan(self, surface, customer, bucket)
        return found


def _terms(rule: Rule) -> list[str]:
    return [term for when in whens_of(rule) for term in when.terms or ()]

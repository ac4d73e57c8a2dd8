"""What is told of the facts of one surface: how each came about, and what that means for rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from guardrail.facts.names import (
    CUSTOMER_FACTS,
    ITEM_FACTS,
    SIGNAL_FACTS,
    STATES,
    of_customer,
    of_signal,
)
from guardrail.facts.reach import Reach
from guardrail.facts.standing import (
    ASSUMED,
    BLIND,
    ELSEWHERE,
    FIRES,
    NEVER,
    Standing,
    standing,
)
from guardrail.facts.tally import Tally
from guardrail.ruleset import RuleSet, Surface
from guardrail.score.engine import Engine

ORDER = (
    *ITEM_FACTS,
    *(of_signal(key) for key in SIGNAL_FACTS),
    *(of_customer(key) for key in CUSTOMER_FACTS),
)
"""All facts, in the order in which they are told."""
_TOLD = {NEVER: "never", ASSUMED: "only_by_assumption", BLIND: "without_knowing"}


class SurfaceFacts(NamedTuple):
    """The facts of one surface. ``responses`` were looked at, with ``items`` in them.

    ``facts``: fact -> state -> how often, of those that were ever asked for.
    """

    surface: str
    responses: int
    items: int
    facts: Mapping[str, Mapping[str, int]]
    standings: tuple[Standing, ...]

    def rules(self, how: str) -> tuple[Standing, ...]:
        """The rules that stand like that, in the order of the rule files."""
        return tuple(one for one in self.standings if one.how == how)

    @property
    def waiting(self) -> Mapping[str, tuple[str, ...]]:
        """fact -> rules that can never fire because it is missing; most rules first."""
        found: dict[str, list[str]] = {}
        for one in self.rules(NEVER):
            for because in one.because:
                if because.why in ("missing", "not_understood"):
                    found.setdefault(" or ".join(because.facts), []).append(one.rule.id)
        return {f: tuple(found[f]) for f in sorted(found, key=lambda f: (-len(found[f]), f))}

    @property
    def read(self) -> frozenset[str]:
        """The facts that any rule looks at here."""
        return frozenset().union(*(one.reads for one in self.standings))

    @property
    def tells_customers(self) -> bool:
        """Whether the traffic says for whom it was."""
        return any(fact.startswith(of_customer("")) for fact in self.facts)

    def to_dict(self, smallest: int = 0) -> dict[str, Any]:
        """The facts as JSON-ready data; a count under ``smallest`` is hidden, as null."""

        def shown(n: int) -> int | None:
            return None if n < smallest else n

        counts = {how: len(self.rules(how)) for how in (FIRES, ASSUMED, BLIND, NEVER, ELSEWHERE)}
        return {
            "surface": self.surface,
            "responses": shown(self.responses),
            "items": shown(self.items),
            "facts": {
                fact: {state: shown(n) for state, n in states.items()}
                for fact, states in self.facts.items()
            },
            "rules": counts,
            **{name: [_told(one) for one in self.rules(how)] for how, name in _TOLD.items()},
            "read_by_rules": [fact for fact in self.facts if fact in self.read],
            "waiting": {fact: list(rules) for fact, rules in self.waiting.items()},
        }


def report_on(
    rules: RuleSet, engine: Engine, surface: Surface, counted: Tally, responses: int
) -> SurfaceFacts:
    """The facts of a surface and what they mean for each rule that is not off.

    ``counted``: the sum over ``responses`` responses.
    """
    trusting = Reach(counted, surface, engine)
    doubting = Reach(counted, surface, engine, trusting=False)
    facts = {
        fact: {state: counted[fact, state] for state in STATES if counted[fact, state]}
        for fact in ORDER
    }
    return SurfaceFacts(
        surface=surface.name,
        responses=responses,
        items=sum(facts["id"].values()),
        facts={fact: states for fact, states in facts.items() if states},
        standings=tuple(
            standing(rule, trusting, doubting) for rule in rules.rules if rule.mode != "off"
        ),
    )


def _told(one: Standing) -> dict[str, Any]:
    return {
        "rule": one.rule.id,
        "title": one.rule.title,
        "because": [{"facts": list(b.facts), "why": b.why} for b in one.because],
    }

"""What the rules say of one sort of item, and the score of findings."""

from __future__ import annotations

import msgspec

from guardrail.model import Finding, Signal
from guardrail.ruleset import Rule
from guardrail.say import Why
from guardrail.score.compose import Score, compose

AT_DEPTH_0 = frozenset({"manner", "repetition"})


class Judged(msgspec.Struct, frozen=True, eq=False):
    """What the rules say of one item, before the customer's own refusals and before any cap.

    Items that are alike in all that rules ask share the very same one.

    ``findings`` of rules that are enforced, ``watched`` of those in observe. ``caps``: the
    frequency caps that apply. ``labels`` and ``own``: its categories as understood. ``signals``:
    those in force (assumed where the item did not say); where no rule reads the age of evidence
    or the size of an audience, these are left out. ``unknown``: rules that lacked a fact.
    ``phrases``: of rules, found in its copy. ``together``: combinations, with the signs that it
    shows. ``repeats``: the rules that weigh how often it was shown; ``bought``: where there are
    some, whether it was bought. ``says_condition``: its copy holds a phrase that a `when` asks for.
    ``why``: what a customer may read of the reasons it was chosen for.
    """

    findings: tuple[Finding, ...]
    watched: tuple[Finding, ...]
    score: Score
    depth: int | None
    known_depth: int
    caps: tuple[Rule, ...]
    labels: frozenset[str]
    own: tuple[str, ...]
    categorised: bool
    signals: tuple[Signal, ...] | None
    assumed: tuple[str, ...]
    unknown: tuple[str, ...]
    why: Why
    phrases: tuple[str, ...] = ()
    together: tuple[tuple[Rule, frozenset[str]], ...] = ()
    says_condition: bool = False
    repeats: tuple[Rule, ...] = ()
    bought: bool = False

    @property
    def personal(self) -> bool:
        """Whether anything about the person was used; unknown counts as used."""
        return self.depth != 0


def score(findings: list[Finding] | tuple[Finding, ...], depth: int | None) -> Score:
    """The score of findings on an item: at depth 0 only `manner` and `repetition` count."""
    if depth == 0:
        return compose(f for f in findings if f.concern in AT_DEPTH_0)
    return compose(findings)

"""What the facts of some traffic mean for one rule: it can fire, never can, or only by assuming."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from guardrail.facts.names import COPY, SAID, SIGNALS, facts_of
from guardrail.facts.reach import EITHER, Atom, Reach, Truths, all_of, none_of
from guardrail.ruleset import Rule, When
from guardrail.score.judged import AT_DEPTH_0
from guardrail.score.vocabulary import slug_ancestors

FIRES = "fires"
ASSUMED = "assumed"
BLIND = "blind"
NEVER = "never"
ELSEWHERE = "elsewhere"
STANDINGS = (FIRES, ASSUMED, BLIND, NEVER, ELSEWHERE)
"""``assumed``: it can fire, but only on facts that are assumed. ``blind``: only because its
``unknown`` is ``apply``, so it fires without knowing. ``elsewhere``: its surface, vertical, kind
or purpose is another.
"""
_PLACE = ("kind", "purpose")
_COUNTED = ("campaign", "advertiser", "category")
"""What an item has to name, or a cap does not count it."""
_HAD = (*SAID, "assumed")
_MET: Truths = frozenset({True})


class Because(NamedTuple):
    """Why a rule stands as it does: facts (any one would do), and what is the matter with them.

    ``why``: ``missing``, ``not_understood``, ``assumed`` (as something that the rule does not
    object to, or as what it does) or ``nothing_personal``.
    """

    facts: tuple[str, ...]
    why: str


class Standing(NamedTuple):
    """How one rule stands, one of `STANDINGS`, and why; a rule that just fires needs no reason.

    ``reads``: the facts that it looks at.
    """

    rule: Rule
    how: str
    because: tuple[Because, ...] = ()
    reads: frozenset[str] = frozenset()


class _Outlook(NamedTuple):
    """How a rule can turn out, its conditions, and those under ``not``."""

    can: Truths
    atoms: list[Atom]
    excused: list[Atom]

    @property
    def reads(self) -> frozenset[str]:
        """Every fact that a condition looks at."""
        return frozenset(fact for atom in (*self.atoms, *self.excused) for fact in atom.facts)


def standing(rule: Rule, trusting: Reach, doubting: Reach) -> Standing:
    """How a rule stands. ``doubting`` sees the same traffic as if nothing were assumed."""
    outlook = _outlook(rule, trusting)
    blocked = _blocked(outlook)
    if any(not atom.facts or _only_place(atom, trusting) for atom in blocked):
        return Standing(rule, ELSEWHERE)
    if True in outlook.can:
        doubted = _outlook(rule, doubting)
        if _fires(rule, doubted):
            return Standing(rule, FIRES, (), outlook.reads)
        facts = (atom.facts for atom in _blocked(doubted))
        because = tuple(dict.fromkeys(Because(one, "assumed") for one in facts))
        return Standing(rule, ASSUMED, because, outlook.reads)
    because = tuple(dict.fromkeys(_because(atom, trusting) for atom in blocked))
    how = BLIND if _fires(rule, outlook) else NEVER
    return Standing(rule, how, because, outlook.reads)


def _fires(rule: Rule, outlook: _Outlook) -> bool:
    return True in outlook.can or (None in outlook.can and rule.unknown == "apply")


def _outlook(rule: Rule, reach: Reach) -> _Outlook:
    atoms, excused, can = _conditions(rule.when, reach, owned=rule.kind == "sensitive_category")
    more = _of_kind(rule, reach)
    if rule.concern not in AT_DEPTH_0 and rule.action == "score" and rule.layer == "rule":
        personal = reach.signals_can_be_personal()
        more.append(Atom((SIGNALS,), EITHER if personal else frozenset({False})))
    return _Outlook(all_of([can, *(atom.can for atom in more)]), [*atoms, *more], excused)


def _conditions(
    when: When, reach: Reach, *, owned: bool = False
) -> tuple[list[Atom], list[Atom], Truths]:
    """The conditions, those under ``not``, and how all of them together can turn out.

    ``owned``: the kind of rule answers for the category by itself.
    """
    atoms = [a for a in reach.atoms(when) if not (owned and "categories" in a.facts)]
    can = [atom.can for atom in atoms]
    excused: list[Atom] = []
    if when.not_ is not None:
        within, deeper, inner = _conditions(when.not_, reach)
        excused = [*within, *deeper]
        can.append(none_of(inner))
    return atoms, excused, all_of(can)


def _of_kind(rule: Rule, reach: Reach) -> list[Atom]:
    """What the kind of a rule asks for beside its conditions."""
    match rule.kind:
        case "sensitive_category":
            return [_about(rule, reach)]
        case "manner" if rule.terms or rule.mentions:
            return [Atom(COPY, EITHER if reach.copy_is_said() else frozenset({False}))]
        case "combination":
            return [_signs(rule, reach)]
        case "frequency_cap" if rule.per in _COUNTED:
            return [_counted(rule, reach)]
        case "repetition":
            # An item that names no creative counts as one; what was bought repeats nothing.
            counted = _counted(rule, reach) if rule.per in _COUNTED else Atom((rule.per,), EITHER)
            return [counted, Atom(("purchased",), EITHER)]
        case _:
            return []


def _about(rule: Rule, reach: Reach) -> Atom:
    """Whether an item can be known to be about what the rule objects to."""
    wanted = rule.when.category
    facts = ("categories", "signals[].category")
    can: set[bool | None] = set(EITHER) if any(map(reach.said, facts)) else set()
    if reach.copy_is_said() and reach.recognisable(wanted):
        can.add(True)
    for seen in reach.assumed_views(facts):
        about = {above for slug in seen.own for above in slug_ancestors(slug)} | seen.labels
        can.add(bool(seen.own) if wanted is None else not about.isdisjoint(wanted))
    if reach.lacks(facts[0]):
        can.add(None)
    return Atom(facts, frozenset(can))


def _signs(rule: Rule, reach: Reach) -> Atom:
    """Whether enough signs of a combination can be seen at all."""
    read = reach.copy_is_said()
    filed = reach.said("categories") or bool(reach.assumed_views(("categories",)))
    seen = sum(
        bool((sign.terms and read) or (sign.categories and (filed or read)))
        for sign in rule.signs.values()
    )
    enough = seen >= rule.at_least
    return Atom((*COPY, "categories"), EITHER if enough else frozenset({False}))


def _counted(rule: Rule, reach: Reach) -> Atom:
    """Whether what a cap counts by is ever named; an item that does not name it is not counted."""
    if rule.per == "category":
        return _about(rule, reach)
    facts = facts_of(rule.per)
    return Atom(facts, _MET if any(map(reach.said, facts)) else frozenset({None}))


def _blocked(outlook: _Outlook) -> list[Atom]:
    """The conditions that keep a rule from being met."""
    if True in outlook.can:
        return []
    blocked = [atom for atom in outlook.atoms if True not in atom.can]
    return blocked or [atom for atom in outlook.excused if False not in atom.can]


def _only_place(atom: Atom, reach: Reach) -> bool:
    """Whether it fails on what the surface is for, rather than on a fact that nobody gave."""
    return atom.facts[0] in _PLACE and not reach.said(atom.facts[0])


def _because(atom: Atom, reach: Reach) -> Because:
    def ever(states: Iterable[str]) -> bool:
        return any(reach.count(fact, states) for fact in facts)

    facts = atom.facts
    if all(fact.startswith(SIGNALS) for fact in facts):
        if not reach.signals_can_be_personal():
            return Because((SIGNALS,), "nothing_personal")
        if not reach.count(SIGNALS, _HAD):
            facts = (SIGNALS,)
    if ever(("assumed",)):
        return Because(facts, "assumed")
    return Because(facts, "not_understood" if ever(("not_understood",)) else "missing")

"""Caps that can never bind: a number in a file that nobody would ever notice is without effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from guardrail.rulefile.sense import covers, span
from guardrail.ruleset import Rule, Surface, When

_STRENGTH = {"off": 0, "observe": 1, "enforce": 2}


def shadowed(rules: Sequence[Rule]) -> list[tuple[int, int]]:
    """Caps that another makes unreachable, as (the unreachable, the other) indices into rules."""
    caps = [(index, rule) for index, rule in enumerate(rules) if _is_whole(rule)]
    found: list[tuple[int, int]] = []
    for index, cap in caps:
        for other_index, other in caps:
            if index == other_index or not _always_first(other, cap):
                continue
            if other_index > index and _always_first(cap, other):
                continue
            found.append((index, other_index))
            break
    return found


def _is_whole(rule: Rule) -> bool:
    limited = bool(rule.max_impressions)
    return rule.kind == "frequency_cap" and limited == bool(rule.window) and bool(terms(rule))


def _always_first(first: Rule, then: Rule) -> bool:
    """Whether ``first`` refuses at the latest when ``then`` would."""
    return (
        first.per in (then.per, "all")
        and first.action == "suppress"
        and first.rollout == 100
        and _STRENGTH[first.mode] >= _STRENGTH[then.mode] > 0
        and (first.unknown == "apply" or then.unknown == "skip")
        and covers(first.when, then.when)
        and (first.per != "category" or first.when.category == then.when.category)
        and _limit_is_met(first, then)
        and _cooldown_is_met(first, then)
    )


def _limit_is_met(first: Rule, then: Rule) -> bool:
    if not then.max_impressions:
        return True
    stricter = 0 < first.max_impressions <= then.max_impressions
    return stricter and first.window >= then.window


def _cooldown_is_met(first: Rule, then: Rule) -> bool:
    once = first.max_impressions == 1 and first.window >= then.cooldown
    return once or first.cooldown >= then.cooldown


def terms(rule: Rule) -> str:
    """What a cap allows, in words: ``3 in 1d, 1h apart``."""
    limit = f"{rule.max_impressions} in {span(rule.window)}" if rule.window else ""
    apart = f"{span(rule.cooldown)} apart" if rule.cooldown else ""
    return ", ".join(part for part in (limit, apart) if part)


def kind_elsewhere(rule: Rule, surfaces: Mapping[str, Surface]) -> str | None:
    """Why a cap meets no item: its kind is not that of any surface it names; None when it may.

    A surface that maps ``fields: {kind: …}`` holds items of either kind.
    """
    when: When = rule.when
    if rule.kind != "frequency_cap" or when.kind is None or when.surface is None:
        return None
    named = [surfaces.get(name) for name in when.surface]
    for surface in named:
        if surface is None or surface.kind in when.kind or "kind" in surface.fields:
            return None
    return (
        f"the cap is never reached: it is for kind {' or '.join(when.kind)}, and surface "
        f"{', '.join(when.surface)} shows none; where items say their kind, map it: "
        "fields: {kind: kind}"
    )

"""What a rule must have to make sense, beyond its shape."""

from __future__ import annotations

from typing import Any, NamedTuple

from guardrail.ruleset import Rule, When

_UNITS = ((86_400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_CONDITIONS = tuple(name for name in When.__struct_fields__ if name != "not_")


class Nonsense(NamedTuple):
    """What is wrong with a rule, and the key that it is about (None: the rule as a whole)."""

    key: str | None
    message: str


def span(seconds: int) -> str:
    """Whole seconds as a rule file writes them: ``24h`` is ``1d``."""
    size, unit = next((s, u) for s, u in _UNITS if seconds % s == 0)
    return f"{seconds // size}{unit}"


def nonsense(rule: Rule) -> list[Nonsense]:
    """What is wrong with one rule, looked at alone."""
    found: list[Nonsense] = []
    if rule.treatment is not None and rule.action != "soften":
        text = f"treatment goes with action: soften; the action here is {rule.action}"
        found.append(Nonsense("treatment", text))
    if rule.weight is None and _must_weigh(rule):
        text = f"a {rule.kind} rule that scores needs a weight from 0 to 100"
        found.append(Nonsense(None, text))
    if rule.when.not_ is not None and covers(rule.when.not_, rule.when):
        text = "the rule can never apply: what stands under not holds whenever the rest does"
        found.append(Nonsense("when", text))
    if rule.kind == "frequency_cap":
        found += _cap(rule)
    if rule.kind == "combination":
        found += _combination(rule)
    if rule.kind == "repetition":
        found += _repetition(rule)
    return found


def _must_weigh(rule: Rule) -> bool:
    weighs_itself = rule.kind in ("sensitive_category", "repetition")
    return rule.action == "score" and rule.layer == "rule" and not weighs_itself


def _cap(rule: Rule) -> list[Nonsense]:
    if rule.max_impressions and not rule.window:
        return [Nonsense("max_impressions", "max_impressions needs a window, for example 24h")]
    if rule.window and not rule.max_impressions:
        return [Nonsense("window", "window needs max_impressions: how many within it")]
    if not (rule.window or rule.cooldown):
        return [Nonsense(None, "a cap needs max_impressions and window, or a cooldown")]
    if rule.window and rule.cooldown:
        most = rule.window // rule.cooldown
        if rule.max_impressions > max(most, 1):
            text = (
                f"the limit is never reached: a cooldown of {span(rule.cooldown)} lets at most "
                f"{max(most, 1)} through in {span(rule.window)}"
            )
            return [Nonsense("max_impressions", text)]
    return []


def _combination(rule: Rule) -> list[Nonsense]:
    found = []
    if rule.at_least > len(rule.signs):
        text = f"{rule.at_least} signs are never met: there are only {len(rule.signs)}"
        found.append(Nonsense("at_least", text))
    for name, sign in rule.signs.items():
        if not sign.terms and not sign.categories:
            found.append(Nonsense("signs", f"sign {name!r} needs terms or categories"))
    if rule.treatment not in (None, "dilute"):
        text = f"a set is softened by dilute, not by {rule.treatment}"
        found.append(Nonsense("treatment", text))
    return found


def _repetition(rule: Rule) -> list[Nonsense]:
    found = []
    if rule.weight is not None:
        found.append(Nonsense("weight", "a repetition weighs by its curve; leave weight out"))
    if rule.expected:
        text = "a repetition weighs by its curve in every vertical; leave expected out"
        found.append(Nonsense("expected", text))
    return found


def covers(wide: When, narrow: When) -> bool:
    """Whether ``wide`` surely holds whenever ``narrow`` does (its ``not`` left out).

    False where that can't be told from the conditions as they are written.
    """
    return all(_among(getattr(narrow, name), getattr(wide, name)) for name in _CONDITIONS) and (
        wide.not_ is None or wide.not_ == narrow.not_
    )


def _among(narrow: Any, wide: Any) -> bool:
    if wide is None:
        return True
    if isinstance(wide, tuple):
        return narrow is not None and set(narrow) <= set(wide)
    return bool(narrow == wide)

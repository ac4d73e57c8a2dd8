"""The facts of a surface as a page of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

from guardrail.cli.table import columns
from guardrail.cli.words import many
from guardrail.facts import STATES, SurfaceFacts
from guardrail.facts.standing import ASSUMED, BLIND, ELSEWHERE, FIRES, NEVER, Because, Standing
from guardrail.record.stats import HIDDEN, SMALLEST_SHOWN
from guardrail.service.facts import MOST_ITEMS

BAR = 20
WIDTH = 96
_ALWAYS = ("present", "missing")
_MARKS = {
    "present": "█",
    "joined": "▓",
    "recognised": "▒",
    "assumed": "░",
    "not_understood": "?",
    "missing": "·",
}
_HEAD = {state: state.replace("_", " ") for state in STATES}
_WHY = {
    "missing": "{} is missing",
    "not_understood": "{} is said in words that mean nothing",
    "nothing_personal": "nothing personal is used on any item ({})",
}
_ASSUMED_OTHERWISE = "{} is only ever assumed to be something else"


def page(facts: SurfaceFacts, every: int = 1, smallest: int = 0) -> Iterator[str]:
    """The page of one surface.

    ``every``: of how many responses one was looked at. Counts under ``smallest`` are hidden.
    """
    yield _first_line(facts, every, smallest)
    yield ""
    if not facts.items:
        yield "No item was seen, so there is nothing to say of facts and rules."
        return
    idle = [name for name in facts.facts if _is_idle(name, facts)]
    listed = {name: states for name, states in facts.facts.items() if name not in idle}
    met = {state for states in listed.values() for state in states}
    shown = [state for state in STATES if state in _ALWAYS or state in met]
    rows = [_row(name, states, shown, smallest) for name, states in listed.items()]
    yield from columns(("fact", *(_HEAD[state] for state in shown), "of", ""), rows)
    yield "  ".join(f"{_MARKS[state]} {_HEAD[state]}" for state in shown)
    if idle:
        yield ""
        yield from wrap(f"Always missing, and no rule looks at it here: {', '.join(idle)}.", WIDTH)
    if not facts.tells_customers:
        yield "The log names no customers, so nothing is said of them."
    yield from _rules(facts)


def _first_line(facts: SurfaceFacts, every: int, smallest: int) -> str:
    items = _seen(facts.items, "item", smallest)
    seen = f"{items} in {_seen(facts.responses, 'response', smallest)}"
    if every > 1:
        each = f"one in {every}, one a second of each worker and {MOST_ITEMS} items of it at most"
        return f"{facts.surface}: {seen} ({each})"
    return f"{facts.surface}: {seen}"


def _is_idle(name: str, facts: SurfaceFacts) -> bool:
    return set(facts.facts[name]) == {"missing"} and name not in facts.read


def _row(
    name: str, states: Mapping[str, int], shown: Sequence[str], smallest: int
) -> tuple[str, ...]:
    total = sum(states.values())
    shares = [_share(states.get(state, 0), total, smallest) for state in shown]
    return (name, *shares, _count(total, smallest), _bar(states, total, smallest))


def _share(n: int, total: int, smallest: int) -> str:
    if not n:
        return "-"
    if n < smallest:
        return HIDDEN
    percent = n * 100 / total
    if percent < 1:
        return "<1 %"
    # What is not quite everything must not read as if it were.
    return f"{min(round(percent), 99 if n < total else 100)} %"


def _seen(total: int, what: str, smallest: int) -> str:
    return f"{HIDDEN} {what}s" if total < smallest else many(total, what)


def _count(total: int, smallest: int) -> str:
    return HIDDEN if total < smallest else f"{total:,}"


def _bar(states: Mapping[str, int], total: int, smallest: int) -> str:
    if total < smallest:
        return ""
    bar, so_far = "", 0
    for state in STATES:
        so_far += states.get(state, 0)
        bar += _MARKS[state] * (round(so_far * BAR / total) - len(bar))
    return bar


def _rules(facts: SurfaceFacts) -> Iterator[str]:
    never, assumed, blind = map(facts.rules, (NEVER, ASSUMED, BLIND))
    asked = len(facts.standings) - len(facts.rules(ELSEWHERE))
    can = len(facts.rules(FIRES)) + len(assumed) + len(blind)
    yield ""
    yield f"{can} of {many(asked, 'rule')} can fire here."
    yield from _listed("Can never fire on what was seen", never)
    if facts.waiting:
        yield ""
        yield "What would wake them:"
        for fact, rules in facts.waiting.items():
            yield f"  {fact}: {many(len(rules), 'rule')}"
    yield from _listed("Can fire only because something is assumed", assumed)
    yield from _listed("Fire without knowing (unknown: apply)", blind)
    elsewhere = len(facts.rules(ELSEWHERE))
    if elsewhere:
        yield ""
        one = "is for another surface, kind of item or purpose"
        several = "are for other surfaces, kinds of item or purposes"
        yield f"{many(elsewhere, 'more rule')} {one if elsewhere == 1 else several}."


def _listed(title: str, rules: tuple[Standing, ...]) -> Iterator[str]:
    if not rules:
        return
    yield ""
    yield f"{title}: {len(rules)}"
    width = max(len(one.rule.id) for one in rules)
    for one in rules:
        why = "; ".join(_because(because, one.how) for because in one.because)
        yield f"  {one.rule.id:<{width}}  {why}".rstrip()


def _because(because: Because, how: str) -> str:
    named = " or ".join(because.facts)
    if because.why == "assumed":
        text = "{} is assumed" if how == ASSUMED else _ASSUMED_OTHERWISE
        return text.format(named)
    return _WHY[because.why].format(named)


SMALLEST = SMALLEST_SHOWN
"""What is counted of real people's traffic is hidden below this."""

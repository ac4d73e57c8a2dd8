"""What was done about an item, what its customer may read, and how firm the verdict is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from guardrail.cli.explain_words import could_not, number, part, text, verb
from guardrail.decide.attempts import Attempt
from guardrail.decide.ladder import MOST_SCORED
from guardrail.service.explaining import Explained

_NAME = 31
_HANG = 2 + _NAME + 1 + 5 + 2
_BECOMES: Mapping[str, str] = {
    "allow": "shown as it is",
    "soften": "softened",
    "suppress": "taken out",
}
_FOUND_LATER = frozenset({"combination", "frequency_cap"})
"""Kinds of rule that have their say once each item is settled by itself."""


def tried(found: Explained) -> Iterator[str]:
    """Each treatment in turn, the score after it, and why it did not fit; then the one that did."""
    if found.came_to == "allow":
        return
    yield from part("What was tried, in turn, and the score after it")
    for attempt in found.attempts:
        yield from _attempt(found, attempt)
    if found.treatment is not None:
        score = "" if found.softened is None else number(found.softened)
        yield from _row(found.treatment, score, "fits")
    elif not found.attempts:
        yield from text(_why_nothing(found))


def _row(name: str, score: str, why: str) -> list[str]:
    return text(f"{name:{_NAME}} {score:>5}  {why}", 2, _HANG)


def _attempt(found: Explained, attempt: Attempt) -> list[str]:
    if attempt.intrusiveness is None:
        return _row(attempt.treatment, "-", could_not(attempt.treatment))
    return _row(attempt.treatment, number(attempt.intrusiveness), _why_not(found, attempt))


def _why_not(found: Explained, attempt: Attempt) -> str:
    if attempt.acting:
        return f"{verb(attempt.acting, 'act')} still"
    if attempt.fits:
        if any(ground.kind in _FOUND_LATER for ground in found.grounds):
            return "fits by itself, not with what else was found"
        return f"not reached: {MOST_SCORED} changes are tried at most"
    if (attempt.intrusiveness or 0.0) > found.verdict.tolerance:
        return f"still more than {number(found.verdict.tolerance)}"
    return "worse than before"


def _why_nothing(found: Explained) -> str:
    if found.verdict.capped_by:
        return "Nothing: a cap that is over is not bargained with."
    firm = [one.finding.rule for one in found.grounds if one.finding.action == "suppress"]
    if firm:
        return f"Nothing: {verb(firm, 'ask')} to take it out, and that is not bargained with."
    if not found.surface.treatments:
        return f"Nothing: surface {found.surface.name} allows no treatment."
    return "Nothing: what the surface allows is done only where a rule asks for it by name."


def instead(found: Explained) -> Iterator[str]:
    """What comes in its place, or in what words it comes; nothing where it is shown as it is."""
    if found.came_to == "allow":
        return
    enforced = found.verdict.verdict == found.came_to
    yield from part("What is shown instead" if enforced else "What would be shown instead")
    if found.shown is None:
        yield from text("Nothing in its place.")
    else:
        shown = found.shown
        yield from text(f"{shown.title or 'No title'} ({shown.id or 'no id'})")
        yield from text(f'It says: "{shown.reason}"' if shown.reason else "It gives no reason.")
    if found.backfill:
        yield from text(f"At the end of the list was filled in: {', '.join(found.backfill)}.")


def for_the_customer(found: Explained) -> Iterator[str]:
    """The sentences that may be shown."""
    yield from part("What the customer may read")
    for sentence in dict.fromkeys((found.verdict.why, found.verdict.say)):
        if sentence:
            yield from text(sentence)


def lacked(found: Explained) -> Iterator[str]:
    """Rules that could not tell whether they hold, by the facts that they lacked."""
    if not found.lacking:
        return
    yield from part("Which rules lacked a fact")
    by_facts: dict[tuple[str, bool], list[str]] = {}
    for one in found.lacking:
        by_facts.setdefault((", ".join(one.facts), one.applied), []).append(one.rule)
    for (facts, applied), rules in by_facts.items():
        then = "counted all the same" if applied else "skipped"
        yield from text(f"{facts}: {', '.join(rules)} ({then})", 2, 4)


def firmness(found: Explained) -> Iterator[str]:
    """Which weight would have to change by how much, and what the rules in observe would do."""
    yield from part("What it would take for another verdict")
    verdict = found.verdict
    if found.acting:
        yield from text(f"Neither a weight nor the tolerance: {verb(found.acting, 'decide')} it.")
    elif any(ground.kind == "combination" for ground in found.grounds):
        yield from text("Several items tell it together: it hangs on all of them, not on this one.")
    elif not found.lines:
        yield from text("Nothing weighs anything here, so no weight changes it.")
    else:
        yield from _by_weight(found)
    if verdict.would and found.mode == "enforce":
        rules = ", ".join(dict.fromkeys(one.rule for one in verdict.would_findings))
        then = _BECOMES[verdict.would]
        yield from text(f"If the rules in observe were enforced: {then} ({rules}).")


def _by_weight(found: Explained) -> Iterator[str]:
    score, change = number(found.verdict.intrusiveness), found.nearest
    fits = found.verdict.intrusiveness <= found.verdict.tolerance
    goal = "not be shown as it is" if fits else "be shown as it is"
    if change is None:
        yield from text("No weight alone would change it, whatever it were.")
    else:
        bound = "or more" if fits else "or less"
        yield from text(
            f"It would {goal} if {change.rule} weighed {number(change.needed)} {bound} and not "
            f"{number(change.weight)} ({change.points:+g}); no other weight needs to change less."
        )
    limit = f"below {score}" if fits else f"of {score} or more"
    yield from text(f"At a tolerance {limit} it would {goal}.")

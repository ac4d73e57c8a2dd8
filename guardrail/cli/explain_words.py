"""How ``guardrail explain`` says things: numbers, lines, and what the words of a verdict mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

from guardrail.decide.ladder import AND
from guardrail.model import Finding, Signal
from guardrail.service.explaining import Explained

WIDTH = 80
_SAME_ITEM: Mapping[str, str] = {
    "demote": "the same item comes, at the end of its list",
    "delay": "it is held, and comes back by itself",
}
_COULD_NOT: Mapping[str, str] = {
    "explain": "no true reason may be added here",
    "drop_reason": "no reason to drop",
    "depersonalise_copy": "nothing personal in the words",
    "coarsen": "nothing to say less exactly",
    "generalise": "no wider category, or no such substitute",
    "rotate": "no other creative of its campaign",
    "dilute": "no substitute of another subject left",
    "replace": "no substitute left",
}


def number(value: float) -> str:
    """At most three decimals, and none that says nothing: ``74.1``, ``68``."""
    return f"{round(value, 3):g}"


def verb(names: Sequence[str], does: str) -> str:
    """Names with what they do: ``daily acts``, ``daily and later act``."""
    return f"{' and '.join(names)} {does}{'s' if len(names) == 1 else ''}"


def text(told: str, indent: int = 2, hang: int | None = None) -> list[str]:
    """Lines of at most 80 columns; ``hang``: the indent of all but the first.

    An item's words come from elsewhere, so what would steer a terminal is left out.
    """
    told = "".join(sign if sign.isprintable() else " " for sign in told)
    further = " " * (indent if hang is None else hang)
    return wrap(
        told,
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=further,
        break_on_hyphens=False,
    )


def part(title: str) -> Iterator[str]:
    """The title of a part, below an empty line."""
    yield ""
    yield from text(title, 0)


def outcome(found: Explained) -> str:
    """What became of the item, in a sentence with its numbers."""
    verdict = found.verdict
    numbers = f"score {number(verdict.intrusiveness)}, tolerance {number(verdict.tolerance)}"
    if found.came_to == "allow":
        if verdict.surplus:
            return f"It may be shown, but the surface shows only so many items: {numbers}."
        return f"Shown as it is: {numbers}."
    if found.came_to == "suppress":
        told = "Taken out"
    else:
        told = f"Softened ({found.treatment}: {_softened(found)})"
    if found.acting:
        told += f" because of {' and '.join(found.acting)}"
    if verdict.verdict == found.came_to:
        return f"{told}: {numbers}."
    return f"{told}, if this were enforced; in mode observe it is shown as it is: {numbers}."


def _softened(found: Explained) -> str:
    same = _SAME_ITEM.get(found.treatment or "")
    if same:
        return same
    other = found.shown is not None and found.shown.id != found.item.id
    return "another item comes in its place" if other else "the same item comes in other words"


def described(found: Explained) -> str:
    """The item in a sentence: what it is, and where."""
    item, surface = found.item, found.surface
    article = "An ad" if item.kind == "ad" else "A recommendation"
    vertical = f", vertical {surface.vertical}" if surface.vertical else ""
    named = {"advertiser": item.advertiser, "campaign": item.campaign, "creative": item.creative}
    who = "".join(f", {name} {value}" for name, value in named.items() if value)
    return (
        f"{article} (purpose {item.purpose}{who}) on surface {surface.name}{vertical}, "
        f"mode {found.mode}."
    )


def signal(one: Signal, depth: int | None) -> str:
    """One signal: what was used, how it was learned, and everything else that is known of it."""
    told = [one.data or "something unnamed"]
    told.append(one.method or "nobody says how it was learned")
    told.append(f"{one.party} party" if one.party else "nobody says who collected it")
    if one.context:
        told.append(f"from {one.context}")
    if one.category:
        told.append(f"says {one.category}")
    if one.precision:
        told.append(f"as exact as the {one.precision}")
    if one.age_seconds is not None:
        told.append(f"{one.age_seconds:,g} seconds old")
    if one.audience_size is not None:
        told.append(f"of {one.audience_size:,g} people")
    if one.via:
        told.append(f"concluded from {' and '.join(via.data or 'something' for via in one.via)}")
    return f"{', '.join(told)}: depth {'unknown' if depth is None else depth}"


def acts(finding: Finding, *, counts: bool, depth: int | None) -> str:
    """What a finding does beside its weight; empty where it just counts."""
    told = []
    if finding.layer == "choice":
        told.append("The customer's own refusal: it acts whatever the score is.")
    elif finding.layer == "floor":
        told.append("A floor: it acts whatever the score is.")
    if finding.action == "suppress":
        told.append("It asks to take the item out.")
    if finding.action == "soften" or finding.treatment:
        told.append(f"It asks for {finding.treatment or 'softening'}.")
    if finding.weight and not counts:
        told.append(
            "Does not count: nothing personal was used."
            if depth == 0
            else "Does not count: a stronger one of the same concern does."
        )
    return " ".join(told)


def could_not(treatment: str) -> str:
    """Why a treatment gave no changed item."""
    return "gave nothing new" if AND in treatment else _COULD_NOT.get(treatment, "not possible")

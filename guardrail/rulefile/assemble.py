"""The parts of all files joined into one rule set, and what only shows when they are together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from guardrail import taxonomy
from guardrail.rulefile import caps
from guardrail.rulefile.locate import Loc
from guardrail.rulefile.part import Part
from guardrail.rulefile.suggest import did_you_mean
from guardrail.ruleset import (
    DEFAULT_PRESET,
    DEFAULT_PRESETS,
    UNKNOWN,
    Category,
    Leaks,
    Phrasing,
    Rule,
    RuleSet,
    Surface,
    When,
    lowest_mode,
)
from guardrail.score.phrasing import merged


def assemble(parts: Sequence[Part], revision: str, *, whole: bool) -> RuleSet:
    """One rule set of all parts; what does not fit together is reported to their documents.

    ``whole`` False: the files are no complete rule set, so names that they do not define are not
    judged. The value is only of use when no document has a problem.
    """
    _unique_names(parts)
    _unique_rules(parts)
    presets, default = _tolerance(parts)
    categories: dict[str, Category] = {}
    surfaces: dict[str, Surface] = {}
    for part in parts:
        categories |= part.categories
        surfaces |= part.surfaces
    _one_surface_each(parts)
    if whole and all(part.document.root is not None for part in parts):
        _known_names(parts, categories)
    _caps(parts, surfaces)
    return RuleSet(
        revision=revision,
        mode=lowest_mode(*(part.mode for part in parts)),
        presets=presets,
        default_preset=default,
        regions=next((part.tolerance.regions for part in parts if part.tolerance), {}),
        categories=categories,
        surfaces=surfaces,
        rules=tuple(rule for part in parts for _, rule in part.rules),
        leaks=_leaks(parts),
        phrasing=_phrasing(parts),
    )


def _phrasing(parts: Iterable[Part]) -> dict[str, Phrasing]:
    """Those of all files; the first that says ``recently`` or ``region`` is taken at its word."""
    out: dict[str, Phrasing] = {}
    for part in parts:
        for code, one in part.phrasing.items():
            out[code] = merged(one, out.get(code, Phrasing()))
    return out


def _leaks(parts: Iterable[Part]) -> Leaks:
    """Those of all files; one that several files name counts once."""
    listed = [part.leaks for part in parts]
    return Leaks(
        parameters=tuple(dict.fromkeys(name for one in listed for name in one.parameters)),
        macros=tuple(dict.fromkeys(name for one in listed for name in one.macros)),
    )


def _unique_names(parts: Iterable[Part]) -> None:
    for section, one in (("categories", "category"), ("surfaces", "surface")):
        first: dict[str, str] = {}
        for part in parts:
            for name in part.names(section):
                known_as = name.lower() if section == "categories" else name
                if known_as in first:
                    text = f"{one} {known_as!r} is already defined in {first[known_as]}"
                    part.report((section, name), text, key=True)
                first.setdefault(known_as, part.place((section, name)))


def _unique_rules(parts: Iterable[Part]) -> None:
    first: dict[str, str] = {}
    for part in parts:
        for index, rule_id in part.rule_ids():
            loc: Loc = ("rules", index, "id")
            if rule_id in first:
                text = f"rule id {rule_id!r} is already used in {first[rule_id]}; an id is for ever"
                part.report(loc, text)
            first.setdefault(rule_id, part.place(loc))


def _tolerance(parts: Iterable[Part]) -> tuple[dict[str, float], str]:
    presets, default = dict(DEFAULT_PRESETS), DEFAULT_PRESET
    first: str | None = None
    for part in parts:
        said = part.tolerance
        if said is None:
            continue
        if first is not None:
            part.report(("tolerance",), f"tolerance is already set in {first}", key=True)
            continue
        first = part.place(("tolerance",))
        presets = said.presets or presets
        default = said.default or default
        if default not in presets:
            part.report(*_no_such_default(said.default, tuple(presets)))
    return presets, default


def _no_such_default(named: str | None, presets: tuple[str, ...]) -> tuple[Loc, str]:
    if named is None:
        text = f"say which of these presets is the default: {', '.join(presets)}"
        return ("tolerance",), text
    text = f"the default {named!r} is none of the presets{did_you_mean(named, presets)}"
    return ("tolerance", "default"), text


def _one_surface_each(parts: Iterable[Part]) -> None:
    first: dict[tuple[str, str], tuple[str, str]] = {}
    for part in parts:
        for name, surface in part.surfaces.items():
            for method in surface.methods if surface.path is not None else ():
                key = (str(surface.path), method)
                other, place = first.setdefault(key, (name, part.place(("surfaces", name))))
                if other != name:
                    text = f"surface {other!r} ({place}) already matches {method} {surface.path}"
                    part.report(("surfaces", name, "match", "path"), text)
                    break


def _known_names(parts: Iterable[Part], categories: dict[str, Category]) -> None:
    named = {n.lower() for part in parts for n in part.names("categories")}
    surfaces = {name for part in parts for name in part.names("surfaces")}
    nodes = {
        f"{name}:{node}"
        for category in categories.values()
        for listed in (category.ids, category.proxies)
        for name, ids in listed.items()
        for node in ids
    }
    for part in parts:
        for index, rule in part.rules:
            _known_surfaces(part, ("rules", index, "when"), rule.when, surfaces)
            if rule.kind == "sensitive_category":
                _known_categories(part, ("rules", index, "when"), rule, named, nodes)


def _known_surfaces(part: Part, loc: Loc, when: When, surfaces: set[str]) -> None:
    for number, name in enumerate(when.surface or ()):
        if name not in surfaces:
            text = f"no rule file defines surface {name!r}{did_you_mean(name, surfaces)}"
            part.report((*loc, "surface", number), text)
    if when.not_ is not None:
        _known_surfaces(part, (*loc, "not"), when.not_, surfaces)


def _known_categories(part: Part, loc: Loc, rule: Rule, named: set[str], nodes: set[str]) -> None:
    for number, wanted in enumerate(rule.when.category or ()):
        if wanted == UNKNOWN or any(_related(wanted, one) for one in named):
            continue
        pair = taxonomy.split(wanted)
        if pair is None:
            text = f"no rule file defines category {wanted!r}{did_you_mean(wanted, named)}"
        elif rule.weight is None and not _stands_under(pair, nodes):
            text = f"no category lists {wanted!r} under ids; list it there, or give a weight here"
        else:
            continue
        part.report((*loc, "category", number), text)


def _related(one: str, other: str) -> bool:
    """Whether one slug is the other, above it or below it."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _stands_under(pair: tuple[str, str], nodes: set[str]) -> bool:
    name, node = pair
    return any(f"{name}:{above}" in nodes for above in taxonomy.ancestors(name, node))


def _caps(parts: Sequence[Part], surfaces: dict[str, Surface]) -> None:
    placed = [(part, index, rule) for part in parts for index, rule in part.rules]
    for part, index, rule in placed:
        why = caps.kind_elsewhere(rule, surfaces)
        if why is not None:
            part.report(("rules", index, "when", "kind"), why, key=True)
    for lost, winner in caps.shadowed([rule for _, _, rule in placed]):
        part, index, rule = placed[lost]
        other_part, other_index, other = placed[winner]
        place = other_part.place(("rules", other_index, "id"))
        text = (
            f"cap {rule.id!r} ({caps.terms(rule)}) is never reached: "
            f"{other.id!r} ({caps.terms(other)}) in {place} always refuses first"
        )
        part.report(("rules", index, "id"), text)

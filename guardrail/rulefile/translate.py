"""From what a rule file's models say to the frozen data that the guard works with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from guardrail.model import Item, Signal
from guardrail.rulefile.phrasing_schema import PhrasingModel
from guardrail.rulefile.rule_schema import (
    CombinationModel,
    FrequencyCapModel,
    MannerModel,
    RepetitionModel,
    RuleModel,
    WhenModel,
)
from guardrail.rulefile.schema import CategoryModel
from guardrail.rulefile.surface_schema import (
    BIDS,
    AskForModel,
    AssumedSignal,
    AssumeModel,
    CampaignAssumeModel,
    SurfaceModel,
)
from guardrail.ruleset import (
    DEFAULT_TREATMENTS,
    AskFor,
    Assume,
    Category,
    Phrasing,
    Rule,
    Sign,
    Surface,
    When,
)
from guardrail.score.kinds import KINDS


def when(model: WhenModel) -> When:
    """The conditions of a rule."""
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name in model.model_fields_set - {"not_"}
        if (value := getattr(model, name)) is not None
    }
    consents = given.get("consent_missing")
    if consents is not None:
        given["consent_missing"] = tuple(name.lower() for name in consents)
    return When(**given, not_=None if model.not_ is None else when(model.not_))


def rule(model: RuleModel, kind: str) -> Rule:
    """A rule, with the defaults that depend on its kind and layer filled in."""
    conditions = when(model.when)
    common = Rule(
        id=model.id,
        kind=kind,
        title=model.title,
        when=conditions,
        weight=model.weight,
        concern=model.concern or KINDS[kind].concern(conditions),
        action=model.action or ("suppress" if kind == "frequency_cap" else "score"),
        treatment=model.treatment,
        unknown=model.unknown or ("apply" if model.layer == "floor" else "skip"),
        layer=model.layer,
        mode=model.mode,
        rollout=model.rollout,
        say=model.say,
        source=model.source,
        expected=dict(model.expected),
    )
    if isinstance(model, MannerModel):
        return replace(common, terms=tuple(model.terms), mentions=tuple(model.mentions))
    if isinstance(model, CombinationModel):
        signs = {
            name: Sign(terms=tuple(one.terms), categories=tuple(one.categories))
            for name, one in model.signs.items()
        }
        return replace(common, signs=signs, at_least=model.at_least, window=model.window or 0)
    if isinstance(model, RepetitionModel):
        return replace(
            common,
            per=model.per,
            window=model.window,
            curve=model.curve,
            stated_interest=model.stated_interest,
        )
    if isinstance(model, FrequencyCapModel):
        return replace(
            common,
            per=model.per,
            max_impressions=model.max_impressions or 0,
            window=model.window or 0,
            cooldown=model.cooldown or 0,
            on_failure=model.on_failure,
        )
    return common


def category(slug: str, model: CategoryModel) -> Category:
    """A sensitive category."""
    return Category(
        slug=slug,
        title=model.title,
        weight=model.weight,
        evidence=model.evidence,
        ids=_frozen(model.ids),
        terms=tuple(model.terms),
        proxies=_frozen(model.proxies),
        hints=tuple(model.hints),
        unless=tuple(model.unless),
    )


def _frozen(ids: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {taxonomy: tuple(nodes) for taxonomy, nodes in ids.items()}


def surface(
    name: str,
    model: SurfaceModel,
    fallback: tuple[bytes, ...],
    creatives: Mapping[str, tuple[bytes, ...]],
) -> Surface:
    """A surface; GET includes HEAD. Bids are ads, and stand where OpenRTB has them."""
    bids = model.shape.startswith("openrtb")
    path, methods = None, Surface(name).methods
    if model.match is not None:
        path = model.match.path
        head = ["HEAD"] if "GET" in model.match.methods else []
        methods = tuple(dict.fromkeys([*model.match.methods, *head]))
    treatments = DEFAULT_TREATMENTS if model.treatments is None else tuple(model.treatments)
    return Surface(
        name=name,
        path=path,
        methods=methods,
        kind="ad" if bids and "kind" not in model.model_fields_set else model.kind,
        shape=model.shape,
        items=BIDS if bids and "items" not in model.model_fields_set else model.items,
        fields=model.fields_.model_dump(exclude_none=True),
        purpose=model.purpose,
        vertical=model.vertical,
        mode=model.mode,
        assume=assume(model.assume),
        max_depth=model.max_depth,
        treatments=treatments,
        minimum_items=model.minimum_items,
        fallback=fallback,
        strip=tuple(model.strip),
        keep_signals=model.keep_signals,
        on_failure=model.on_failure,
        creatives=creatives,
        language=model.language,
        copy_language=model.language if "language" in model.model_fields_set else None,
        neutral_reason=model.neutral_reason,
        wider_places=dict(model.wider_places),
        show=model.show,
        ask_for=None if model.ask_for is None else _ask_for(model.ask_for),
        count_fields=tuple(model.count_fields),
        seatnonbid=model.seatnonbid,
        keep_leaks=model.keep_leaks,
    )


def phrasing(model: PhrasingModel) -> Phrasing:
    """What is added to a language's table."""
    given: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in model.model_dump(exclude_none=True).items()
    }
    return Phrasing(**given)


def _ask_for(model: AskForModel) -> AskFor:
    return AskFor(model.count, model.parameter, tuple(model.echo))


def assume(model: AssumeModel) -> Assume:
    """What is true of items that do not say; an empty list says that there is none."""
    return replace(
        _assumed(model), campaigns={name: _assumed(one) for name, one in model.campaigns.items()}
    )


def _assumed(model: CampaignAssumeModel) -> Assume:
    given = model.model_dump(exclude_unset=True, exclude={"signals", "categories", "campaigns"})
    if model.categories is not None:
        given["categories"] = tuple(model.categories)
    if model.signals is not None:
        given["signals"] = tuple(signal(one) for one in model.signals)
    keys = tuple(name for name in Item.__struct_fields__ if name in given)
    return Assume(keys=keys, item=Item(**given))


def signal(model: AssumedSignal) -> Signal:
    """One fact about the customer."""
    given = model.model_dump(exclude={"via"})
    return Signal(**given, via=tuple(signal(one) for one in model.via))

"""The shape of a surface."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from guardrail.rulefile.fields import Choice, Count, Flag, Strict, Text, say, wrong
from guardrail.rulefile.values import (
    CampaignPattern,
    Category,
    FieldPath,
    HttpMethod,
    ItemsPath,
    MatchPath,
)
from guardrail.rulefile.words import (
    Data,
    Kind,
    Language,
    Method,
    Mode,
    Party,
    Precision,
    Purpose,
    Treatment,
)

BIDS = "seatbid[].bid"
"""Where the bids of an OpenRTB 2.6 bid response are (4.2.2)."""


class AssumedSignal(Strict):
    """One fact about the customer, as an item would state it."""

    data: Data | None = None
    method: Method | None = None
    party: Party | None = None
    depth: Count | None = None
    via: list[AssumedSignal] = Field(default_factory=list)
    context: Text | None = None
    category: Category | None = None
    precision: Precision | None = None
    age_seconds: Annotated[float, Field(ge=0)] | None = None
    audience_size: Annotated[float, Field(ge=0)] | None = None


class CampaignAssumeModel(Strict):
    """What is true of the items of one campaign that do not say."""

    signals: list[AssumedSignal] | None = None
    categories: list[Category] | None = None
    purpose: Purpose | None = None
    advertiser: Text | None = None
    sponsored: Flag | None = None
    price_personalised: Flag | None = None
    kind: Kind | None = None


class AssumeModel(CampaignAssumeModel):
    """What is true of items that do not say."""

    campaign: Text | None = None
    campaigns: dict[CampaignPattern, CampaignAssumeModel] = Field(default_factory=dict)


class MatchModel(Strict):
    """Which responses are meant."""

    path: MatchPath
    methods: list[HttpMethod] = Field(default=["GET"], min_length=1)


class AskForModel(Strict):
    """How many items the app is asked for, and how it is told."""

    count: Annotated[int, Field(ge=2)]
    parameter: Text | None = None
    echo: list[FieldPath] = Field(default_factory=list)


def _counted(value: Any) -> Any:
    """A lone number is how many."""
    if isinstance(value, int) and not isinstance(value, bool):
        return {"count": value}
    if value is None or isinstance(value, dict):
        return value
    raise wrong(f"must be a whole number, or count, parameter and echo; not {say(value)}")


def _or_a_count(schema: dict[str, Any]) -> None:
    """A schema that takes a lone number, too."""
    whole = dict(schema)
    schema.clear()
    schema["anyOf"] = [{"type": "integer", "minimum": 2}, *whole.get("anyOf", [whole])]


class FieldsModel(Strict):
    """Where an item of this surface keeps what; a key that is left out keeps its own name."""

    id: FieldPath | None = None
    kind: FieldPath | None = None
    title: FieldPath | None = None
    reason: FieldPath | None = None
    categories: FieldPath | None = None
    signals: FieldPath | None = None
    purpose: FieldPath | None = None
    advertiser: FieldPath | None = None
    campaign: FieldPath | None = None
    creative: FieldPath | None = None
    sponsored: FieldPath | None = None
    price_personalised: FieldPath | None = None
    advertisers: FieldPath | None = None
    attr: FieldPath | None = None
    purchased: FieldPath | None = None


_FALLBACK_SCHEMA = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}],
    "description": "Items that use nothing personal, in the surface's own shape, or a JSON file.",
}


_CREATIVES_SCHEMA = {
    "type": "object",
    "additionalProperties": {"type": "array", "items": {"type": "object"}},
    "description": "By campaign, what may be shown for it, in the surface's own shape.",
}


class SurfaceModel(Strict):
    """One kind of response: where it comes from, and what may be done to its items."""

    match: MatchModel | None = None
    kind: Kind = "recommendation"
    shape: Annotated[str, Choice("shape", ("native", "openrtb-2.6", "ids"))] = "native"
    items: ItemsPath = "items"
    fields_: FieldsModel = Field(default=FieldsModel(), alias="fields")
    purpose: Purpose | None = None
    vertical: Text | None = None
    mode: Mode = "enforce"
    assume: AssumeModel = AssumeModel()
    max_depth: Count | None = None
    treatments: list[Treatment] | None = None
    minimum_items: Count = 0
    fallback: Annotated[Any, Field(json_schema_extra=_FALLBACK_SCHEMA)] = None
    strip: list[FieldPath] = Field(default_factory=list)
    keep_signals: Flag = False
    on_failure: Annotated[str, Choice("answer to a failure", ("pass", "blank"))] | None = None
    creatives: Annotated[Any, Field(json_schema_extra=_CREATIVES_SCHEMA)] = None
    language: Language = "en"
    neutral_reason: Text | None = None
    wider_places: dict[Text, Text] = Field(default_factory=dict)
    show: Annotated[int, Field(ge=1)] | None = None
    ask_for: Annotated[
        AskForModel | None, BeforeValidator(_counted), Field(json_schema_extra=_or_a_count)
    ] = None
    count_fields: list[FieldPath] = Field(default_factory=list)
    seatnonbid: Flag = False
    keep_leaks: Flag = False

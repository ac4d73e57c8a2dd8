"""The shape of a surface."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from guardrail.rulefile.fields import Choice, Count, Flag, Strict, Text
from guardrail.rulefile.values import Category, FieldPath, HttpMethod, ItemsPath, MatchPath
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


class AssumeModel(Strict):
    """What is true of items that do not say."""

    signals: list[AssumedSignal] | None = None
    categories: list[Category] | None = None
    purpose: Purpose | None = None
    advertiser: Text | None = None
    campaign: Text | None = None
    sponsored: Flag | None = None
    price_personalised: Flag | None = None
    kind: Kind | None = None


class MatchModel(Strict):
    """Which responses are meant."""

    path: MatchPath
    methods: list[HttpMethod] = Field(default=["GET"], min_length=1)


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
    count_fields: list[FieldPath] = Field(default_factory=list)
    seatnonbid: Flag = False
    keep_leaks: Flag = False

"""The shape of a rule: its conditions, and one model for each kind."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from guardrail.rulefile.fields import (
    Flag,
    OneOrMany,
    Percent,
    Strict,
    Text,
    TextCondition,
    TextList,
    Weight,
)
from guardrail.rulefile.values import (
    Attribute,
    Category,
    Curve,
    Duration,
    Jurisdiction,
    Name,
    NumberCondition,
    RuleId,
)
from guardrail.rulefile.words import (
    Action,
    AgeBand,
    CapFailure,
    CapScope,
    Concern,
    DataOrUnknown,
    InterestShare,
    Kind,
    Layer,
    Mention,
    MethodOrUnknown,
    MissingFact,
    Mode,
    PartyOrUnknown,
    PrecisionOrUnknown,
    Purpose,
    RepetitionScope,
    Treatment,
)

MOST_IMPRESSIONS = 1000
"""More than anybody is shown in a window, and no more than every ledger keeps."""


class WhenModel(Strict):
    """The conditions of a rule: all must hold; a list is any-of."""

    surface: TextCondition | None = None
    vertical: TextCondition | None = None
    kind: Annotated[list[Kind], OneOrMany()] | None = None
    purpose: Annotated[list[Purpose], OneOrMany()] | None = None
    category: Annotated[list[Category], OneOrMany()] | None = None
    advertiser: TextCondition | None = None
    campaign: TextCondition | None = None
    sponsored: Flag | None = None
    price_personalised: Flag | None = None
    attr: Annotated[list[Attribute], OneOrMany()] | None = None
    terms: TextCondition | None = None
    data: Annotated[list[DataOrUnknown], OneOrMany()] | None = None
    method: Annotated[list[MethodOrUnknown], OneOrMany()] | None = None
    party: Annotated[list[PartyOrUnknown], OneOrMany()] | None = None
    context: TextCondition | None = None
    precision: Annotated[list[PrecisionOrUnknown], OneOrMany()] | None = None
    depth: NumberCondition | None = None
    age_seconds: NumberCondition | None = None
    audience_size: NumberCondition | None = None
    jurisdiction: Annotated[list[Jurisdiction], OneOrMany()] | None = None
    age_band: Annotated[list[AgeBand], OneOrMany()] | None = None
    consent_missing: TextCondition | None = None
    gpc: Flag | None = None
    not_: WhenModel | None = Field(default=None, alias="not")


class RuleModel(Strict):
    """What every kind of rule has."""

    id: RuleId
    title: Text = ""
    when: WhenModel = WhenModel()
    weight: Weight | None = None
    concern: Concern | None = None
    action: Action | None = None
    treatment: Treatment | None = None
    unknown: MissingFact | None = None
    layer: Layer = "rule"
    mode: Mode = "enforce"
    rollout: Percent = 100
    say: Text | None = None
    source: Text | None = None
    expected: dict[Text, Weight] = Field(default_factory=dict)


class SensitiveCategoryModel(RuleModel):
    """What an item reveals or speaks of."""

    kind: Literal["sensitive_category"]


class InferenceDepthModel(RuleModel):
    """How far it was inferred."""

    kind: Literal["inference_depth"]


class SignalModel(RuleModel):
    """What data was used, who passed it on, or what it is used for."""

    kind: Literal["signal"]


class ContextModel(RuleModel):
    """Collected in one part of life, used in another."""

    kind: Literal["context"]


class MannerModel(RuleModel):
    """How it is said."""

    kind: Literal["manner"]
    terms: TextList = Field(default_factory=list)
    mentions: list[Mention] = Field(default_factory=list)


class FrequencyCapModel(RuleModel):
    """How often it is shown."""

    kind: Literal["frequency_cap"]
    per: CapScope
    max_impressions: Annotated[int, Field(ge=1, le=MOST_IMPRESSIONS)] | None = None
    window: Duration | None = None
    cooldown: Duration | None = None
    on_failure: CapFailure = "allow"


class SignModel(Strict):
    """One part of a story that items tell together; either of the two shows it."""

    terms: TextList = Field(default_factory=list)
    categories: list[Category] = Field(default_factory=list)


class CombinationModel(RuleModel):
    """What harmless items tell together."""

    kind: Literal["combination"]
    signs: dict[Name, SignModel]
    at_least: Annotated[int, Field(ge=2)] = 2
    window: Duration | None = None


class RepetitionModel(RuleModel):
    """How much it weighs to be shown once more."""

    kind: Literal["repetition"]
    per: RepetitionScope
    window: Duration
    curve: Curve
    stated_interest: InterestShare = "half"


RULE_MODELS: dict[str, type[RuleModel]] = {
    "sensitive_category": SensitiveCategoryModel,
    "inference_depth": InferenceDepthModel,
    "frequency_cap": FrequencyCapModel,
    "combination": CombinationModel,
    "repetition": RepetitionModel,
    "signal": SignalModel,
    "manner": MannerModel,
    "context": ContextModel,
}
AnyRule = Annotated[
    SensitiveCategoryModel
    | InferenceDepthModel
    | FrequencyCapModel
    | CombinationModel
    | RepetitionModel
    | SignalModel
    | MannerModel
    | ContextModel,
    Field(discriminator="kind"),
]

"""The shape of a rule file: tolerance, categories, surfaces and rules."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from guardrail.rulefile.fields import Strict, Text, TextList, Weight, wrong
from guardrail.rulefile.leak_schema import LeaksModel
from guardrail.rulefile.phrasing_schema import LanguageCode, PhrasingModel
from guardrail.rulefile.rule_schema import AnyRule
from guardrail.rulefile.surface_schema import SurfaceModel
from guardrail.rulefile.values import CategoryIds, Jurisdiction, Name, Slug
from guardrail.rulefile.words import Mode

FORMAT_VERSION = 1


class CategoryModel(Strict):
    """A sensitive category: how sensitive, and how it is recognised."""

    title: Text = ""
    weight: Weight = 0.0
    evidence: Text = ""
    ids: CategoryIds = Field(default_factory=dict)
    terms: TextList = Field(default_factory=list)
    proxies: CategoryIds = Field(default_factory=dict)
    hints: TextList = Field(default_factory=list)
    unless: TextList = Field(default_factory=list)


def _ascending(presets: dict[str, float]) -> dict[str, float]:
    values = list(presets.values())
    if not values:
        raise wrong("name at least one preset")
    if any(low >= high for low, high in pairwise(values)):
        raise wrong("presets must ascend: each tolerates more than the one before it")
    return presets


class ToleranceModel(Strict):
    """The presets that a customer may choose from, ascending, and the one that holds else."""

    presets: Annotated[dict[Name, Weight], AfterValidator(_ascending)] | None = None
    default: Name | None = None
    regions: dict[Jurisdiction, Weight] = Field(default_factory=dict)


class RuleFileModel(Strict):
    """A rule file as a whole."""

    guardrail: Literal[1]
    mode: Mode = "enforce"
    tolerance: ToleranceModel | None = None
    categories: dict[Slug, CategoryModel] = Field(default_factory=dict)
    surfaces: dict[Name, SurfaceModel] = Field(default_factory=dict)
    rules: list[AnyRule] = Field(default_factory=list)
    leaks: LeaksModel = LeaksModel()
    phrasing: dict[LanguageCode, PhrasingModel] = Field(default_factory=dict)

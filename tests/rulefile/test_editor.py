"""The JSON Schema for editors, and the reference of every key, say what the loader knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from guardrail.model import DATA_KINDS, PURPOSES
from guardrail.rulefile import load, schema
from guardrail.rulefile.case_schema import CustomerModel, ExpectedModel, GivenModel, SeenWhen
from guardrail.rulefile.rule_schema import RULE_MODELS, WhenModel
from guardrail.rulefile.schema import CategoryModel, RuleFileModel, ToleranceModel
from guardrail.rulefile.surface_schema import (
    AssumedSignal,
    AssumeModel,
    FieldsModel,
    MatchModel,
    SurfaceModel,
)
from guardrail.ruleset import RULE_KINDS, TREATMENTS

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "rule-files.md"
MODELS: list[type[BaseModel]] = [
    *(RuleFileModel, ToleranceModel, CategoryModel, SurfaceModel, MatchModel, FieldsModel),
    *(AssumeModel, AssumedSignal, WhenModel, *RULE_MODELS.values()),
    *(GivenModel, CustomerModel, ExpectedModel, SeenWhen),
]


def nested(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a JSON value."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for one in value if isinstance(value, list) else ():
        yield from nested(one)


def test_it_is_json_and_names_its_dialect() -> None:
    """An editor can read it as it is."""
    assert json.loads(json.dumps(schema())) == schema()
    assert schema()["$schema"].endswith("2020-12/schema")


def test_no_value_may_be_null() -> None:
    """An absent key is left out in rule files; the loader refuses a null."""
    found = list(nested(schema()))
    assert not any(one.get("type") == "null" for one in found)
    assert not any("default" in one and one["default"] is None for one in found)


def test_unknown_keys_are_marked_in_every_object() -> None:
    """A typing error shows while it is made."""
    for name, definition in schema()["$defs"].items():
        if "properties" in definition:
            assert definition["additionalProperties"] is False, name


def test_fixed_words_are_offered() -> None:
    """Completion knows every word, and either one or a list."""
    when = schema()["$defs"]["WhenModel"]["properties"]
    one, many = when["data"]["anyOf"]
    assert set(one["enum"]) == DATA_KINDS | {"unknown"}
    assert many["items"] == one
    assert set(when["purpose"]["anyOf"][0]["enum"]) == PURPOSES
    surface = schema()["$defs"]["SurfaceModel"]["properties"]
    assert surface["treatments"]["items"]["enum"] == list(TREATMENTS)


def test_every_kind_of_rule_is_there() -> None:
    """One model for each kind that the guard knows."""
    assert set(RULE_MODELS) == set(RULE_KINDS)
    assert set(schema()["properties"]["rules"]["items"]["discriminator"]["mapping"]) == {
        *RULE_KINDS
    }


def test_the_reference_names_every_key_and_kind() -> None:
    """A key that is not described does not exist for anybody."""
    text = REFERENCE.read_text(encoding="utf-8")
    keys = {field.alias or n for model in MODELS for n, field in model.model_fields.items()}
    missing = sorted(key for key in {*keys, *RULE_KINDS} if f"`{key}`" not in text)
    assert missing == []


def test_the_example_of_the_reference_loads(tmp_path: Path) -> None:
    """What people copy must work."""
    text = REFERENCE.read_text(encoding="utf-8")
    example = text.split("```yaml", 1)[1].split("```", 1)[0]
    path = tmp_path / "a.yaml"
    path.write_text(example, encoding="utf-8")
    assert {rule.kind for rule in load(path).rules} == set(RULE_KINDS)

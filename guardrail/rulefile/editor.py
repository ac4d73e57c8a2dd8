"""The JSON Schema of rule files, for editors."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from guardrail.rulefile.schema import RuleFileModel


class _WithoutNull(GenerateJsonSchema):
    """An absent key is left out, never null: so say no null and no default of null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        described = super().default_schema(schema)
        if described.get("default", 0) is None:
            del described["default"]
        return described


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a rule file, as JSON-ready data."""
    described = RuleFileModel.model_json_schema(by_alias=True, schema_generator=_WithoutNull)
    return {"$schema": GenerateJsonSchema.schema_dialect, **described, "title": "guardrail rules"}

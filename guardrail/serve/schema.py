"""Words to write JSON Schema with (2020-12, as OpenAPI 3.1 has it)."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    """A reference to a schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def text(about: str, **more: Any) -> Schema:
    """A text."""
    return {"type": "string", "description": about, **more}


def one_of(words: Any, about: str) -> Schema:
    """A text, with the words that are understood; others are unknown, and refused nowhere."""
    return text(f"{about} One of: {', '.join(sorted(words))}.")


def maybe(schema: Schema) -> Schema:
    """The same, or null."""
    return {**schema, "type": [schema["type"], "null"]}


def list_of(items: Schema, about: str, **more: Any) -> Schema:
    """An array."""
    return {"type": "array", "items": items, "description": about, **more}


def score(about: str) -> Schema:
    """A number from 0 to 100."""
    return {"type": "number", "minimum": 0, "maximum": 100, "description": about}


TEXTS: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}

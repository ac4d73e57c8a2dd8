"""What ``GET /openapi.json`` gives: the service described for programs (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any

from guardrail.serve.refused import PROBLEM
from guardrail.serve.schema import Schema, ref
from guardrail.serve.schemas_given import GIVEN
from guardrail.serve.schemas_taken import TAKEN

_REFUSALS = {
    400: "The JSON is not what was asked for; `pointer` says where.",
    401: "No token, or one that is not known.",
    405: "Another method; `Allow` says which.",
    411: "No Content-Length.",
    413: "Longer than GUARDRAIL_MAX_BODY_BYTES.",
    415: "Not JSON in UTF-8, or compressed.",
    422: "The rule set has no surface of this name.",
}


def document() -> dict[str, Any]:
    """The OpenAPI document. It says nothing of the rule set in force, so it needs no token."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "guardrail",
            "version": "1",
            "summary": "Judges recommendations and ads before somebody sees them.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": {
            "/v1/review": {"post": _review()},
            "/v1/review-many": {"post": _review_many()},
            "/v1/health": {
                "get": _read("health", "Whether it is serving, by which rules.", ref("Health"))
            },
            "/openapi.json": {
                "get": _read("openapi", "This description.", {"type": "object"}),
            },
        },
        "components": {
            "schemas": {**TAKEN, **GIVEN},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _review() -> dict[str, Any]:
    return _judging(
        "review",
        "Judge items, or a response body, for one customer.",
        ref("Review"),
        ref("Decision"),
        {
            "surface": "default",
            "customer": {"id": "c-1001", "tolerance": "balanced"},
            "items": [{"id": "sku-1", "title": "Garden hose", "signals": []}],
        },
    )


def _review_many() -> dict[str, Any]:
    return _judging(
        "reviewMany",
        "Judge several lists, each for its own customer. One that is wrong refuses all.",
        ref("Reviews"),
        ref("Decisions"),
        {"reviews": [{"customer": "c-1001", "items": [{"id": "sku-1", "signals": []}]}]},
    )


def _judging(name: str, summary: str, takes: Schema, gives: Schema, example: Any) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "security": [{"token": []}],
        "parameters": [
            {
                "name": "Sec-GPC",
                "in": "header",
                "description": "1: Global Privacy Control. It can only add protection.",
                "schema": {"type": "string"},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": takes, "example": example}},
        },
        "responses": {
            "200": _content("What happens to each item, and what is to be shown.", gives),
            **{str(status): _problem(about) for status, about in _REFUSALS.items()},
        },
    }


def _read(name: str, summary: str, gives: Schema) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "security": [],
        "responses": {"200": _content(summary, gives), "405": _problem(_REFUSALS[405])},
    }


def _content(about: str, schema: Schema) -> dict[str, Any]:
    return {"description": about, "content": {"application/json": {"schema": schema}}}


def _problem(about: str) -> dict[str, Any]:
    return {"description": about, "content": {PROBLEM: {"schema": ref("Problem")}}}

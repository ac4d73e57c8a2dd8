"""The service against its own description, with requests that nobody thought of (schemathesis)."""

from __future__ import annotations

import copy
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode

from guardrail.serve import ReviewService, openapi
from tests.serve.asking import BEARER, TOKEN, ask, make_service

EXAMPLES = 20
bounded = settings(
    max_examples=EXAMPLES,
    phases=[Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
)


def described(**changes: Any) -> dict[str, Any]:
    """The document, with the surfaces that the rule set of these tests has.

    What surfaces there are is not in the document, since anybody may read that.
    """
    document = copy.deepcopy(openapi.document())
    schemas = document["components"]["schemas"]
    for name in ("ReviewItems", "ReviewBody"):
        schemas[name]["properties"]["surface"] = {"enum": ["home", "ads", "lists", "default"]}
    schemas.update(changes)
    return document


def operations(service: ReviewService, document: dict[str, Any]) -> dict[str, Any]:
    schema = schemathesis.openapi.from_dict(document)
    schema.app = service
    return {each.ok().label: each.ok() for each in schema.get_all_operations()}


def tried(operation: Any, mode: GenerationMode) -> Counter[int]:
    """Ask with generated requests, check every answer in every way; how often which status."""
    seen: Counter[int] = Counter()

    @seed(2026)
    @bounded
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        headers = {"Authorization": BEARER} if "review" in operation.path else {}
        response = case.call_and_validate(headers=headers)
        seen[response.status_code] += 1

    run()
    return seen


@pytest.mark.parametrize("label", ["POST /v1/review", "POST /v1/review-many"])
def test_what_the_description_allows_is_answered_as_it_says(
    service: ReviewService, label: str
) -> None:
    """Status, type, every field of the answer; and without the token nothing."""
    seen = tried(operations(service, described())[label], GenerationMode.POSITIVE)
    assert set(seen) == {200}
    assert seen[200] >= EXAMPLES / 2


@pytest.mark.parametrize("label", ["POST /v1/review", "POST /v1/review-many"])
def test_what_the_description_forbids_is_refused_as_it_says(
    service: ReviewService, label: str
) -> None:
    """Never with a server error. Inside of items and customers nothing is refused, so there
    nothing is forbidden here; tokens have tests of their own.
    """
    anything = {"type": "object"}
    document = described(Item={}, Customer=anything)
    for path in document["paths"].values():
        for operation in path.values():
            operation["security"] = []
    seen = tried(operations(service, document)[label], GenerationMode.NEGATIVE)
    assert set(seen) - {200} <= {400, 415, 422}
    assert sum(seen.values()) - seen[200] >= EXAMPLES / 2


@pytest.mark.parametrize("label", ["GET /v1/health", "GET /openapi.json"])
def test_what_is_open_is_answered_as_described(service: ReviewService, label: str) -> None:
    """Without a token."""
    assert set(tried(operations(service, described())[label], GenerationMode.POSITIVE)) == {200}


def test_the_description_needs_no_token_and_tells_no_rules(tmp_path: Path) -> None:
    """It is the same whatever rules are in force."""
    service = make_service(tmp_path)
    answered = ask(service, "/openapi.json", method="GET", HTTP_AUTHORIZATION=None)
    assert answered.json == openapi.document()
    assert TOKEN.encode() not in answered.body
    assert b"blanked" not in answered.body
    service.close()

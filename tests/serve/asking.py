"""The service in process: a small rule set, and a client that reads what it answers."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

from guardrail.serve import ReviewService, create
from tests.service.shop import BOUGHT, SEARCHED

TOKEN = "a-token-of-tests-only"
BEARER = f"Bearer {TOKEN}"
RULES = """\
guardrail: 1
tolerance:
  presets: {strict: 50, balanced: 68, relaxed: 80}
  default: balanced
categories:
  health.pregnancy: {title: Pregnancy, weight: 63, evidence: judgement}
surfaces:
  default: {treatments: []}
  home:
    match: {path: /home, methods: [GET]}
    treatments: [drop_reason, replace]
    minimum_items: 1
    fallback: [{id: kettle, title: Kettle}]
  ads:
    match: {path: /ads}
    kind: ad
    treatments: []
  lists:
    match: {path: /lists}
    items: results[].hits
    fields: {id: sku, title: name}
    count_fields: [total]
    treatments: []
  blanked:
    match: {path: /blanked}
    on_failure: blank
  passing:
    match: {path: /passing}
    on_failure: pass
rules:
  - {id: sensitive, kind: sensitive_category, title: Sensitive, say: It may be private.}
  - {id: searched, kind: signal, when: {data: search_history}, weight: 60, say: You searched.}
  - {id: bought, kind: signal, when: {data: purchase_history}, weight: 54.6}
  - {id: passed-on, kind: signal, when: {party: third}, weight: 62}
  - id: once
    kind: frequency_cap
    when: {kind: ad}
    per: campaign
    max_impressions: 1
    window: 24h
"""
GOOD = {"id": "hose", "title": "Garden hose", "signals": [BOUGHT]}
BAD = {"id": "acid", "categories": ["health.pregnancy"], "signals": [SEARCHED]}
AD = {"id": "ad-1", "campaign": "c-1", "signals": []}
NOW = 1_795_341_600.0
HOME = {"surface": "home", "customer": "c-1001", "items": [GOOD, BAD]}


class Answered(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def rules_in(folder: Path, text: str = RULES) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "rules.yaml").write_text(text, encoding="utf-8")
    return str(folder)


def make_service(folder: Path, **arguments: Any) -> ReviewService:
    given: dict[str, Any] = {"token": TOKEN, "clock": lambda: NOW, **arguments}
    return create(rules=rules_in(folder / "rules"), **given)


def environ_of(method: str, path: str, body: bytes, **extra: Any) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "wsgi.input": io.BytesIO(body),
        "HTTP_AUTHORIZATION": BEARER,
    }
    if method == "POST":
        environ |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body))}
    environ |= extra
    setup_testing_defaults(environ)
    return {key: value for key, value in environ.items() if value is not None}


def ask(
    service: Callable[..., Any],
    path: str = "/v1/review",
    given: object = None,
    *,
    method: str = "POST",
    **extra: Any,
) -> Answered:
    """One request through the validator of PEP 3333. ``extra`` are keys of environ; None = gone."""
    body = given if isinstance(given, bytes) else json.dumps(given).encode()
    said: list[Any] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        said.extend((status, headers))
        return lambda _: None

    iterable = validator(service)(environ_of(method, path, body, **extra), start_response)
    try:
        whole = b"".join(iterable)
    finally:
        iterable.close()
    names = [name.lower() for name, _ in said[1]]
    assert len(names) == len(set(names))
    return Answered(
        int(said[0].split()[0]), {name.lower(): value for name, value in said[1]}, whole
    )

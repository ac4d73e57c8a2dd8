"""The shells with a guard that has rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import pytest
from intercept_fakes import App, Server, environ_for, serve

from guardrail import Guardrail, GuardrailMiddleware
from guardrail.intercept.needs import DECISION

RULES = """
guardrail: 1
surfaces:
  shelf:
    match: {path: /shelf, methods: [GET]}
    treatments: []
rules:
  - id: bought
    kind: signal
    when: {party: third}
    action: suppress
  - id: twice
    kind: frequency_cap
    per: item
    max_impressions: 1
    window: 1h
"""
ITEMS = [{"id": "a", "signals": []}, {"id": "b", "signals": [{"party": "third", "depth": 2}]}]
BODY = json.dumps({"items": ITEMS}).encode()


@pytest.fixture
def rules(tmp_path: Path) -> str:
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    return str(tmp_path)


@pytest.fixture
def guarded(rules: str) -> Iterator[GuardrailMiddleware]:
    middleware = GuardrailMiddleware(
        App(BODY), rules=rules, clock=lambda: 1_800_000_000.0, customer=lambda _: "c-1"
    )
    yield middleware
    middleware.guard.close()


def shown(served: Any) -> list[str]:
    return [item["id"] for item in json.loads(served.body)["items"]]


def test_a_response_is_guarded_by_its_rules(guarded: GuardrailMiddleware) -> None:
    """What a rule takes out is gone, and the decision says why."""
    environ = environ_for()
    assert shown(Server(environ).run(guarded)) == ["a"]
    verdicts = {verdict.id: verdict.verdict for verdict in environ[DECISION].items}
    assert verdicts == {"a": "allow", "b": "suppress"}


def test_only_what_went_out_counts(guarded: GuardrailMiddleware) -> None:
    """HEAD, prefetches and clients that are gone use up no cap; a response that is seen does."""
    serve(guarded, REQUEST_METHOD="HEAD")
    assert shown(serve(guarded, HTTP_SEC_PURPOSE="prefetch")) == ["a"]
    assert shown(serve(guarded, take=1)) == ["a"]
    assert shown(serve(guarded)) == ["a"]
    assert shown(serve(guarded)) == []


def test_visitors_without_a_name_are_counted_by_their_session(rules: str) -> None:
    """The same cookie is the same visitor; no cookie is a new one."""
    middleware = GuardrailMiddleware(App(BODY), rules=rules)
    first = serve(middleware)
    cookie = (first.header("Set-Cookie") or "").partition(";")[0]
    assert (shown(first), shown(serve(middleware, HTTP_COOKIE=cookie))) == (["a"], [])
    assert shown(serve(middleware)) == ["a"]
    middleware.guard.close()


def test_a_flask_app_and_a_page_count_together(rules: str) -> None:
    """``review`` asks the guard of the app."""
    app = flask.Flask("shop")
    app.config["GUARDRAIL_RULES"] = rules
    guard = Guardrail(app)
    guard.customer(lambda: "c-1")
    app.add_url_rule("/shelf", view_func=lambda: flask.Response(BODY, mimetype="application/json"))
    assert list(guard.review(ITEMS, customer="c-1", surface="shelf").kept) == [{"id": "a"}]
    assert app.test_client().get("/shelf").get_json() == {"items": []}
    guard.close()

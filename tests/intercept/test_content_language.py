"""Copy is softened in the language that the response says it is in."""

from __future__ import annotations

import json

import pytest
from intercept_fakes import environ_for

from guardrail import GuardrailMiddleware

RULES = """\
guardrail: 1
surfaces:
  shelf: {match: {path: /shelf}, treatments: [depersonalise_copy]}
rules:
  - {id: named, kind: manner, mentions: [person], weight: 90}
"""
COPY = "Nur für dich, Anna: Schuhe. Picked for you"


@pytest.mark.parametrize(
    ("language", "title"),
    [("de", "Schuhe. Picked for you"), ("de-AT", "Schuhe. Picked for you"), (None, "Schuhe.")],
)
def test_its_table_is_tried_first(tmp_path, language, title):
    """What is said in another language stays, as long as nobody objects to it."""
    (tmp_path / "rules.yaml").write_text(RULES)
    headers = [("Content-Type", "application/json")]
    headers += [("Content-Language", language)] if language else []

    def shop(_, start_response):
        start_response("200 OK", headers)
        return [json.dumps({"items": [{"id": "a", "title": COPY, "signals": []}]}).encode()]

    app = GuardrailMiddleware(shop, rules=tmp_path)
    response = app(environ_for(), lambda *_: None)
    try:
        assert json.loads(b"".join(response))["items"] == [{"id": "a", "title": title}]
    finally:
        response.close()
        app.guard.close()

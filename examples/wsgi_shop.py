"""A shop in plain WSGI: ``gunicorn examples.wsgi_shop:application``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from examples.shelf import CUSTOMER, ITEMS, RULES
from guardrail import GuardrailMiddleware

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse


def shop(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """What the recommender chose, and for whom."""
    environ["guardrail.customer"] = CUSTOMER
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(ITEMS).encode()]


application = GuardrailMiddleware(shop, rules=RULES)

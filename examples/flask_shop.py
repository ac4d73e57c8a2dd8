"""A Flask shop: ``flask --app examples.flask_shop run``, then ``/api/recommendations``."""

from __future__ import annotations

from flask import Flask

from examples.shelf import CUSTOMER, ITEMS, RULES
from guardrail import Guardrail

app = Flask(__name__)
guard = Guardrail(app, rules=RULES)


@guard.customer
def current_customer() -> dict[str, object]:
    """Who the shop knows the visitor to be."""
    return dict(CUSTOMER)


@app.get("/api/recommendations")
def recommendations() -> dict[str, object]:
    """What the recommender chose."""
    return dict(ITEMS)


application = app.wsgi_app

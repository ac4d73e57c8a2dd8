"""A Bottle shop: ``gunicorn examples.bottle_shop:application``."""

from __future__ import annotations

import bottle

from examples.shelf import CUSTOMER, ITEMS, RULES
from guardrail import GuardrailMiddleware

app = bottle.Bottle()


@app.get("/api/recommendations")  # type: ignore[untyped-decorator]
def recommendations() -> dict[str, object]:
    """What the recommender chose, and for whom."""
    bottle.request.environ["guardrail.customer"] = CUSTOMER
    return dict(ITEMS)


application = GuardrailMiddleware(app, rules=RULES)

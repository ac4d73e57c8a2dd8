"""A FastAPI shop under a WSGI server: ``gunicorn examples.fastapi_shop:application``."""

from __future__ import annotations

from a2wsgi import ASGIMiddleware
from fastapi import FastAPI

from examples.shelf import CUSTOMER, ITEMS, RULES
from guardrail import GuardrailMiddleware

app = FastAPI()


@app.get("/api/recommendations")
async def recommendations() -> dict[str, object]:
    """What the recommender chose."""
    return dict(ITEMS)


application = GuardrailMiddleware(
    ASGIMiddleware(app),
    rules=RULES,
    customer=lambda _: CUSTOMER,
)

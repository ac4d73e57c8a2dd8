"""The shop as a Flask app: two guarded endpoints, a page that compares, a page that counts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request

from example_app.counts import read_counts
from example_app.customers import NOBODY
from example_app.page import choices, facts, totals
from example_app.picture import picture_of
from example_app.shop import Shop
from example_app.sides import in_words
from example_app.visit import COOKIE, VIEWS, Visit, read_visit
from guardrail import Guardrail
from guardrail.model import VERDICTS

RULES = Path(__file__).parent.parent / "rules"
FIRST = "anna"
SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_app(settings: Mapping[str, Any] | None = None, **parts: Any) -> Flask:
    """The shop, guarded. ``settings`` are ``GUARDRAIL_…`` names as for ``app.config``.

    Without ``GUARDRAIL_RULES`` there or in the environment, the repository's rules hold.
    ``parts`` are other goods or people than the files have: the fields of `Shop`.
    """
    app = Flask(__name__)
    app.config.update(settings or {})
    if "GUARDRAIL_RULES" not in os.environ:
        app.config.setdefault("GUARDRAIL_RULES", str(RULES))
    guard = Guardrail(app)
    shop = Shop(guard, **parts)

    def visit(default: str) -> Visit:
        return read_visit(request.args, request.cookies, shop.people, shop.presets, default)

    @guard.customer
    def current_customer() -> dict[str, Any] | None:
        return visit(NOBODY.key).customer

    @app.get("/api/recommendations")
    def recommendations() -> Response:
        return jsonify(items=shop.recommendations(visit(NOBODY.key)))

    @app.get("/api/ads")
    def ads() -> Response:
        return jsonify(items=shop.ads(visit(NOBODY.key)))

    @app.get("/")
    def page() -> Response:
        asked = visit(FIRST)
        shelves = shop.shelves(asked)
        answer = make_response(
            render_template(
                "shop.html",
                shop=shop,
                visit=asked,
                person=asked.person,
                knows=list(facts(asked.person, shop.catalogue)),
                chose=list(choices(asked.person)),
                totals=totals([row for shelf in shelves for row in shelf.rows]),
                shelves=shelves,
                titles=shop.titles,
                picture_of=picture_of,
                in_words=in_words,
            )
        )
        answer.set_cookie(COOKIE, asked.person.key, httponly=True, samesite="Lax")
        answer.set_cookie(VIEWS, str(asked.view + 1), httponly=True, samesite="Lax")
        answer.headers["Cache-Control"] = "private, no-store"
        return answer

    @app.get("/stats")
    def stats() -> tuple[str, int]:
        counts = read_counts(guard)
        page = render_template("stats.html", counts=counts, titles=shop.titles, verdicts=VERDICTS)
        return page, 503 if counts.failed else 200

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.update(SAFE)
        return response

    return app

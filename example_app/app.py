"""The shop as a Flask app: guarded endpoints, pages that compare, a page that counts."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request

from example_app.catalogue import GOODS
from example_app.counts import read_counts
from example_app.customers import NOBODY
from example_app.page import choices, facts, totals
from example_app.picture import picture_of
from example_app.shop import Shop
from example_app.sides import in_words
from example_app.visit import COOKIE, VIEWS, Visit, read_visit
from guardrail import Guardrail
from guardrail.model import VERDICTS

RULES = Path(__file__).parent / "rules"
"""The shipped rules, and beside them what only this shop has."""
FIRST = "anna"
SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

ReadVisit = Callable[[str], Visit]
"""The visit that the request at hand asks for; its argument is who it is where nobody is named."""


def create_app(settings: Mapping[str, Any] | None = None, **parts: Any) -> Flask:
    """The shop, guarded. ``settings`` are ``GUARDRAIL_…`` names as for ``app.config``.

    Without ``GUARDRAIL_RULES`` there or in the environment, the shop's rules hold; the same for
    ``GUARDRAIL_CATALOG``. ``parts`` are other goods or people than the files have: the fields of
    `Shop`.
    """
    app = Flask(__name__)
    app.config.update(settings or {})
    for name, path in (("GUARDRAIL_RULES", RULES), ("GUARDRAIL_CATALOG", GOODS)):
        if name not in os.environ:
            app.config.setdefault(name, str(path))
    guard = Guardrail(app)
    shop = Shop(guard, **parts)

    def visit(default: str) -> Visit:
        return read_visit(request.args, request.cookies, shop.people, shop.presets, default)

    @guard.customer
    def current_customer() -> dict[str, Any] | None:
        return visit(NOBODY.key).customer

    app.jinja_env.globals.update(picture_of=picture_of, in_words=in_words)
    app.context_processor(lambda: {"titles": shop.titles})
    add_data(app, shop, visit)
    add_pages(app, shop, visit)

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.update(SAFE)
        return response

    return app


def add_data(app: Flask, shop: Shop, visit: ReadVisit) -> None:
    """The endpoints that answer with JSON; the middleware stands before them."""

    @app.get("/api/recommendations")
    def recommendations() -> Response:
        return jsonify(items=shop.recommendations(visit(NOBODY.key)))

    @app.get("/api/ads")
    def ads() -> Response:
        return jsonify(items=shop.ads(visit(NOBODY.key)))

    @app.get("/api/similar")
    def similar() -> Response:
        return jsonify(itemList=shop.similar(visit(NOBODY.key)))

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")


def add_pages(app: Flask, shop: Shop, visit: ReadVisit) -> None:
    """The pages for people."""

    @app.get("/")
    def page() -> Response:
        asked = visit(FIRST)
        shelves = shop.shelves(asked)
        answer = remembered(
            asked,
            render_template(
                "shop.html",
                shop=shop,
                visit=asked,
                person=asked.person,
                knows=list(facts(asked.person, shop.catalogue)),
                chose=list(choices(asked.person)),
                totals=totals([row for shelf in shelves for row in shelf.rows]),
                shelves=shelves,
            ),
        )
        answer.set_cookie(VIEWS, str(asked.view + 1), httponly=True, samesite="Lax")
        return answer

    @app.get("/newsletter")
    def newsletter() -> Response:
        asked = visit(FIRST)
        letters = shop.letters(asked)
        mine = letters.get(asked.person.key)
        return remembered(
            asked,
            render_template(
                "newsletter.html",
                shop=shop,
                visit=asked,
                person=asked.person,
                letters=letters,
                letter=mine,
            ),
        )

    @app.get("/treatments")
    def treatments() -> str:
        return render_template("treatments.html", shown=shop.treatments())

    @app.get("/stats")
    def stats() -> tuple[str, int]:
        counts = read_counts(shop.guard)
        page = render_template("stats.html", counts=counts, verdicts=VERDICTS)
        return page, 503 if counts.failed else 200


def remembered(asked: Visit, page: str) -> Response:
    """The page, with the customer in a cookie; nobody but this browser may keep it."""
    answer = make_response(page)
    answer.set_cookie(COOKIE, asked.person.key, httponly=True, samesite="Lax")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer

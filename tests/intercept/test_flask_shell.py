"""The extension: what it does to an app, and what it does without one."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import flask
import pytest
from intercept_fakes import CREEPY, GUARDED, FakeGuard, serve

from guardrail import Guardrail, GuardrailMiddleware
from guardrail.intercept.flask import EXTENSION
from guardrail.intercept.needs import CUSTOMER, DECISION


class FullGuard(FakeGuard):
    """A fake with the calls that need no response."""

    def __init__(self, arguments: Mapping[str, object], app_config: Any = None) -> None:
        super().__init__(unknown_identity="allow")
        self.arguments, self.app_config = dict(arguments), app_config
        self.choices = {"c-1": {"tolerance": 10}}
        self.calls: list[Any] = []

    def review(self, items: Any, **said: Any) -> tuple[Any, ...]:
        self.calls.append("review")
        return (list(items), said)

    def review_stream(self, pairs: Any, *, surface: str, count: bool) -> Any:
        return ((*pair, surface, count) for pair in pairs)

    def review_many(self, pairs: Any, *, surface: str, count: bool) -> list[Any]:
        return [(list(items), customer, surface) for items, customer in pairs]

    def stats(self, since_ms: int | None = None, now_ms: int | None = None) -> Any:
        return ("stats", since_ms, now_ms)

    def refresh(self) -> None:
        self.calls.append("refresh")

    def close(self) -> None:
        self.calls.append("close")


@pytest.fixture(autouse=True)
def _made_up_guards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guardrail.intercept.flask.make_guard", FullGuard)


def shop(name: str = "shop") -> flask.Flask:
    app = flask.Flask(name)

    @app.get("/shelf")
    def shelf() -> flask.Response:
        if "user" in flask.request.args:
            flask.g.user = flask.request.args["user"]
        if "named" in flask.request.args:
            flask.request.environ[CUSTOMER] = flask.request.args["named"]
        return flask.Response(CREEPY, content_type="application/json")

    @app.get("/shelf/stream")
    @app.get("/other")
    def other() -> flask.Response:
        return flask.Response(CREEPY, content_type="application/json")

    return app


@pytest.fixture
def app() -> Iterator[flask.Flask]:
    return shop()


def guard_of(app: flask.Flask) -> FullGuard:
    found: FullGuard = app.extensions[EXTENSION]
    return found


def test_an_app_is_guarded_by_naming_it(app: flask.Flask) -> None:
    """``Guardrail(app)`` wraps its WSGI app and leaves its guard among the extensions."""
    Guardrail(app)
    assert isinstance(app.wsgi_app, GuardrailMiddleware)
    assert app.extensions["guardrail"] is app.wsgi_app.guard
    assert app.test_client().get("/shelf").data == GUARDED
    assert app.test_client().get("/other").data == CREEPY


def test_an_app_may_be_named_later(app: flask.Flask) -> None:
    """The factory pattern: settings first, app after."""
    Guardrail(rules="shop-rules/", mode="observe").init_app(app)
    assert guard_of(app).arguments == {"rules": "shop-rules/", "mode": "observe"}
    assert guard_of(app).app_config is app.config


def test_head_and_the_development_client_work(app: flask.Flask) -> None:
    """Flask answers HEAD by itself."""
    Guardrail(app)
    response = app.test_client().head("/shelf")
    assert (response.status_code, response.data) == (200, b"")
    assert "Content-Length" not in response.headers


def test_one_app_is_guarded_once(app: flask.Flask) -> None:
    """A second time is a mistake, and says so."""
    guard = Guardrail(app)
    with pytest.raises(RuntimeError, match="'shop' is guarded already; call init_app once"):
        guard.init_app(app)
    assert isinstance(app.wsgi_app, GuardrailMiddleware)
    assert not isinstance(app.wsgi_app.app, GuardrailMiddleware)


def test_misspelt_settings_are_reported(app: flask.Flask) -> None:
    """A setting that does nothing is worse than one that is wrong."""
    app.config["GUARDRAIL_RULEZ"] = "rules/"
    with pytest.warns(UserWarning, match="GUARDRAIL_RULEZ .* did you mean 'GUARDRAIL_RULES'"):
        Guardrail(app)


def test_settings_spelt_right_are_not(app: flask.Flask) -> None:
    """Nothing to say, nothing said."""
    app.config["GUARDRAIL_RULES"] = "rules/"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Guardrail(app)


# Who is it for -------------------------------------------------------------------------------


def test_the_decorated_function_names_the_customer(app: flask.Flask) -> None:
    """It runs in the request context, after the view."""
    guard = Guardrail(app)

    @guard.customer
    def current() -> object:
        return {"id": flask.g.user, "path": flask.request.path}

    app.test_client().get("/shelf?user=c-1")
    assert guard_of(app).answers[0]["customer"] == {"id": "c-1", "path": "/shelf"}
    assert callable(current)


def test_it_is_asked_for_guarded_responses_alone(app: flask.Flask) -> None:
    """It may cost a query."""
    guard = Guardrail(app)
    asked: list[str] = []
    guard.customer(lambda: asked.append(flask.request.path))
    for path in ("/other", "/shelf", "/missing"):
        app.test_client().get(path)
    assert asked == ["/shelf"]


def test_what_the_view_says_comes_first(app: flask.Flask) -> None:
    """The view knows best for whom it chose."""
    guard = Guardrail(app)
    guard.customer(lambda: "c-2")
    app.test_client().get("/shelf?named=c-1")
    assert guard_of(app).answers[0]["customer"] == "c-1"


def test_a_function_that_fails_leaves_the_customer_unknown(
    app: flask.Flask, caplog: pytest.LogCaptureFixture
) -> None:
    """The page goes on, and the log tells no id."""
    guard = Guardrail(app)

    @guard.customer
    def current() -> object:
        raise LookupError(flask.g.user)

    assert app.test_client().get("/shelf?user=c-1001").data == GUARDED
    assert guard_of(app).answers[0]["customer"] is None
    assert "LookupError" in caplog.text
    assert "c-1001" not in caplog.text


def test_only_one_function_names_the_customer(app: flask.Flask) -> None:
    """Two would leave it to chance."""
    guard = Guardrail(app)
    guard.customer(lambda: "c-1")
    with pytest.raises(RuntimeError, match="used twice"):
        guard.customer(lambda: "c-2")


def test_a_callable_on_environ_works_too(app: flask.Flask) -> None:
    """For apps whose customer is known outside of Flask."""
    Guardrail(app, customer=lambda environ: environ.get("REMOTE_USER"))
    app.test_client().get("/shelf", environ_overrides={"REMOTE_USER": "c-1"})
    assert guard_of(app).answers[0]["customer"] == "c-1"


def test_the_decision_can_be_read_after_the_response(app: flask.Flask) -> None:
    """By middleware outside, in the environ that it passed in."""
    Guardrail(app)
    served_environ: dict[str, Any] = {}

    def outside(environ: dict[str, Any], start_response: Any) -> Any:
        served_environ.update(outer=environ)
        return app(environ, start_response)

    assert serve(outside).body == GUARDED
    assert served_environ["outer"][DECISION].outcome == "guarded"


# Several apps, and none ----------------------------------------------------------------------


def test_several_apps_have_a_guard_each() -> None:
    """One extension object, two apps, nothing shared but settings."""
    guard = Guardrail()
    one, two = shop("one"), shop("two")
    guard.init_app(one)
    guard.init_app(two)
    assert guard_of(one) is not guard_of(two)
    one.test_client().get("/shelf")
    assert (len(guard_of(one).answers), len(guard_of(two).answers)) == (1, 0)
    with two.app_context():
        assert guard.guard is guard_of(two)
    with pytest.raises(RuntimeError, match=r"guards 2 Flask apps; .*app_context"):
        guard.review([])
    with shop("three").app_context(), pytest.raises(RuntimeError, match="guards 2"):
        guard.review([])


def test_with_one_app_its_guard_reviews(app: flask.Flask) -> None:
    """Counts are shared between pages and e-mail then."""
    guard = Guardrail(app)
    guard.review([1], customer="c-1", surface="home", count=False)
    assert guard_of(app).calls == ["review"]


def test_without_an_app_the_guard_is_made_when_it_is_needed() -> None:
    """From settings and environment, once."""
    guard = Guardrail(rules="rules/")
    decision: Any = guard.review(iter([1, 2]), customer="c-1")
    assert decision == ([1, 2], {"customer": "c-1", "surface": "default", "count": True})
    many: Any = guard.review_many([([1], "c-1"), ([2], None)], surface="mail")
    assert many == [([1], "c-1", "mail"), ([2], None, "mail")]
    stream: Any = guard.review_stream(iter([([1], "c-1")]), surface="mail", count=False)
    assert next(stream) == ([1], "c-1", "mail", False)
    assert guard.choices == {"c-1": {"tolerance": 10}}
    assert guard.stats(1, now_ms=2) == ("stats", 1, 2)
    assert guard.guard.arguments == {"rules": "rules/"}
    guard.refresh()
    guard.close()
    assert guard.guard.calls == ["review", "refresh", "close"]


def test_closing_what_was_never_made_is_fine() -> None:
    """Nothing is made only to be closed."""
    guard = Guardrail(rules="nowhere/")
    guard.refresh()
    guard.close()


def test_every_guard_that_was_made_is_refreshed_and_closed(app: flask.Flask) -> None:
    """Those of apps as well."""
    guard = Guardrail(app)
    guard.refresh()
    guard.close()
    assert guard_of(app).calls == ["refresh", "close"]

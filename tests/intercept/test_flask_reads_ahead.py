"""In Flask what is kept of a customer is asked for just before the view."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import flask
import pytest
from werkzeug.test import TestResponse

from guardrail import Guardrail, GuardrailMiddleware
from guardrail.intercept import session as sessions
from guardrail.intercept.flask import EXTENSION
from guardrail.intercept.needs import CUSTOMER, READ_AHEAD
from tests.intercept.intercept_fakes import CREEPY, FakeGuard

NOBODY: dict[str, object] = {"customer": None, "session": "A" * 22}


@pytest.fixture(autouse=True)
def _made_up_guards(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(arguments: Any, app_config: Any = None) -> FakeGuard:
        guard = FakeGuard(broken=tuple(app_config.get("BROKEN", ())))
        guard.reads_ahead = bool(app_config.get("SHARED", True))
        return guard

    monkeypatch.setattr("guardrail.intercept.flask.make_guard", make)


class Shop:
    """A Flask app with a shelf; ``view`` is called in it, ``calls`` counts its customer's."""

    def __init__(self, view: Callable[[], Any] = lambda: None, **config: Any) -> None:
        self.app = flask.Flask("shop")
        self.app.config.update(config)
        self.guardrail = Guardrail(self.app)
        self.guard: FakeGuard = self.app.extensions[EXTENSION]
        self.calls = 0
        self.seen_by_the_view: list[dict[str, Any]] = []

        @self.app.get("/shelf")
        def shelf() -> flask.Response:
            self.seen_by_the_view = list(self.guard.ahead)
            assert READ_AHEAD not in flask.request.environ
            view()
            return flask.Response(CREEPY, content_type="application/json")

    def names(self, who: Callable[[], object]) -> None:
        @self.guardrail.customer
        def customer() -> object:
            self.calls += 1
            return who()

    def get(self, path: str = "/shelf", **more: Any) -> TestResponse:
        return self.app.test_client(use_cookies=False).get(path, **more)


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    made.names(lambda: flask.g.get("user"))
    return made


def logs_in(app: flask.Flask, user: object = "c-1") -> None:
    @app.before_request
    def load_user() -> None:
        flask.g.user = user


def test_functions_added_after_the_guard_have_run(shop: Shop) -> None:
    """The guard comes first when the app is made, and who is logged in is known only later."""
    logs_in(shop.app)
    shop.get()
    assert shop.seen_by_the_view == [{"customer": "c-1", "session": None}]
    assert shop.guard.earlies == [shop.guard]
    assert shop.guard.answers[0]["customer"] == "c-1"


def test_so_have_those_of_the_blueprint() -> None:
    """They run after all of the app's."""
    shop = Shop()
    shop.names(lambda: flask.g.get("user"))
    blueprint = flask.Blueprint("pages", __name__)

    @blueprint.before_request
    def load_user() -> None:
        flask.g.user = "c-2"

    @blueprint.get("/shelf")
    def shelf() -> flask.Response:
        shop.seen_by_the_view = list(shop.guard.ahead)
        return flask.Response(CREEPY, content_type="application/json")

    shop.app.view_functions.clear()
    shop.app.url_map = flask.Flask("empty").url_map
    shop.app.register_blueprint(blueprint)
    shop.get()
    assert shop.seen_by_the_view == [{"customer": "c-2", "session": None}]


def test_what_the_function_says_after_the_view_holds() -> None:
    """A view that logs somebody in has the last word; what was read for another is no use."""
    shop = Shop(lambda: flask.g.__setattr__("user", "new"))
    shop.names(lambda: flask.g.get("user"))
    logs_in(shop.app, "old")
    shop.get()
    assert shop.guard.ahead == [{"customer": "old", "session": None}]
    assert shop.guard.answers[0]["customer"] == "new"


def test_a_function_that_cannot_tell_yet_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """It is asked again after the view."""
    shop = Shop(lambda: flask.g.__setattr__("user", "c-1"))
    shop.names(lambda: flask.g.user)
    assert shop.get().status_code == 200
    assert (shop.guard.ahead, shop.calls) == ([], 2)
    assert shop.guard.answers[0]["customer"] == "c-1"
    assert not caplog.records


def test_what_the_app_set_before_the_view_comes_first(shop: Shop) -> None:
    """As afterwards."""

    @shop.app.before_request
    def say() -> None:
        flask.request.environ[CUSTOMER] = "c-9"

    shop.get()
    assert shop.guard.ahead == [{"customer": "c-9", "session": None}]
    assert shop.calls == 0


def test_a_visitor_whom_nobody_names_is_known_by_the_cookie(shop: Shop) -> None:
    """Asked for once: a customer who came as a visitor before is not asked for as both."""
    users = iter([None, "c-1"])

    @shop.app.before_request
    def load_user() -> None:
        flask.g.user = next(users)

    for _ in range(2):
        shop.get(headers={"Cookie": f"{sessions.NAME}={'A' * 22}.signed"})
    assert shop.guard.ahead == [NOBODY, {"customer": "c-1", "session": None}]


def test_without_a_function_the_cookie_is_enough() -> None:
    """`@guard.customer` need not be used."""
    shop = Shop()
    shop.get(headers={"Cookie": f"{sessions.NAME}={'A' * 22}.signed"})
    assert shop.guard.ahead == [NOBODY]


def test_where_nothing_is_gained_the_function_is_called_once() -> None:
    """In memory: after the view, as ever."""
    shop = Shop(SHARED=False)
    shop.names(lambda: "c-1")
    shop.get()
    assert (shop.guard.ahead, shop.calls) == ([], 1)


def test_a_page_that_is_not_guarded_asks_for_nothing(shop: Shop) -> None:
    """Nor calls the function."""
    logs_in(shop.app)
    assert shop.get("/nowhere").status_code == 404
    assert (shop.guard.ahead, shop.calls) == ([], 0)


def test_an_app_that_answers_before_the_view_is_judged_as_ever(shop: Shop) -> None:
    """Nothing was asked for early; it is read then."""

    @shop.app.before_request
    def answer() -> flask.Response:
        flask.g.user = "c-1"
        return flask.Response(CREEPY, content_type="application/json")

    shop.get()
    assert (shop.guard.ahead, shop.guard.earlies) == ([], [None])
    assert shop.guard.answers[0]["customer"] == "c-1"


def test_a_view_that_fails_lets_go_of_it() -> None:
    """What nobody used is dropped."""
    shop = Shop(lambda: flask.abort(503))
    shop.names(lambda: "c-1")
    assert shop.get().status_code == 503
    assert (len(shop.guard.ahead), shop.guard.dropped) == (1, 1)


def test_a_guard_that_fails_at_it_breaks_no_page() -> None:
    """It is read once the app has answered."""
    shop = Shop(BROKEN=["read_ahead"])
    shop.names(lambda: "c-1")
    assert shop.get().status_code == 200
    assert shop.guard.earlies == [None]


def test_nothing_of_a_request_outlives_it(shop: Shop) -> None:
    """Environ leads to the judge and the judge to environ, until the view or the end of it all."""
    kept: list[dict[str, Any]] = []

    @shop.app.before_request
    def answer() -> flask.Response:
        kept.append(flask.request.environ)
        assert READ_AHEAD in flask.request.environ
        return flask.Response("stop", status=503)

    shop.get()
    assert READ_AHEAD not in kept[0]


def test_a_middleware_around_a_guarded_app_asks_once() -> None:
    """The inner guard does nothing."""
    shop = Shop()
    shop.names(lambda: "c-1")
    outer = FakeGuard()
    outer.reads_ahead = True
    shop.app.wsgi_app = GuardrailMiddleware(  # type: ignore[method-assign]
        shop.app.wsgi_app, guard=outer, customer=lambda _: "c-1"
    )
    shop.get()
    assert (len(outer.ahead), shop.guard.ahead) == (1, [])

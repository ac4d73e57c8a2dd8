"""Who a response is for, and the cookie for those whom nobody names."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from intercept_fakes import CLEAN, App, FakeGuard, Served, environ_for, serve

from guardrail import GuardrailMiddleware
from guardrail.intercept import session
from guardrail.intercept.needs import CUSTOMER

ID = "A" * 22
COOKIE = re.compile(
    r"guardrail_session=([\w-]{22})\.signed; Max-Age=86400; Path=/; HttpOnly; SameSite=Lax"
)


def asked(guard: FakeGuard) -> dict[str, Any]:
    (only,) = guard.answers
    return only


def set_cookie(served: Served) -> str | None:
    return served.header("Set-Cookie")


def test_the_app_names_the_customer_in_the_environ_it_was_given() -> None:
    """It is read after the app has answered."""
    guard = FakeGuard()
    app = App(also=lambda environ: environ.update({CUSTOMER: {"id": "c-1"}}))
    served = serve(GuardrailMiddleware(app, guard=guard, customer=lambda _: "c-2"))
    assert asked(guard)["customer"] == {"id": "c-1"}
    assert asked(guard)["session"] is None
    assert set_cookie(served) is None


def test_a_streaming_app_may_name_the_customer_late() -> None:
    """Anything set before the last piece counts."""
    guard = FakeGuard()

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [("Content-Type", "application/json")])
        yield CLEAN[:5]
        environ[CUSTOMER] = "c-1"
        yield CLEAN[5:]

    serve(GuardrailMiddleware(app, guard=guard))
    assert asked(guard)["customer"] == "c-1"


def test_middleware_outside_may_name_the_customer() -> None:
    """The environ of the server's side counts as well."""
    guard = FakeGuard()
    serve(GuardrailMiddleware(App(), guard=guard), **{CUSTOMER: "c-1"})
    assert asked(guard)["customer"] == "c-1"


def test_a_name_given_outside_while_the_app_runs_is_seen() -> None:
    """The app has a copy; the original is looked at too."""
    guard = FakeGuard()
    environ = environ_for()
    app = App(also=lambda _: environ.update({CUSTOMER: "c-1"}))
    list(GuardrailMiddleware(app, guard=guard)(environ, lambda *_: lambda _: None))
    assert asked(guard)["customer"] == "c-1"


def test_the_callable_names_the_customer_where_the_app_does_not() -> None:
    """It sees what the app left in environ."""
    guard = FakeGuard()
    app = App(also=lambda environ: environ.update({"shop.user": "c-9"}))
    serve(GuardrailMiddleware(app, guard=guard, customer=lambda environ: environ["shop.user"]))
    assert asked(guard)["customer"] == "c-9"


def test_a_callable_that_fails_leaves_the_customer_unknown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The page goes on, and the log tells no id."""

    def broken(environ: dict[str, Any]) -> object:
        raise LookupError("no customer c-1001")

    guard = FakeGuard(unknown_identity="allow")
    with caplog.at_level(logging.ERROR, "guardrail"):
        serve(GuardrailMiddleware(App(), guard=guard, customer=broken))
    assert asked(guard)["customer"] is None
    assert "LookupError" in caplog.text
    assert "in broken" in caplog.text
    assert "c-1001" not in caplog.text.replace('raise LookupError("no customer c-1001")', "")


@pytest.mark.parametrize("name", ["HTTP_GUARDRAIL_CUSTOMER", "HTTP_X_GUARDRAIL_CUSTOMER"])
def test_a_client_cannot_name_the_customer(name: str) -> None:
    """Headers mean nothing."""
    guard = FakeGuard()
    serve(GuardrailMiddleware(App(), guard=guard), **{name: "c-1"})
    assert asked(guard)["customer"] is None


def test_an_unnamed_visitor_gets_a_session() -> None:
    """A random signed id, first-party, for a day."""
    guard = FakeGuard()
    served = serve(GuardrailMiddleware(App(), guard=guard))
    found = COOKIE.fullmatch(set_cookie(served) or "")
    assert found
    assert asked(guard)["session"] == found[1]


def test_two_visitors_get_two_sessions() -> None:
    """Nobody is counted as somebody else."""
    guard = FakeGuard()
    for _ in range(2):
        serve(GuardrailMiddleware(App(), guard=guard))
    assert guard.answers[0]["session"] != guard.answers[1]["session"]


def test_a_session_is_secure_on_https() -> None:
    """By what the server says of the connection."""
    served = serve(GuardrailMiddleware(App(), guard=FakeGuard()), **{"wsgi.url_scheme": "https"})
    assert (set_cookie(served) or "").endswith("; SameSite=Lax; Secure")


def test_a_valid_session_is_used_again() -> None:
    """And no new cookie is set."""
    guard = FakeGuard()
    cookies = f'theme=dark; guardrail_session="{ID}.signed"; other=1'
    served = serve(GuardrailMiddleware(App(), guard=guard), HTTP_COOKIE=cookies)
    assert asked(guard)["session"] == ID
    assert set_cookie(served) is None


@pytest.mark.parametrize("value", [f"{ID}.forged", ID, "", "short.signed", "a" * 5000])
def test_a_session_that_was_not_signed_here_is_replaced(value: str) -> None:
    """A made-up id is no visitor."""
    guard = FakeGuard()
    served = serve(
        GuardrailMiddleware(App(), guard=guard), HTTP_COOKIE=f"guardrail_session={value}"
    )
    assert asked(guard)["session"] not in (None, ID)
    assert COOKIE.fullmatch(set_cookie(served) or "")


def test_the_first_valid_of_several_sessions_counts() -> None:
    """A cookie planted by a sibling domain does not hide the real one; only a few are tried."""
    tried: list[str] = []

    def unsign(text: str) -> str | None:
        tried.append(text)
        return ID if text == "good" else None

    assert session.read("guardrail_session=bad; guardrail_session=good", unsign) == ID
    assert session.read("xguardrail_session=good", unsign) is None
    tried.clear()
    assert session.read("guardrail_session=bad; " * 50, unsign) is None
    assert len(tried) < 10


def test_a_customer_without_an_id_is_told_apart_by_session() -> None:
    """What is known of the visitor is kept beside it."""
    guard = FakeGuard()
    app = App(also=lambda environ: environ.update({CUSTOMER: {"age_band": "child"}}))
    serve(GuardrailMiddleware(app, guard=guard))
    assert asked(guard)["customer"] == {"age_band": "child"}
    assert asked(guard)["session"]


@pytest.mark.parametrize("policy", ["strict", "allow"])
def test_without_the_session_policy_there_is_no_cookie(policy: str) -> None:
    """The setting decides, and an old cookie is not read either."""
    guard = FakeGuard(unknown_identity=policy)
    served = serve(
        GuardrailMiddleware(App(), guard=guard), HTTP_COOKIE=f"guardrail_session={ID}.signed"
    )
    assert asked(guard)["session"] is None
    assert set_cookie(served) is None


def test_cookies_of_the_app_stay_and_come_first() -> None:
    """Ours is one more, at the end."""
    app = App(headers=[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    served = serve(GuardrailMiddleware(app, guard=FakeGuard()))
    cookies = [value for name, value in served.headers if name == "Set-Cookie"]
    assert cookies[:2] == ["a=1", "b=2"]
    assert COOKIE.fullmatch(cookies[2])
    assert len(cookies) == 3


def test_a_response_that_may_be_shared_carries_no_session() -> None:
    """A cache would hand one visitor's session to all."""
    served = serve(GuardrailMiddleware(App(), guard=FakeGuard(personal=False)))
    assert set_cookie(served) is None
    assert served.header("Cache-Control") is None


@pytest.mark.parametrize("status", ["404 Not Found", "200 OK"])
def test_what_was_not_judged_carries_no_session(status: str) -> None:
    """Neither an error page nor a response that could not be read."""
    app = App(b"<html>", status=status, content_type="text/html")
    served = serve(GuardrailMiddleware(app, guard=FakeGuard(on_failure="blank")))
    assert set_cookie(served) is None


@pytest.mark.parametrize(
    "header",
    [
        {"HTTP_SEC_PURPOSE": "prefetch;prerender"},
        {"HTTP_PURPOSE": "prefetch"},
        {"HTTP_X_MOZ": "Prefetch"},
    ],
)
def test_a_prefetch_is_judged_but_not_counted(header: dict[str, str]) -> None:
    """Perhaps nobody ever sees it, so it starts no session either."""
    guard = FakeGuard()
    served = serve(GuardrailMiddleware(App(), guard=guard), **header)
    assert asked(guard)["count"] is False
    assert asked(guard)["session"]
    assert set_cookie(served) is None


def test_a_usual_request_is_counted() -> None:
    """Other purposes are not prefetches."""
    guard = FakeGuard()
    serve(GuardrailMiddleware(App(), guard=guard), HTTP_PURPOSE="view", HTTP_SEC_PURPOSE="")
    assert asked(guard)["count"] is True


@pytest.mark.parametrize(("value", "gpc"), [("1", True), (" 1 ", True), ("0", False), ("", False)])
def test_global_privacy_control_is_passed_on(value: str, gpc: bool) -> None:
    """``Sec-GPC: 1`` and nothing else."""
    guard = FakeGuard()
    serve(GuardrailMiddleware(App(), guard=guard), HTTP_SEC_GPC=value)
    assert asked(guard)["gpc"] is gpc


def test_what_cannot_be_read_is_judged_for_the_same_customer() -> None:
    """Children and opted-out customers get a blank, so the guard must know them here too."""
    guard = FakeGuard()
    app = App(b"<html>", content_type="text/html")
    serve(GuardrailMiddleware(app, guard=guard, customer=lambda _: "c-1"), HTTP_SEC_GPC="1")
    (said,) = guard.unreadables
    assert said == {
        "why": "content_type",
        "customer": "c-1",
        "gpc": True,
        "session": None,
        "body": None,
    }

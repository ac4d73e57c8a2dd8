"""A guard that fails even at saying what holds when it fails."""

from __future__ import annotations

from typing import Any

import pytest
from intercept_fakes import BLANK, CREEPY, App, FakeGuard, environ_for, serve

from guardrail import GuardrailMiddleware
from guardrail.intercept.request import other_methods
from guardrail.ruleset import Surface

LINES = b'{"id":"a"}\n{"id":"b"}\n'


def guarded(app: Any, **guard: Any) -> GuardrailMiddleware:
    return GuardrailMiddleware(app, guard=FakeGuard(**guard))


@pytest.mark.parametrize("broken", ["answer", "sign"])
def test_a_guard_that_fails_blanks_where_that_is_wanted(broken: str) -> None:
    """The shape stays."""
    served = serve(guarded(App(), broken=(broken,), on_failure="blank"))
    assert (served.status, served.body) == ("200 OK", BLANK)


def test_a_guard_that_fails_at_failing_lets_the_apps_response_out() -> None:
    """There is nobody left to ask."""
    app = App(headers=[("ETag", '"1"')])
    served = serve(guarded(app, broken=("answer", "failed"), on_failure="blank"))
    assert (served.body, served.headers) == (CREEPY, app.headers)


@pytest.mark.parametrize("kind", ["application/x-ndjson", "text/event-stream"])
def test_a_guard_that_fails_at_failing_lets_a_stream_through(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Record by record, as it came, with a line in the log that repeats no value."""
    body = LINES if kind.endswith("ndjson") else b'data: {"id":"a"}\n\n'
    served = serve(guarded(App(body, content_type=kind), broken=("answer", "failed")))
    assert served.body == body
    assert "a record passes as it came" in caplog.text
    assert "customer c-1001 tripped it\n" not in caplog.text.replace('"', "")


@pytest.mark.parametrize(("on_failure", "left"), [("pass", LINES), ("blank", b"")])
def test_records_of_a_guard_that_fails_pass_or_go(on_failure: str, left: bytes) -> None:
    """As the surface has it."""
    app = App(LINES, content_type="application/x-ndjson")
    assert serve(guarded(app, broken=("answer",), on_failure=on_failure)).body == left


def test_giving_back_records_may_fail(caplog: pytest.LogCaptureFixture) -> None:
    """Closing goes on."""
    guard = FakeGuard(broken=("release",))
    app = App([b'{"items":[]}\n', b"x"], content_type="application/x-ndjson")
    serve(GuardrailMiddleware(app, guard=guard), take=1)
    assert len(guard.released) == 1
    assert app.body.closed == 1
    assert "could not be given back" in caplog.text


def test_methods_that_a_request_asks_to_be_come_after_its_own() -> None:
    """Empty ones are none."""
    environ = environ_for(
        REQUEST_METHOD="POST",
        QUERY_STRING="_method=PATCH&x=1&_method=",
        HTTP_X_HTTP_METHOD_OVERRIDE="GET",
        HTTP_X_METHOD_OVERRIDE="",
    )
    assert other_methods(environ) == ["GET", "PATCH"]
    assert other_methods({"REQUEST_METHOD": "GET"}) == []


def test_a_request_that_asks_to_be_another_method_may_still_be_nothing_of_ours() -> None:
    """The app gets it as it came."""
    app = App()
    served = serve(guarded(app), REQUEST_METHOD="PUT", HTTP_X_HTTP_METHOD_OVERRIDE="PATCH")
    assert served.body == CREEPY
    assert "guardrail.guarded" not in app.environ


def test_a_request_that_asks_to_be_a_guarded_one_is_guarded_gently() -> None:
    """What can't be judged passes, whatever the surface says."""
    seen: list[Surface] = []

    class Noting(FakeGuard):
        def unreadable(self, why: str, surface: Surface, **said: Any) -> Any:
            seen.append(surface)
            return super().unreadable(why, surface, **said)

    middleware = GuardrailMiddleware(App(b"<p>", content_type="text/html"), guard=Noting())
    serve(middleware, REQUEST_METHOD="PUT", HTTP_X_HTTP_METHOD_OVERRIDE="GET")
    assert [surface.on_failure for surface in seen] == ["pass"]

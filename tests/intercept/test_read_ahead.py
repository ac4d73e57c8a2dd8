"""What is kept of a customer is asked for before the app runs, where it shows who that is."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from guardrail.intercept import session as sessions
from guardrail.intercept.wsgi import GuardrailMiddleware
from tests.intercept.intercept_fakes import App, FakeGuard, serve

COOKIE = f"{sessions.NAME}={'A' * 22}.signed"


def ahead(**keys: Any) -> FakeGuard:
    guard = FakeGuard(**keys)
    guard.reads_ahead = True
    return guard


class Asked:
    """A `customer` callable that knows when it was called."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls = 0

    def __call__(self, environ: dict[str, Any]) -> Any:
        self.calls += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_it_is_asked_before_the_app_and_handed_to_the_answer() -> None:
    """The customer that the callable names, and no session."""
    guard = ahead()
    order: list[int] = []

    class Watching(App):
        def __call__(self, environ: Any, start_response: Any) -> Any:
            order.append(len(guard.ahead))
            return super().__call__(environ, start_response)

    serve(GuardrailMiddleware(Watching(), guard=guard, customer=lambda _: "c-1"))
    assert order == [1]
    assert guard.ahead == [{"customer": "c-1", "session": None}]
    assert guard.earlies == [guard]


def test_what_an_outer_layer_says_comes_first() -> None:
    """As afterwards."""
    guard = ahead()
    app = GuardrailMiddleware(App(), guard=guard, customer=lambda _: "c-1")
    serve(app, **{"guardrail.customer": "c-2"})
    assert guard.ahead == [{"customer": "c-2", "session": None}]


def test_a_visitor_whom_nobody_names_is_known_by_the_cookie() -> None:
    """One that is signed; a new one has nothing to read."""
    guard = ahead()
    serve(GuardrailMiddleware(App(), guard=guard), HTTP_COOKIE=COOKIE)
    assert guard.ahead == [{"customer": None, "session": "A" * 22}]
    for cookies in ("", f"{sessions.NAME}={'A' * 22}.forged"):
        guard.ahead.clear()
        serve(GuardrailMiddleware(App(), guard=guard), HTTP_COOKIE=cookies)
        assert guard.ahead == []


def test_without_sessions_a_cookie_says_nothing() -> None:
    """`unknown_identity` is strict."""
    guard = ahead(unknown_identity="strict")
    serve(GuardrailMiddleware(App(), guard=guard), HTTP_COOKIE=COOKIE)
    assert guard.ahead == []


def test_a_callable_that_cannot_answer_yet_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """It is asked again once the app has answered, and that answer holds."""
    guard, asked = ahead(), Asked(KeyError("session"), "c-1")
    serve(GuardrailMiddleware(App(), guard=guard, customer=asked))
    assert asked.calls == 2
    assert guard.ahead == []
    assert guard.answers[0]["customer"] == "c-1"
    assert not caplog.records


def test_where_nothing_is_gained_nobody_is_asked() -> None:
    """In memory: the callable is called once, after the app, as ever."""
    guard, asked = FakeGuard(), Asked("c-1")
    serve(GuardrailMiddleware(App(), guard=guard, customer=asked))
    assert (asked.calls, guard.ahead) == (1, [])


def test_only_headers_need_nothing_read() -> None:
    """A HEAD is never judged."""
    guard = ahead()
    app = GuardrailMiddleware(App(), guard=guard, customer=lambda _: "c-1")
    serve(app, REQUEST_METHOD="HEAD")
    assert guard.ahead == []


class TestWhatNobodyUsed:
    """It is let go of, once, whatever becomes of the response."""

    def dropped(self, app: Any, **environ: Any) -> int:
        guard = ahead()
        middleware = GuardrailMiddleware(app, guard=guard, customer=lambda _: "c-1")
        with suppress(ValueError):
            serve(middleware, **environ)
        assert len(guard.ahead) == 1
        return guard.dropped

    def test_an_answer_that_is_not_covered(self) -> None:
        """The app's own iterable goes back to the server, so nobody closes ours."""
        assert self.dropped(App(status="404 Not Found")) == 1

    def test_an_app_that_fails(self) -> None:
        """Before it answered, and while its body is read."""

        def app(environ: Any, start_response: Any) -> Any:
            raise ValueError("the app")

        assert self.dropped(app) == 1

        def late(environ: Any, start_response: Any) -> Any:
            start_response("200 OK", [("Content-Type", "application/json")])
            yield b"{"
            raise ValueError("the app")

        assert self.dropped(late) == 1

    def test_a_stream(self) -> None:
        """It may last for hours; its records are read for one by one."""
        lines = App([b'{"id":"a"}\n'], content_type="application/x-ndjson")
        assert self.dropped(lines) == 1

    def test_one_that_was_judged(self) -> None:
        """Whoever answered has taken it; letting go of it again does nothing."""
        assert self.dropped(App()) == 1


def test_a_guard_that_fails_at_it_still_judges() -> None:
    """It is read once the app has answered."""
    guard = ahead(broken=("read_ahead",))
    served = serve(GuardrailMiddleware(App(), guard=guard, customer=lambda _: "c-1"))
    assert served.status == "200 OK"
    assert len(guard.answers) == 1
    assert guard.earlies == [None]

"""What a judged response looks like when it goes out."""

from __future__ import annotations

import gzip
import sys
import zlib
from types import SimpleNamespace
from typing import Any

import pytest
from intercept_fakes import (
    BLANK,
    CLEAN,
    CREEPY,
    GUARDED,
    App,
    FakeAnswer,
    FakeGuard,
    Served,
    Server,
    environ_for,
    serve,
)

from guardrail import GuardrailMiddleware
from guardrail.intercept.judge import AppResponse, compose
from guardrail.intercept.needs import CUSTOMER, DECISION
from guardrail.intercept.needs import GUARDED as MARK

DROPPED = ("ETag", "Last-Modified", "Content-MD5", "Digest", "Repr-Digest", "Content-Digest")
ABOUT_BODY = [*((name, "x") for name in DROPPED), ("Accept-Ranges", "bytes")]


def guarded(app: Any, **guard: Any) -> GuardrailMiddleware:
    return GuardrailMiddleware(app, guard=FakeGuard(**guard))


def run(app: Any, guard: FakeGuard, **environ: Any) -> tuple[Served, dict[str, Any]]:
    full = environ_for(**environ)
    return Server(full).run(GuardrailMiddleware(app, guard=guard)), full


# What the app is asked -----------------------------------------------------------------------


def test_the_app_is_asked_for_a_whole_readable_body() -> None:
    """No range, no "as you have it", no compression; the server's environ stays as it was."""
    conditions = {
        "HTTP_IF_NONE_MATCH": '"1"',
        "HTTP_IF_MODIFIED_SINCE": "yesterday",
        "HTTP_IF_RANGE": '"1"',
        "HTTP_RANGE": "bytes=0-9",
    }
    _, environ = run(app := App(), FakeGuard(), HTTP_ACCEPT_ENCODING="gzip, br", **conditions)
    assert not conditions.keys() & app.environ.keys()
    assert app.environ["HTTP_ACCEPT_ENCODING"] == "identity"
    assert environ["HTTP_ACCEPT_ENCODING"] == "gzip, br"
    assert environ["HTTP_RANGE"] == "bytes=0-9"
    assert MARK not in environ


def test_a_path_in_another_script_is_told_apart() -> None:
    """The path is matched from the root of the site, as text."""
    asked: list[tuple[str, str]] = []
    guard = FakeGuard()
    guard.surface_for = lambda method, path: asked.append((method, path))  # type: ignore[assignment]
    middleware = GuardrailMiddleware(App(), guard=guard)
    serve(middleware, path="/für".encode().decode("latin-1"), SCRIPT_NAME="/shop")
    serve(middleware, path="/\xff", REQUEST_METHOD="POST")
    assert asked == [("GET", "/shop/für"), ("POST", "/\N{REPLACEMENT CHARACTER}")]


# What goes out -------------------------------------------------------------------------------


def test_a_changed_body_goes_out_with_its_own_headers() -> None:
    """Right length, no validators of the old body, not for shared caches, others untouched."""
    told = [
        ("Set-Cookie", "a=1"),
        ("Cache-Control", "public, max-age=60"),
        ("X-Shop", "1"),
        ("Content-Length", str(len(CREEPY))),
        ("Expires", "tomorrow"),
    ]
    app = App(headers=told + ABOUT_BODY)
    served, _ = run(app, FakeGuard(unknown_identity="strict"))
    assert served.body == GUARDED
    assert served.headers == [
        ("Content-Type", "application/json"),
        ("Set-Cookie", "a=1"),
        ("Cache-Control", "private, no-store"),
        ("X-Shop", "1"),
        ("Content-Length", str(len(GUARDED))),
    ]


def test_what_does_not_depend_on_the_customer_may_be_cached() -> None:
    """The app's own word on caching stays."""
    app = App(headers=[("Cache-Control", "public, max-age=60")])
    served, _ = run(app, FakeGuard(personal=False))
    assert served.body == GUARDED
    assert served.header("Cache-Control") == "public, max-age=60"


def test_what_passes_unjudged_for_one_customer_is_shared_with_none() -> None:
    """A child would have got a blank in its place; the app's validators stay with its bytes."""
    headers = [("Cache-Control", "public"), ("ETag", '"1"'), ("Expires", "tomorrow")]
    unjudged = FakeAnswer(None, FakeGuard().decision("not_readable(json)"), personal=True)
    plan = compose(AppResponse("200 OK", headers), unjudged, "a=b", None)
    assert plan.body is None
    assert plan.headers == [("Cache-Control", "private, no-store"), ("ETag", '"1"')]


def test_a_clean_body_goes_out_as_the_apps_own_bytes() -> None:
    """Not even a space is changed; but it is this customer's result."""
    spaced = CLEAN.replace(b":", b" : ")
    app = App([spaced[:5], spaced[5:]], headers=[("X-Shop", "1"), ("ETag", '"1"')])
    served, _ = run(app, FakeGuard(unknown_identity="strict"))
    assert served.body == spaced
    assert served.headers == [
        ("Content-Type", "application/json"),
        ("X-Shop", "1"),
        ("ETag", '"1"'),
        ("Content-Length", str(len(spaced))),
        ("Cache-Control", "private, no-store"),
    ]


def test_a_wrong_length_is_put_right() -> None:
    """Servers would cut the JSON, or wait for what never comes."""
    served, _ = run(App(CLEAN, headers=[("Content-Length", "3")]), FakeGuard())
    assert served.header("Content-Length") == str(len(CLEAN))


def test_observe_leaves_bytes_and_headers_as_they_were() -> None:
    """Whatever would have been decided."""
    headers = [("Cache-Control", "public"), ("ETag", '"1"'), ("Content-Encoding", "gzip")]
    app = App(gzip.compress(CREEPY), headers=headers)
    served, environ = run(app, FakeGuard(mode="observe"))
    assert served.body == gzip.compress(CREEPY)
    assert served.headers == app.headers
    assert environ[DECISION].outcome == "observed"


def test_the_decision_is_there_before_the_first_byte() -> None:
    """For the app's environ and for middleware outside."""
    environ = environ_for()
    held: Any = guarded(app := App())(environ, lambda *_: lambda _: None)
    assert DECISION not in environ
    next(held)
    assert environ[DECISION].outcome == "guarded"
    assert app.environ[DECISION] is environ[DECISION]
    held.close()


@pytest.mark.parametrize("coding", ["gzip", "X-GZIP", "deflate"])
@pytest.mark.parametrize(("body", "sent"), [(CREEPY, GUARDED), (CLEAN, CLEAN)])
def test_compression_that_was_not_asked_for_is_undone(
    coding: str, body: bytes, sent: bytes
) -> None:
    """Judged and sent without it, whether changed or not."""
    packed = zlib.compress(body) if coding == "deflate" else gzip.compress(body)
    told = [("Content-Encoding", coding), ("ETag", '"1"'), ("Content-Length", str(len(packed)))]
    served, _ = run(App(packed, headers=told), FakeGuard())
    assert served.body == sent
    assert served.header("Content-Encoding") is None
    assert served.header("ETag") is None
    assert served.header("Content-Length") == str(len(sent))


def test_a_byte_order_mark_is_not_judged() -> None:
    """The guard sees JSON; an unchanged body keeps its mark."""
    guard = FakeGuard()
    served, _ = run(App(b"\xef\xbb\xbf" + CLEAN), guard)
    assert guard.answers[0]["body"] == CLEAN
    assert served.body == b"\xef\xbb\xbf" + CLEAN


# HEAD ----------------------------------------------------------------------------------------


def test_head_is_not_covered_and_has_no_body() -> None:
    """How long the guarded body would be is not known; nothing is counted."""
    guard = FakeGuard()
    app = App(headers=[("Content-Length", "70"), ("ETag", '"1"'), ("X-Shop", "1")])
    served, environ = run(app, guard, REQUEST_METHOD="HEAD")
    assert served.body == b""
    assert served.headers == [("Content-Type", "application/json"), ("X-Shop", "1")]
    assert environ[DECISION].outcome == "not_covered"
    assert (guard.answers, guard.not_covered_count, app.body.closed) == ([], 1, 1)


def test_head_of_an_app_that_gives_no_body() -> None:
    """Frameworks leave the body out themselves."""
    served, environ = run(App(()), FakeGuard(), REQUEST_METHOD="HEAD")
    assert (served.status, served.body) == ("200 OK", b"")
    assert environ[DECISION].outcome == "not_covered"


# What can't be read --------------------------------------------------------------------------

UNREADABLE = {
    "too_large": App(b"[" + b"0" * 4096),
    "charset": App(b'{"a":"\xe4"}'),
    "content_type": App(b"<html>", content_type="text/html"),
    "encoding": App(b"x", headers=[("Content-Encoding", "br")]),
    "partial": App(
        b'{"ite', status="206 Partial Content", headers=[("Content-Range", "bytes 0-4/70")]
    ),
    "stream": App([b"{}\n", b"{}\n"], content_type="application/json-seq"),
    "json": App(b"{"),
}


def again(app: App) -> App:
    """A fresh app like one in the table."""
    return App(list(app.chunks), status=app.status, headers=app.headers, content_type=None)


@pytest.mark.parametrize("why", UNREADABLE)
def test_what_cannot_be_read_can_pass(why: str) -> None:
    """With every byte and header that the app gave."""
    app = again(UNREADABLE[why])
    served, environ = run(app, FakeGuard())
    assert (served.status, served.headers) == (app.status, app.headers)
    assert served.body == b"".join(app.chunks)
    assert environ[DECISION].outcome == f"not_readable({why})"


@pytest.mark.parametrize("why", UNREADABLE)
def test_what_cannot_be_read_can_be_blanked(why: str) -> None:
    """A whole JSON response that says nothing of the body it stands for, nor may be shared."""
    served, environ = run(app := again(UNREADABLE[why]), FakeGuard(on_failure="blank"))
    assert (served.status, served.body) == ("200 OK", BLANK)
    assert served.headers == [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(BLANK))),
        ("Cache-Control", "private, no-store"),
    ]
    assert environ[DECISION].outcome == f"not_readable({why})"
    assert app.body.closed == 1


def test_a_body_of_exactly_the_limit_is_judged() -> None:
    """The limit is the longest body that is held."""
    assert serve(guarded(App(), max_body_bytes=len(CREEPY))).body == GUARDED
    assert serve(guarded(App(), max_body_bytes=len(CREEPY) - 1)).body == CREEPY


def test_a_body_that_unpacks_too_large_passes_packed() -> None:
    """The client gets what the app sent."""
    packed = gzip.compress(b" " * 5000)
    served, environ = run(App(packed, headers=[("Content-Encoding", "gzip")]), FakeGuard())
    assert served.body == packed
    assert served.header("Content-Encoding") == "gzip"
    assert environ[DECISION].outcome == "not_readable(too_large)"


def test_a_whole_body_that_cannot_be_read_is_shown_to_the_guard() -> None:
    """So that a blank can have its shape."""
    guard = FakeGuard()
    run(App(b'{"a":"\xe4"}'), guard)
    assert guard.unreadables[0]["body"] == b'{"a":"\xe4"}'


def test_a_lying_content_type_keeps_its_name() -> None:
    """The items in it are judged; what the app calls it is left alone."""
    served, _ = run(App(content_type="text/html"), FakeGuard())
    assert served.body == GUARDED
    assert served.header("Content-Type") == "text/html"


def test_a_body_without_content_type_is_judged_by_how_it_begins() -> None:
    """An app may forget the header."""
    assert serve(guarded(App(content_type=None))).body == GUARDED


# Failures of our own -------------------------------------------------------------------------


@pytest.mark.parametrize("broken", ["answer", "sign"])
def test_a_guard_that_fails_lets_the_apps_response_out(
    broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Byte for byte, with a log line that repeats no value."""
    app = App([CREEPY[:9], CREEPY[9:]], headers=[("ETag", '"1"')])
    served = serve(guarded(app, broken=(broken,)))
    assert (served.body, served.headers) == (CREEPY, app.headers)
    assert "the guard failed, the app's own response goes out: ValueError" in caplog.text
    assert "Error: customer c-1001" not in caplog.text


def test_a_guard_that_fails_at_what_cannot_be_read(caplog: pytest.LogCaptureFixture) -> None:
    """The stream goes on."""
    app = again(UNREADABLE["stream"])
    assert serve(guarded(app, broken=("unreadable",))).chunks == [b"{}\n", b"{}\n"]
    assert "the guard failed" in caplog.text


def test_a_guard_that_fails_at_an_error_page(caplog: pytest.LogCaptureFixture) -> None:
    """The page is sent as it is."""
    app = App(b"gone", status="404 Not Found")
    assert serve(guarded(app, broken=("not_covered",))).body == b"gone"
    assert "the guard failed" in caplog.text


def test_a_guard_that_fails_at_head_sends_no_body_length_lie(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """HEAD stays without a body even then."""
    served = serve(guarded(App(), broken=("not_covered",)), REQUEST_METHOD="HEAD")
    assert served.body == b""
    assert "the guard failed" in caplog.text


def test_a_guard_that_cannot_say_what_is_guarded(caplog: pytest.LogCaptureFixture) -> None:
    """The request goes to the app as if there were no guard."""
    served = serve(guarded(app := App(), broken=("surface_for",)))
    assert served.iterable is app.body
    assert "unguarded: ValueError" in caplog.text


# Twice ---------------------------------------------------------------------------------------


def test_a_guard_inside_a_guard_does_nothing() -> None:
    """Else every impression would count twice."""
    inner, outer = FakeGuard(), FakeGuard()
    app = App(also=lambda environ: environ.update({CUSTOMER: "c-1"}))
    middleware = GuardrailMiddleware(GuardrailMiddleware(app, guard=inner), guard=outer)
    assert serve(middleware).body == GUARDED
    assert inner.answers == []
    assert outer.answers[0]["customer"] == "c-1"


def test_a_guard_and_settings_at_once_are_refused() -> None:
    """It would not be clear which holds."""
    with pytest.raises(TypeError, match="not both; with guard= leave out rules"):
        GuardrailMiddleware(App(), guard=FakeGuard(), rules="rules/")


def test_settings_make_a_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those given; None counts as not given, and the guard is there to be asked."""

    class Made(FakeGuard):
        @classmethod
        def from_arguments(cls, arguments: Any, app_config: Any = None) -> Any:
            assert (arguments, app_config) == ({"rules": "rules/", "redis_timeout": 0.1}, None)
            return cls()

    monkeypatch.setitem(sys.modules, "guardrail.service", SimpleNamespace(Guard=Made))
    middleware = GuardrailMiddleware(App(), rules="rules/", mode=None, redis_timeout=0.1)
    assert isinstance(middleware.guard, Made)
    assert serve(middleware).body == GUARDED

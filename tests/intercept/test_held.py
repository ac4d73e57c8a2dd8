"""The WSGI craft: what is called when, how often, and what errors do."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from intercept_fakes import (
    BLANK,
    CLEAN,
    CREEPY,
    GUARDED,
    App,
    Body,
    FakeGuard,
    Server,
    environ_for,
    serve,
)

from guardrail import GuardrailMiddleware
from guardrail.intercept.needs import DECISION

JSON = [("Content-Type", "application/json")]


def guarded(app: Any, **guard: Any) -> GuardrailMiddleware:
    return GuardrailMiddleware(app, guard=FakeGuard(**guard))


class AppError(Exception):
    pass


# What is not guarded -------------------------------------------------------------------------


def test_an_unguarded_response_is_the_object_that_the_app_gave() -> None:
    """Servers compare it with their own file wrapper to send files fast."""
    served = serve(guarded(app := App()), path="/file")
    assert served.iterable is app.body
    assert served.body == CREEPY


def test_an_unguarded_request_reaches_the_app_as_it_came() -> None:
    """The same environ and the same start_response, not copies."""
    given: list[Any] = []

    def app(*arguments: Any) -> list[bytes]:
        given.extend(arguments)
        return []

    environ, start = environ_for("/file", HTTP_RANGE="bytes=0-1"), lambda *_: lambda _: None
    guarded(app)(environ, start)
    assert given[0] is environ
    assert given[1] is start


@pytest.mark.parametrize(
    "status", ["404 Not Found", "204 No Content", "304 Not Modified", "302 Found", "500 Oops"]
)
def test_only_what_succeeded_is_judged(status: str) -> None:
    """Everything else passes as it came, as the app's own object."""
    environ = environ_for()
    app = App(CREEPY, status=status, headers=[("ETag", '"1"'), ("Content-Length", "3")])
    guard = FakeGuard()
    served = Server(environ).run(GuardrailMiddleware(app, guard=guard))
    assert served.iterable is app.body
    assert (served.status, served.headers, served.body) == (status, app.headers, CREEPY)
    assert guard.answers == []
    assert environ[DECISION].outcome == "not_covered"


def test_an_error_page_that_starts_late_passes() -> None:
    """A generator says its status on the first piece; the guard waits for it."""

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("404 Not Found", JSON)
        yield b"{"
        yield b"}"

    served = serve(guarded(app))
    assert (served.status, served.chunks) == ("404 Not Found", [b"{", b"}"])


def test_an_app_without_body_or_status_is_told_what_is_wrong() -> None:
    """Servers say so too, each in its own way."""
    with pytest.raises(AssertionError, match="before it called start_response"):
        serve(guarded(lambda environ, start_response: []))


def test_a_body_before_its_status_is_never_sent() -> None:
    """Some servers would send it, unjudged."""
    with pytest.raises(AssertionError, match="before it called start_response"):
        serve(guarded(lambda environ, start_response: [CREEPY]))


def test_empty_pieces_may_come_before_the_status() -> None:
    """PEP 3333 has apps yield them while there is nothing to say yet."""

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        yield b""
        start_response("200 OK", JSON)
        yield b""
        yield CREEPY

    assert serve(guarded(app)).body == GUARDED


# Close ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("take", [None, 0, 1])
@pytest.mark.parametrize("status", ["200 OK", "404 Not Found"])
def test_the_app_is_closed_exactly_once(take: int | None, status: str) -> None:
    """Whether the server takes all of the body, a part, or none."""
    app = App([CREEPY[:9], CREEPY[9:]], status=status)
    serve(guarded(app), take=take)
    assert app.body.closed == 1


def test_closing_twice_closes_the_app_once() -> None:
    """A server and a middleware may both do it."""
    app = App()
    held: Any = guarded(app)(environ_for(), lambda *_: lambda _: None)
    held.close()
    held.close()
    assert app.body.closed == 1


def test_a_response_that_was_never_taken_starts_nothing() -> None:
    """The guard is not asked for what nobody wants."""
    guard = FakeGuard()
    serve(GuardrailMiddleware(app := App(), guard=guard), take=0)
    assert (guard.answers, guard.released, app.body.taken) == ([], [], 0)


def test_what_closing_raises_is_the_apps_own_error() -> None:
    """It is passed on, and what was reserved is given back nevertheless."""

    class Stuck(Body):
        def close(self) -> None:
            raise AppError

    def app(environ: Any, start_response: Any) -> Stuck:
        start_response("200 OK", JSON)
        return Stuck([CREEPY])

    guard = FakeGuard()
    with pytest.raises(AppError):
        serve(GuardrailMiddleware(app, guard=guard), take=1)
    assert len(guard.released) == 1


def test_a_server_that_refuses_the_headers_does_not_keep_the_app_open() -> None:
    """It never sees an iterable that it could close."""
    app = App(status="404 Not Found")

    def refuses(*_: Any) -> Any:
        raise AppError

    with pytest.raises(AppError):
        guarded(app)(environ_for(), refuses)
    assert app.body.closed == 1


# Release -------------------------------------------------------------------------------------


def test_what_went_out_is_kept() -> None:
    """An impression that was seen counts."""
    guard = FakeGuard()
    serve(GuardrailMiddleware(App(), guard=guard))
    assert guard.released == []


def test_what_never_went_out_is_given_back_once() -> None:
    """The client was gone: the server closes without having sent all."""
    guard = FakeGuard()
    held: Any = GuardrailMiddleware(App(), guard=guard)(environ_for(), lambda *_: lambda _: None)
    next(held)
    held.close()
    held.close()
    assert len(guard.released) == 1


def test_a_server_that_fails_at_the_headers_gives_back() -> None:
    """Nothing was sent then."""
    guard = FakeGuard()

    def refuses(*_: Any) -> Any:
        raise AppError

    held: Any = GuardrailMiddleware(App(), guard=guard)(environ_for(), refuses)
    with pytest.raises(AppError):
        next(held)
    held.close()
    assert len(guard.released) == 1


def test_a_guard_that_failed_has_nothing_to_give_back() -> None:
    """There is no answer to release when the client of such a response is gone."""
    guard = FakeGuard(broken=("answer",))
    assert serve(GuardrailMiddleware(App(), guard=guard), take=1).body == CREEPY
    assert guard.released == []


def test_giving_back_may_fail(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody is there any more to be told; the log is."""
    serve(guarded(App(), broken=("release",)), take=1)
    assert "could not be given back: ValueError" in caplog.text


# write() -------------------------------------------------------------------------------------


def writing(*written: bytes, then: tuple[bytes, ...] = (), **said: Any) -> Any:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        status, headers = said.get("status", "200 OK"), said.get("headers", JSON)
        write = start_response(status, headers)
        for data in written:
            write(data)
        return list(then)

    return app


def test_what_is_written_comes_before_what_is_returned() -> None:
    """And both are judged as one body."""
    assert serve(guarded(writing(CREEPY[:4], CREEPY[4:9], then=(CREEPY[9:],)))).body == GUARDED
    assert serve(guarded(writing(CREEPY))).body == GUARDED


def test_writing_too_much_passes_all_of_it_on() -> None:
    """What was held, what is written after, and what is returned, in order."""
    app = writing(b"[1,", b"2,", b"3,", b"4", then=(b"]",))
    served = serve(guarded(app, max_body_bytes=4))
    assert served.body == b"[1,2,3,4]"


def test_writing_too_much_can_be_blanked() -> None:
    """What follows is dropped."""
    app = writing(b"[1,", b"2,", b"3,", then=(b"4]",))
    assert serve(guarded(app, max_body_bytes=4, on_failure="blank")).body == BLANK


def test_an_error_page_may_be_written() -> None:
    """It goes to the server's own write at once."""
    app = writing(b"no", b"thing", then=(b"!",), status="404 Not Found")
    assert serve(guarded(app)).chunks == [b"no", b"thing", b"!"]


def test_nothing_written_for_head_goes_out() -> None:
    """HEAD has no body, however it is made."""
    assert serve(guarded(writing(CREEPY)), REQUEST_METHOD="HEAD").body == b""


# start_response again ------------------------------------------------------------------------


def failing(*, before: bytes, page: bytes = b"sorry", status: str = "500 Oops") -> Any:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", JSON)
        if before:
            yield before
        try:
            raise AppError
        except AppError:
            start_response(status, JSON, sys.exc_info())
        if page:
            yield page

    return app


@pytest.mark.parametrize("before", [b"", b'{"items":['])
@pytest.mark.parametrize("page", [b"", b"sorry"])
def test_an_error_replaces_what_is_held(before: bytes, page: bytes) -> None:
    """No header is out yet, so the app may change its mind, as PEP 3333 has it."""
    served = serve(guarded(failing(before=before, page=page)))
    assert (served.status, served.body) == ("500 Oops", page)


def test_a_replaced_response_is_judged_afresh() -> None:
    """Another 200 is not let through for having failed before."""
    served = serve(guarded(failing(before=b"rubbish", page=CREEPY, status="200 OK")))
    assert served.body == GUARDED


def test_an_error_after_the_first_byte_is_the_servers() -> None:
    """It raises what the app gave it, since headers are out."""
    app = failing(before=b"[" * 9)
    with pytest.raises(AppError):
        serve(guarded(app, max_body_bytes=4))


def test_an_error_between_headers_and_first_byte_replaces_them() -> None:
    """The server still holds its headers when the body was empty so far."""
    app = failing(before=b"", page=b"sorry")

    def stream(environ: Any, start_response: Any) -> Any:
        def start(status: str, headers: Any, *exc_info: Any) -> Any:
            kind = "text/event-stream" if status.startswith("200") else "text/plain"
            return start_response(status, [("Content-Type", kind)], *exc_info)

        return app(environ, start)

    served = serve(guarded(stream))
    assert (served.status, served.body) == ("500 Oops", b"sorry")


def test_an_error_after_writing_too_much_gives_the_page() -> None:
    """A blank that was planned but not sent is dropped for the error page."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", JSON)(b"[" * 9)
        try:
            raise AppError
        except AppError:
            start_response("500 Oops", JSON, sys.exc_info())
        return [b"sorry"]

    guard = FakeGuard(max_body_bytes=4, on_failure="blank")
    served = serve(GuardrailMiddleware(app, guard=guard))
    assert (served.status, served.body) == ("500 Oops", b"sorry")
    assert guard.released == [None]


def changes_its_mind(
    *before: bytes, then: tuple[bytes, ...], kind: str, status: str = "200 OK", write: bool = False
) -> Any:
    """An app that begins one response and sends a list after all."""

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        started = start_response("200 OK", [("Content-Type", kind)])
        for piece in before:
            if write:
                started(piece)
            else:
                yield piece
        try:
            raise AppError
        except AppError:
            headers = [*JSON, ("ETag", '"1"'), ("Content-Length", str(len(CREEPY)))]
            again = start_response(status, headers, sys.exc_info())
        for piece in then:
            if write:
                again(piece)
            else:
                yield piece

    return app


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize(
    "kind", ["application/x-ndjson", "text/event-stream", "application/json-seq", "text/plain"]
)
@pytest.mark.parametrize("before", [(), (b"",), (b"", b" ", b"")])
def test_a_list_in_place_of_a_stream_is_judged_as_a_list(
    kind: str, before: tuple[bytes, ...], write: bool
) -> None:
    """Nothing went out yet, so what the last start_response says of the body holds."""
    before = before if kind != "application/json-seq" else tuple(b"" for _ in before)
    app = changes_its_mind(*before, then=(CREEPY[:9], b"", CREEPY[9:]), kind=kind, write=write)
    served = serve(guarded(app))
    assert served.body == GUARDED
    assert served.header("Content-Length") == str(len(GUARDED))
    assert served.header("ETag") is None
    assert served.header("Content-Type") == "application/json"


def test_an_empty_page_in_place_of_a_stream_is_whole() -> None:
    """The app may end without a piece of it; the server still gets its headers."""
    served = serve(guarded(changes_its_mind(b"", then=(), kind="text/event-stream")))
    assert (served.status, served.body) == ("200 OK", b"")
    page = changes_its_mind(b"", then=(), kind="text/event-stream", status="503 Sorry")
    assert serve(guarded(page)).status == "503 Sorry"


def test_a_stream_in_place_of_a_stream_is_judged_record_by_record() -> None:
    """Half a record of the first is forgotten."""

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "application/x-ndjson")])
        yield b'{"id":'
        for _ in range(3000):
            try:
                raise AppError
            except AppError:
                start_response("200 OK", [("Content-Type", "text/event-stream")], sys.exc_info())
            yield b""
        yield b"data: 1\n\n"

    served = serve(guarded(app))
    assert served.body == b"data: 1\n\n"
    assert served.header("Content-Type") == "text/event-stream"


def test_half_a_record_of_a_replaced_stream_is_never_judged() -> None:
    """It is forgotten with the stream that it was in."""
    guard = FakeGuard()

    def app(environ: Any, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", [("Content-Type", "application/x-ndjson")])
        write(b'{"id":"a"')
        try:
            raise AppError
        except AppError:
            start_response("500 Oops", JSON, sys.exc_info())
        return [b"sorry"]

    assert serve(GuardrailMiddleware(app, guard=guard)).body == b"sorry"
    assert guard.answers == []


def test_a_list_after_the_first_byte_of_a_stream_is_the_servers() -> None:
    """Headers are out: the server raises what the app gave it."""
    app = changes_its_mind(b"data: 1\n\n", then=(CREEPY,), kind="text/event-stream")
    server = Server(environ_for())
    with pytest.raises(AppError):
        server.run(guarded(app))
    assert server.served.body == b"data: 1\n\n"


def test_starting_twice_without_an_error_is_a_mistake() -> None:
    """As on every server."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", JSON)
        start_response("200 OK", JSON)
        return []

    with pytest.raises(AssertionError, match="exc_info"):
        serve(guarded(app))


def test_no_traceback_is_kept() -> None:
    """It would keep every object of the request alive."""

    class Big:
        pass

    kept: list[weakref.ref[Big]] = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", JSON)
        big = Big()
        kept.append(weakref.ref(big))
        try:
            raise AppError
        except AppError:
            start_response("500 Oops", JSON, sys.exc_info())
        return [b"sorry"]

    held = guarded(app)(environ_for(), lambda *_: lambda _: None)
    gc.collect()
    assert kept[0]() is None
    assert held is not None


# Errors --------------------------------------------------------------------------------------


def test_an_error_in_the_app_is_the_apps_error() -> None:
    """Before a response there is nothing to guard."""

    def app(environ: Any, start_response: Any) -> Any:
        raise AppError

    with pytest.raises(AppError):
        serve(guarded(app))


def test_an_error_midway_sends_nothing_of_a_held_body() -> None:
    """The server can still send its own error page, and the app is closed."""

    def pieces() -> Iterator[bytes]:
        yield CREEPY[:9]
        raise AppError

    app = App(pieces())
    server = Server(environ_for())
    with pytest.raises(AppError):
        server.run(guarded(app))
    assert (server.served.status, server.out) == ("", False)
    assert app.body.closed == 1


def test_an_error_midway_of_a_stream_ends_it() -> None:
    """What went out before is out."""

    def pieces() -> Iterator[bytes]:
        yield b"data: 1\n\n"
        raise AppError

    app = App(pieces(), content_type="text/event-stream")
    server = Server(environ_for())
    with pytest.raises(AppError):
        server.run(guarded(app))
    assert server.served.body == b"data: 1\n\n"
    assert app.body.closed == 1


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_what_ends_the_process_is_not_caught(error: type[BaseException]) -> None:
    """Only closing happens on the way out."""

    def pieces() -> Iterator[bytes]:
        yield CREEPY[:9]
        raise error

    class Raises(Body):
        pass

    bodies = []

    def app(environ: Any, start_response: Any) -> Body:
        start_response("200 OK", JSON)
        bodies.append(Raises(pieces()))
        return bodies[0]

    with pytest.raises(error):
        serve(guarded(app))
    assert bodies[0].closed == 1


# Reading ahead -------------------------------------------------------------------------------


def test_a_stream_is_not_held() -> None:
    """The first event goes out before the second is made."""
    app = App(iter([b"data: 1\n\n", b"data: 2\n\n"]), content_type="text/event-stream")
    held: Any = guarded(app)(environ_for(), lambda *_: lambda _: None)
    assert next(held) == b"data: 1\n\n"
    assert app.body.taken == 1
    held.close()


def test_a_page_is_not_held_beyond_its_first_byte() -> None:
    """What does not begin like JSON streams through."""
    app = App(iter([b" ", b"<html>", b"..."]), content_type="text/html")
    held: Any = guarded(app)(environ_for(), lambda *_: lambda _: None)
    assert next(held) == b" <html>"
    assert app.body.taken == 2
    held.close()


def test_a_declared_length_over_the_limit_is_not_read_ahead() -> None:
    """The header alone decides."""
    app = App(iter([b"[", b"]"]), headers=[("Content-Length", "5000")])
    held: Any = guarded(app)(environ_for(), lambda *_: lambda _: None)
    assert next(held) == b"["
    assert app.body.taken == 1
    held.close()


def test_a_blanked_body_is_not_read_to_its_end() -> None:
    """An endless app costs no more than the limit."""

    def endless() -> Iterator[bytes]:
        while True:
            yield b"[[[["

    app = App(endless())
    assert serve(guarded(app, max_body_bytes=10, on_failure="blank")).body == BLANK
    assert app.body.taken == 3
    assert app.body.closed == 1


def test_the_app_is_called_once_for_each_request() -> None:
    """Its side effects must not be repeated."""
    app = App()
    middleware = guarded(app)
    serve(middleware)
    serve(middleware)
    assert len(app.environs) == 2


def test_requests_share_nothing() -> None:
    """Two held responses at once do not mix."""
    middleware = guarded(lambda environ, start: App(environ["shop.body"])(environ, start))
    first, second = Server(environ_for()), Server(environ_for())
    first.environ["shop.body"], second.environ["shop.body"] = CREEPY, CLEAN
    one: Any = middleware(first.environ, first.start_response)
    two: Any = middleware(second.environ, second.start_response)
    assert (b"".join(two), b"".join(one)) == (CLEAN, GUARDED)
    one.close()
    two.close()

"""Between two validators of the standard library: right as an app and as a server, for any app.

The bodies come in every shape that WSGI allows, cut at any place.
"""

from __future__ import annotations

import gzip
import itertools
import sys
from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.validate import validator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intercept_fakes import BLANK, CLEAN, CREEPY, GUARDED, FakeGuard, Served, serve

from guardrail import GuardrailMiddleware

Shape = Callable[[str, list[tuple[str, str]], list[bytes]], Any]


def as_list(status: str, headers: list[tuple[str, str]], chunks: list[bytes]) -> Any:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response(status, headers)
        return chunks

    return app


def as_late_generator(status: str, headers: list[tuple[str, str]], chunks: list[bytes]) -> Any:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response(status, headers)
        yield from chunks

    return app


def as_writer(status: str, headers: list[tuple[str, str]], chunks: list[bytes]) -> Any:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        write = start_response(status, headers)
        for chunk in chunks:
            write(chunk)
        return []

    return app


def as_writer_and_list(status: str, headers: list[tuple[str, str]], chunks: list[bytes]) -> Any:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        write = start_response(status, headers)
        for chunk in chunks[:1]:
            write(chunk)
        return chunks[1:]

    return app


def as_second_thought(status: str, headers: list[tuple[str, str]], chunks: list[bytes]) -> Any:
    """Fails after a first try, and answers with exc_info."""

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        yield b'{"items":[{"creepy":'
        try:
            raise RuntimeError
        except RuntimeError:
            start_response(status, headers, sys.exc_info())
        yield from chunks

    return app


def as_stream_at_first(status: str, headers: list[tuple[str, str]], chunks: list[bytes]) -> Any:
    """Begins a stream, fails before its first byte, and answers with exc_info."""

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        yield b""
        try:
            raise RuntimeError
        except RuntimeError:
            start_response(status, headers, sys.exc_info())
        yield from chunks

    return app


SHAPES: list[Shape] = [
    as_list,
    as_late_generator,
    as_writer,
    as_writer_and_list,
    as_stream_at_first,
    as_second_thought,
]
JSON = [("Content-Type", "application/json")]


def sandwich(app: Any, guard: FakeGuard | None = None, **environ: Any) -> Served:
    middle = GuardrailMiddleware(validator(app), guard=guard or FakeGuard())
    served = serve(validator(middle), **environ)
    assert served.errors == ""
    return served


def cut(body: bytes, places: list[int]) -> list[bytes]:
    """``body`` cut at ``places``; a place twice gives an empty piece."""
    edges = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    return [body[a:b] for a, b in itertools.pairwise(edges)]


places = st.lists(st.integers(min_value=0, max_value=200), max_size=8)


@pytest.mark.parametrize("shape", SHAPES)
@given(places=places)
def test_the_result_does_not_depend_on_how_the_body_comes(shape: Shape, places: list[int]) -> None:
    """Cut anywhere, with empty pieces, in every shape."""
    app = shape("200 OK", JSON, cut(CREEPY, places))
    assert sandwich(app).body == GUARDED


@pytest.mark.parametrize("shape", SHAPES)
@given(body=st.binary(max_size=60), places=places)
def test_any_body_passes_whole_or_is_blanked_whole(
    shape: Shape, body: bytes, places: list[int]
) -> None:
    """Whatever the bytes are, the client gets all of the app's or all of the guard's."""
    kinds = ["application/json", "text/plain", "application/json-seq"]
    for kind in kinds:
        app = shape("200 OK", [("Content-Type", kind)], cut(b"!" + body, places))
        guard = FakeGuard(max_body_bytes=30)
        assert sandwich(app, guard).body == b"!" + body
        blanking = FakeGuard(max_body_bytes=30, on_failure="blank")
        assert sandwich(app, blanking).body == BLANK


@pytest.mark.parametrize("shape", SHAPES)
def test_a_body_byte_by_byte(shape: Shape) -> None:
    """Every piece is a single byte."""
    app = shape("200 OK", JSON, [bytes([byte]) for byte in CREEPY])
    served = sandwich(app)
    assert served.body == GUARDED
    assert served.header("Content-Length") == str(len(GUARDED))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("status", "headers", "body", "sent"),
    [
        ("200 OK", JSON, CLEAN, CLEAN),
        ("200 OK", JSON, b"", b""),
        ("200 OK", [*JSON, ("Content-Encoding", "gzip")], gzip.compress(CREEPY), GUARDED),
        ("200 OK", [*JSON, ("Content-Encoding", "br")], b"?", b"?"),
        ("200 OK", JSON, b" " * 5000, b" " * 5000),
        ("200 OK", [("Content-Type", "text/html")], b"<p>", b"<p>"),
        ("206 Partial Content", JSON, CREEPY, CREEPY),
        ("404 Not Found", JSON, CREEPY, CREEPY),
        ("500 Internal Server Error", [("Content-Type", "text/plain")], b"oops", b"oops"),
    ],
    ids=["clean", "empty", "gzip", "brotli", "oversize", "html", "partial", "missing", "error"],
)
def test_every_kind_of_response_in_every_shape(
    shape: Shape, status: str, headers: list[tuple[str, str]], body: bytes, sent: bytes
) -> None:
    """Judged or passed, always right by both validators."""
    served = sandwich(shape(status, headers, cut(body, [3])))
    assert (served.status, served.body) == (status, sent)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_responses_without_a_body(shape: Shape, status: str) -> None:
    """They carry no entity headers, and get none from the guard."""
    served = sandwich(shape(status, [("X-Shop", "1")], []))
    assert (served.status, served.headers, served.body) == (status, [("X-Shop", "1")], b"")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("body", [CREEPY, b""])
def test_head_in_every_shape(shape: Shape, body: bytes) -> None:
    """No body, whatever the app makes of HEAD."""
    served = sandwich(shape("200 OK", JSON, cut(body, [3])), REQUEST_METHOD="HEAD")
    assert (served.status, served.body) == ("200 OK", b"")


@pytest.mark.parametrize("shape", SHAPES[:-1])
def test_paths_that_are_not_guarded(shape: Shape) -> None:
    """The guard is not there. (A second thought would come too late: bytes are out.)"""
    assert sandwich(shape("200 OK", JSON, [CREEPY]), path="/other").body == CREEPY

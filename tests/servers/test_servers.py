"""The guard behind the servers that people run, read from the wire."""

from __future__ import annotations

import json
import os

import pytest
from raw_http import Connection, Response
from running import Served
from served_bodies import CODINGS, bodies
from server_shop import BLANK, CLEAN, CREEPY, GUARDED

OVERSIZE = b"[" + b"0123456789," * 500 + b"0]"
CLOSES_EACH = ("wsgiref", "gunicorn-sync", "werkzeug", "uwsgi")
"""These close the connection after each response."""
TAKES_ONE = ("uwsgi-router",)
"""This keeps the connection, but answers only the first of requests that are sent at once."""


@pytest.mark.parametrize("version", ["1.1", "1.0"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("creepy", GUARDED),
        ("clean", CLEAN),
        ("late", GUARDED),
        ("written", GUARDED),
        ("zipped", GUARDED),
        ("list_after_all", GUARDED),
        ("stream_for_a_moment", GUARDED),
    ],
)
def test_a_guarded_body_arrives_whole(server: Served, version: str, kind: str, body: bytes) -> None:
    """With its length, uncompressed, and not one byte more."""
    response = server.ask(f"/shelf?{kind}", version=version)
    assert (response.status, response.body, response.framing) == ("200 OK", body, "length")
    assert response.header("Content-Encoding") is None
    assert response.header("Cache-Control") == "private, no-store"
    assert (response.header("Set-Cookie") or "").startswith("guardrail_session=")
    assert response.header("ETag") is None


@pytest.mark.parametrize("kind", ["creepy", "late", "written"])
def test_head_has_headers_and_no_body(server: Served, kind: str) -> None:
    """The length of what a GET would send is not known, so none is said."""
    with Connection(server.port) as connection:
        head = connection.ask(f"/shelf?{kind}", method="HEAD")
        if "close" not in (head.header("Connection") or "close"):
            assert connection.ask("/shelf?clean", last=True).body == CLEAN
        # waitress ends every HEAD response without a length so, and closes the connection.
        assert connection.rest() == (b"0\r\n\r\n" if server.name == "waitress" else b"")
    assert head.status == "200 OK"
    assert head.header("Content-Length") is None
    assert head.header("ETag") is None
    assert head.header("Set-Cookie") is None


def test_a_kept_connection_stays_in_step(server: Served) -> None:
    """One response after another on the same connection, each where it belongs."""
    kinds = [("creepy", GUARDED), ("missing", b"gone"), ("zipped", GUARDED), ("clean", CLEAN)]
    with Connection(server.port) as connection:
        for kind, body in kinds:
            response = connection.ask(f"/shelf?{kind}")
            assert response.body == body
            if server.name in CLOSES_EACH:
                break
        else:
            assert connection.ask("/shelf?creepy", last=True).body == GUARDED
        assert connection.rest() == b""


def test_a_stream_passes(server: Served) -> None:
    """Framed by the server as it always does."""
    response = server.ask("/shelf?stream")
    assert response.body == b"data: 1\n\ndata: 2\n\n"
    assert response.header("Content-Type") == "text/event-stream"
    assert response.framing == server.ask("/bare/shelf?stream").framing


def test_an_oversize_body_passes_or_is_blanked(server: Served) -> None:
    """All of the one or all of the other."""
    assert server.ask("/shelf?oversize").body == OVERSIZE
    blank = server.ask("/blank/shelf?oversize")
    assert (blank.status, blank.body, blank.framing) == ("200 OK", BLANK, "length")


def test_an_error_page_comes_as_it_is(server: Served) -> None:
    """A page that the app gave at once, and one that it gave as a second thought."""
    assert server.ask("/shelf?missing")[::2] == ("404 Not Found", b"gone")
    assert server.ask("/shelf?second_thought")[::2] == ("503 Sorry", b"sorry")


def test_an_answer_without_a_body_stays_one(server: Served) -> None:
    """Its headers are those that the server sends without a guard."""
    guarded, bare = server.ask("/shelf?nothing"), server.ask("/bare/shelf?nothing")
    assert guarded.status == bare.status == "204 No Content"
    assert names(guarded) == names(bare)


def test_an_app_that_fails_midway_sends_nothing_unguarded(server: Served) -> None:
    """The server answers with its own error page, as nothing was sent yet."""
    if server.name.startswith("uwsgi"):  # it has none, and closes the connection
        with Connection(server.port) as connection:
            connection.send("/shelf?broken", last=True)
            assert connection.rest() == b""
        return
    response = server.ask("/shelf?broken")
    assert response.status.startswith("500")
    assert CREEPY[:9] not in response.body


def test_an_unguarded_file_is_sent_as_without_a_guard(server: Served) -> None:
    """Header for header and byte for byte."""
    guarded, bare = server.ask("/file"), server.ask("/bare/file")
    assert guarded.body == bare.body == b"file"
    assert names(guarded) == names(bare)


LINES = b'{"id":"a"}\n{"id":"c"}\n'
EVENTS = b': hi\n\nid: 1\ndata: {"id":"a"}\n\nid: 2\n\nid: 3\ndata: {"id":"c"}\n\n'


@pytest.mark.parametrize("version", ["1.1", "1.0"])
@pytest.mark.parametrize(
    ("kind", "body"), [("lines", LINES), ("lines_written", LINES), ("events", EVENTS)]
)
def test_a_stream_is_judged_record_by_record(
    server: Served, version: str, kind: str, body: bytes
) -> None:
    """Framed by the server as it always does, cut into pieces of three bytes."""
    response = server.ask(f"/ruled/stream?{kind}", version=version)
    assert (response.status, response.body) == ("200 OK", body)
    assert response.framing == server.ask(f"/bare/stream?{kind}", version=version).framing
    assert response.header("Cache-Control") == "private, no-store"


def test_requests_sent_at_once_are_answered_in_order(server: Served) -> None:
    """Pipelined, in one piece, where the server keeps the connection."""
    asked = {"/shelf?creepy": GUARDED, "/shelf?zipped": GUARDED, "/shelf?clean": CLEAN}
    paths = list(asked)[: 1 if server.name in CLOSES_EACH else None]
    with Connection(server.port) as connection:
        connection.send(*paths, last=True)
        for path in paths[: 1 if server.name in TAKES_ONE else None]:
            assert connection.read().body == asked[path]
        assert connection.rest() == b""


def test_a_client_that_is_gone_harms_nobody(server: Served) -> None:
    """Some leave with the request just sent, some in the middle of the response."""
    for kind in ("creepy", "oversize", "stream"):
        with Connection(server.port) as connection:
            connection.send(f"/shelf?{kind}")
    with Connection(server.port) as connection:
        connection.send("/shelf?oversize")
        connection.peek(20)
    assert server.ask("/shelf?creepy").body == GUARDED


def test_a_slow_client_gets_all_of_it(server: Served) -> None:
    """Byte by byte; others are served meanwhile where the server can."""
    with Connection(server.port) as connection:
        connection.send("/shelf?creepy", last=True)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.peek(1)
        assert connection.rest() == GUARDED
    assert b"Content-Length: %d" % len(GUARDED) in head


@pytest.mark.parametrize(
    "target",
    [
        "//shelf?creepy",
        "/SHELF?creepy",
        "/x/../shelf?creepy",
        "/%73helf?creepy",
        "/%2573helf?creepy",
        "/shelf/?creepy",
        "/shelf;a=b?creepy",
        "/x%2f..%2fshelf?creepy",
        "/./shelf?creepy",
        "/shelf%20?creepy",
    ],
)
def test_no_spelling_of_the_path_gets_past_the_guard(server: Served, target: str) -> None:
    """Whatever the server makes of it: guarded, or refused."""
    response = server.ask("/lenient" + target)
    assert b"creepy" not in response.body


def test_every_body_in_every_coding_is_judged_alike(server: Served) -> None:
    """Recommender responses and bid responses, plain, compressed and in pieces.

    With ``GUARDRAIL_TEST_OPENRTB`` naming a file of recorded bid responses, one JSON object with
    a ``bid_response`` in each line, all of those too.
    """
    for number, (kind, body, expected) in enumerate(bodies(os.environ)):
        for coding in CODINGS:
            response = server.ask(f"/ruled/{kind}?{number}.{coding}")
            assert response.body == expected, (kind, number, coding)
            assert response.framing == "length"
            assert response.header("Content-Encoding") is None
            assert json.loads(response.body) is not None
            assert b"third" not in response.body or b"third" in body


def names(response: Response) -> list[str]:
    return [name for name, _ in response.headers]

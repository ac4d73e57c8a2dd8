"""The guard behind the servers that people run, read from the wire."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from raw_http import Connection, Response
from server_shop import BLANK, CLEAN, CREEPY, GUARDED

HERE = Path(__file__).parent
OVERSIZE = b"[" + b"0123456789," * 500 + b"0]"


class Served(NamedTuple):
    name: str
    port: int
    log: Path

    def ask(self, path: str, *, method: str = "GET", version: str = "1.1") -> Response:
        """One request on a connection of its own; nothing may follow the response."""
        with Connection(self.port) as connection:
            response = connection.ask(path, method=method, version=version, last=True)
            assert connection.rest() == b""
        return response


def gunicorn(worker: str, log: Path) -> tuple[subprocess.Popen[str], int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        command = ["--bind", f"fd://{listening.fileno()}", "--worker-class", worker]
        threads = ["--threads", "2"] if worker == "gthread" else []
        with log.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "server_shop:application", *command, *threads],
                cwd=HERE,
                env={**os.environ, "HOME": str(log.parent)},
                pass_fds=[listening.fileno()],
                stdout=out,
                stderr=out,
                text=True,
            )
        return process, listening.getsockname()[1]


def in_its_own_program(name: str, log: Path) -> tuple[subprocess.Popen[str], int]:
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "server_shop.py", name],
            cwd=HERE,
            stdout=subprocess.PIPE,
            stderr=out,
            text=True,
        )
    assert process.stdout
    line = process.stdout.readline()
    assert line.strip().isdigit(), log.read_text()
    return process, int(line)


@pytest.fixture(
    scope="module", params=["wsgiref", "werkzeug", "waitress", "gunicorn-sync", "gunicorn-gthread"]
)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    name: str = request.param
    log = tmp_path_factory.mktemp(name) / "log.txt"
    kind, _, worker = name.partition("-")
    process, port = gunicorn(worker, log) if worker else in_its_own_program(kind, log)
    try:
        yield Served(name, port, log)
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout:
            process.stdout.close()


@pytest.mark.parametrize("version", ["1.1", "1.0"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("creepy", GUARDED),
        ("clean", CLEAN),
        ("late", GUARDED),
        ("written", GUARDED),
        ("zipped", GUARDED),
    ],
)
def test_a_guarded_body_arrives_whole(server: Served, version: str, kind: str, body: bytes) -> None:
    """With its length, uncompressed, and not one byte more."""
    response = server.ask(f"/shelf?{kind}", version=version)
    assert (response.status, response.body, response.framing) == ("200 OK", body, "length")
    assert response.header("Content-Encoding") is None
    assert response.header("Cache-Control") == "private, no-store"
    assert (response.header("Set-Cookie") or "").startswith("guardrail_session=")
    if kind == "creepy":
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
            if server.name in ("wsgiref", "gunicorn-sync", "werkzeug"):
                break  # these close after each response
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
    response = server.ask("/shelf?broken")
    assert response.status.startswith("500")
    assert CREEPY[:9] not in response.body


def test_an_unguarded_file_is_sent_as_without_a_guard(server: Served) -> None:
    """Header for header and byte for byte."""
    guarded, bare = server.ask("/file"), server.ask("/bare/file")
    assert guarded.body == bare.body == b"file"
    assert names(guarded) == names(bare)


def names(response: Response) -> list[str]:
    return [name for name, _ in response.headers]

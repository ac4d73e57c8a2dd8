"""Real servers: waitress as `guardrail serve` runs it, its end, and gunicorn."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from guardrail.cli import main
from guardrail.serve import ReviewService
from guardrail.serve.server import Server, listen
from tests.serve.asking import BEARER, HOME, TOKEN, make_service, rules_in

ROOT = Path(__file__).resolve().parents[2]
HEADERS = {"Authorization": BEARER, "Content-Type": "application/json"}
ENVIRON = {
    **{key: value for key, value in os.environ.items() if not key.startswith("GUARDRAIL_")},
    "PYTHONPATH": str(ROOT),
}


def connect(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=30)


def post(connection: http.client.HTTPConnection, given: object) -> tuple[int, Any]:
    connection.request("POST", "/v1/review", json.dumps(given), HEADERS)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


@contextmanager
def running(service: ReviewService, **options: Any) -> Iterator[Server]:
    """A server in a thread; it has ended when the block has."""
    with listen("127.0.0.1", 0) as listening:
        server = Server(service, listening, **options)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield server
        finally:
            server.stop()
            thread.join(30)
            assert not thread.is_alive()


def test_it_answers_over_a_socket(service: ReviewService) -> None:
    """Several requests on one connection, on a port that the system chose."""
    with running(service) as server:
        connection = connect(server.port)
        for _ in range(3):
            status, told = post(connection, HOME)
            assert (status, [item["id"] for item in told["kept"]]) == (200, ["hose", "kettle"])
        connection.request("GET", "/v1/health")
        assert json.loads(connection.getresponse().read())["status"] == "serving"
        connection.close()


def test_a_chunked_body_is_read(service: ReviewService) -> None:
    """It has no Content-Length."""
    with running(service) as server:
        connection = connect(server.port)
        pieces = iter([b'{"items"', b": []}"])
        connection.request("POST", "/v1/review", pieces, HEADERS, encode_chunked=True)
        assert json.loads(connection.getresponse().read())["kept"] == []
        connection.close()


def test_a_refusal_leaves_the_connection_usable(service: ReviewService) -> None:
    """The body that was not looked at is no next request."""
    with running(service) as server:
        connection = connect(server.port)
        connection.request("POST", "/v1/nowhere", b"x" * 100_000, HEADERS)
        assert connection.getresponse().read().startswith(b'{"type"')
        assert post(connection, HOME)[0] == 200
        connection.close()


def test_far_too_long_a_body_is_cut_off(tmp_path: Path) -> None:
    """Before it is held; what is just too long is told as any other mistake."""
    service = make_service(tmp_path, max_body_bytes=1000)
    with running(service) as server:
        for size, content_type in ((2000, "application/problem+json"), (9000, "text/plain")):
            connection = connect(server.port)
            connection.request("POST", "/v1/review", b" " * size, HEADERS)
            response = connection.getresponse()
            assert response.status == 413
            assert (response.getheader("Content-Type") or "").startswith(content_type)
            connection.close()
    service.close()


def test_what_was_begun_is_finished(
    service: ReviewService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that is under way when the server is stopped gets its whole answer."""
    begun, go_on = threading.Event(), threading.Event()
    answer = service.guard.answer

    def slowly(*args: Any, **keys: Any) -> Any:
        begun.set()
        assert go_on.wait(30)
        return answer(*args, **keys)

    monkeypatch.setattr(service.guard, "answer", slowly)
    title = "Garden hose " * 100_000
    given = {**HOME, "items": [{"id": "hose", "title": title, "signals": []}]}
    told: list[Any] = []
    with running(service) as server:
        port = server.port
        idle = socket.create_connection(("127.0.0.1", port), timeout=30)
        busy = connect(port)
        asking = threading.Thread(target=lambda: told.append(post(busy, given)))
        asking.start()
        assert begun.wait(30)
        server.stop()
        assert idle.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=30)
        go_on.set()
        asking.join(30)
    ((status, decision),) = told
    assert (status, decision["kept"][0]["title"]) == (200, title)
    idle.close()
    busy.close()


def test_what_never_ends_is_not_waited_for(service: ReviewService) -> None:
    """A client that sends half a request can't keep the server from stopping."""
    with listen("127.0.0.1", 0) as listening:
        server = Server(service, listening)
        half = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        half.sendall(b"POST /v1/review HTTP/1.1\r\nContent-Le")
        thread = threading.Thread(target=server.run, kwargs={"stop_within": 0.2})
        thread.start()
        server.stop()
        thread.join(30)
        assert not thread.is_alive()
        half.close()


class Program:
    """`guardrail serve` in a process of its own."""

    def __init__(self, folder: Path, *arguments: str, **environ: str) -> None:
        rules_in(folder / "rules")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "guardrail", "serve", "--port", "0", *arguments],
            cwd=folder,
            env={**ENVIRON, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.said = self.process.stdout.readline()
        self.port = int(self.said.partition("/v1/")[0].rpartition(":")[2] or 0)

    def end(self, number: int) -> tuple[int, str]:
        """Send a signal; the exit code, and what was said on standard error."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_it_is_told_to_stop(tmp_path: Path, number: int) -> None:
    """SIGTERM and Ctrl-C end it with 0; nobody's id is in what it says."""
    program = Program(tmp_path, GUARDRAIL_SERVE_TOKEN=f"{TOKEN},another-token-of-tests")
    connection = connect(program.port)
    status, told = post(connection, HOME)
    assert (status, told["items"][1]["verdict"]) == (200, "soften")
    assert "2 tokens" in program.said
    assert TOKEN not in program.said
    assert program.end(number) == (0, "")
    connection.close()


def test_without_a_token_only_this_machine_is_served(tmp_path: Path) -> None:
    """And only if that is asked for."""
    program = Program(tmp_path, "--no-token", "--host", "localhost")
    connection = connect(program.port)
    connection.request("POST", "/v1/review", '{"items": []}', {"Content-Type": "application/json"})
    assert connection.getresponse().status == 200
    connection.close()
    assert program.end(signal.SIGTERM) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((), 2, "GUARDRAIL_SERVE_TOKEN"),
        (("--no-token", "--host", "0.0.0.0"), 2, "may be reached by others"),
        (("--no-token", "--host", "shop.example"), 2, "may be reached by others"),
        (("--no-token", "--token-file", "tokens"), 2, "exclude each other"),
        (("--token-file", "nowhere"), 4, "nowhere"),
        (("--token-file", "tokens", "--allow-origin", "*"), 2, "no origin"),
        (("--token-file", "tokens", "--rules", "nowhere"), 4, "nowhere"),
    ],
)
def test_it_does_not_start_with_what_is_wrong(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    says: str,
) -> None:
    """One line says what, and the exit code is that of every command."""
    rules_in(tmp_path / "rules")
    (tmp_path / "tokens").write_text(TOKEN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GUARDRAIL_SERVE_TOKEN", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--port", "0", *arguments], prog_name="guardrail")
    assert ended.value.code == code
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1


def test_a_port_that_is_taken_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 4, and how to take another."""
    monkeypatch.setenv("GUARDRAIL_RULES", rules_in(tmp_path / "rules"))
    with listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        with pytest.raises(SystemExit) as ended:
            main(["serve", "--no-token", "--port", port], prog_name="guardrail")
    assert ended.value.code == 4
    assert "give others with --host and --port" in capsys.readouterr().err


def test_without_waitress_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 4."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr(sys.modules["guardrail.cli.serve"], "find_spec", lambda _: None)
    with pytest.raises(SystemExit) as ended:
        main(["serve"], prog_name="guardrail")
    assert ended.value.code == 4
    assert "guardrail-middleware[serve]" in capsys.readouterr().err


def test_gunicorn_runs_it_too(tmp_path: Path) -> None:
    """As the how-to page says."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "guardrail.serve:create()"),
                *("--threads", "2", "--bind", f"fd://{listening.fileno()}"),
            ],
            cwd=tmp_path,
            env={
                **ENVIRON,
                "GUARDRAIL_RULES": rules_in(tmp_path / "rules"),
                "GUARDRAIL_SERVE_TOKEN": TOKEN,
            },
            pass_fds=[listening.fileno()],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        port = listening.getsockname()[1]
    connection = connect(port)
    try:
        assert post(connection, HOME)[1]["outcome"] == "guarded"
        connection.request(
            "POST", "/v1/review", iter([b'{"items": []}']), HEADERS, encode_chunked=True
        )
        assert json.loads(connection.getresponse().read())["kept"] == []
    finally:
        connection.close()
        process.terminate()
        process.communicate(timeout=60)

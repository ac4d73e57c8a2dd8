"""The servers that people run, each in a process of its own, on a port that the system chose."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from raw_http import Connection, Response

HERE = Path(__file__).parent
UWSGI = Path(sys.executable).with_name("pyuwsgi")
"""uWSGI as a wheel: nothing has to be compiled."""


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
    threads = ["--threads", "2"] if worker == "gthread" else []
    command = [sys.executable, "-m", "gunicorn", "server_shop:application"]
    return on_a_socket([*command, "--worker-class", worker, *threads, "--bind"], log)


def uwsgi(way: str, log: Path) -> tuple[subprocess.Popen[str], int]:
    """uWSGI speaks HTTP itself and closes each connection, or behind its own router keeps them."""
    options = ["--module", "server_shop:application", "--pythonpath", ".", "--need-app"]
    workers = ["--master", "--threads", "2", "--die-on-term", "--virtualenv", sys.prefix]
    kept = ["--http-keepalive=20", "--http"]
    http = kept if way == "router" else ["--http-socket"]
    return on_a_socket([str(UWSGI), *options, *workers, *http], log)


def on_a_socket(command: list[str], log: Path) -> tuple[subprocess.Popen[str], int]:
    """Start a server on a socket that listens already."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        with log.open("w") as out:
            process = subprocess.Popen(
                [*command, f"fd://{listening.fileno()}"],
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


def started(name: str, log: Path) -> tuple[subprocess.Popen[str], int]:
    kind, _, way = name.partition("-")
    if kind == "uwsgi":
        return uwsgi(way, log)
    return gunicorn(way, log) if way else in_its_own_program(kind, log)


def missing(name: str) -> str | None:
    """Why a server can't be started on this system, whatever is installed."""
    if sys.platform == "win32" and name.startswith(("uwsgi", "gunicorn")):
        return f"{name} does not run on Windows"
    return None


SERVERS = [
    "wsgiref",
    "werkzeug",
    "waitress",
    "gunicorn-sync",
    "gunicorn-gthread",
    "gunicorn-gevent",
    "uwsgi",
    "uwsgi-router",
]

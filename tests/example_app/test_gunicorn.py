"""Two gunicorn workers and one Redis: a cap holds over both workers, and over a restart."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from gunicorn_server import started

RULES = """\
guardrail: 1
surfaces:
  ads:
    match: {path: /api/ads}
    kind: ad
    treatments: []
rules:
  - id: campaign-daily
    kind: frequency_cap
    per: campaign
    max_impressions: 3
    window: 24h
    on_failure: suppress
"""


class Served:
    """A running gunicorn; ``workers`` are the processes that answered so far."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port

    def ask(self) -> socket.socket:
        """A connection on which all of a request but its last line end was sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        connection.sendall(b"GET /api/ads?customer=anna HTTP/1.1\r\nHost: shop\r\n")
        return connection

    def answer(self, connection: socket.socket) -> list[str]:
        """Ends the request and gives the campaigns that came."""
        with connection:
            connection.sendall(b"Connection: close\r\n\r\n")
            with connection.makefile("rb") as stream:
                head, _, body = stream.read().partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        return [item["campaign"] for item in json.loads(body)["items"]]

    def ask_both(self) -> list[str]:
        """One answer from each worker: the first one waits for the end of its request."""
        waiting = self.ask()
        other = self.answer(self.ask())
        return other + self.answer(waiting)


@contextmanager
def gunicorn(rules: Path, redis_url: str) -> Iterator[Served]:
    process, port = started(
        "example_app.wsgi:application",
        {"GUARDRAIL_RULES": str(rules), "GUARDRAIL_REDIS_URL": redis_url},
        *("--access-logfile", "-", "--access-logformat", "worker %(p)s"),
    )
    assert process.stdout
    try:
        yield Served(process, port)
    finally:
        process.terminate()
        rest = process.stdout.read()
        process.stdout.close()
        process.wait(timeout=30)
    assert len(set(re.findall(r"worker <?(\d+)", rest))) == 2, rest


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "ads.yaml").write_text(RULES, encoding="utf-8")
    return tmp_path / "rules"


def test_a_cap_holds_over_workers_and_restarts(rules: Path, redis_url: str) -> None:
    """Of six views answered by both workers three have each campaign, and none after a restart."""
    with gunicorn(rules, redis_url) as served:
        seen = [campaign for _ in range(3) for campaign in served.ask_both()]
    campaigns = set(seen)
    assert len(campaigns) == 6
    assert {campaign: seen.count(campaign) for campaign in campaigns} == dict.fromkeys(campaigns, 3)

    with gunicorn(rules, redis_url) as served:
        assert served.ask_both() == []

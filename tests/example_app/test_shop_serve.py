"""The server behind ``guardrail demo``."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from example_app.serve import open_shop, say, serve


def fetch(url: str, path: str) -> tuple[int, bytes]:
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=20)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()


def test_the_shop_opens_on_a_free_port(capfd: pytest.CaptureFixture[str]) -> None:
    """It answers on the address it tells, and says nothing for each request."""
    with open_shop() as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        try:
            assert fetch(server.url, "/healthz") == (200, b'{"status":"ok"}\n')
            status, body = fetch(server.url, "/api/recommendations?customer=anna")
        finally:
            server.shutdown()
            serving.join()
    assert status == 200
    assert len(json.loads(body)["items"]) == 12
    assert capfd.readouterr() == ("", "")


def test_serving_tells_its_address_first() -> None:
    """Whoever is told may still call it off."""
    told: list[str] = []

    def interrupt(url: str) -> None:
        told.append(url)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serve(0, ready=interrupt)
    assert told[0].startswith("http://127.0.0.1:")


def test_a_taken_port_is_an_error() -> None:
    """Left to the caller, who knows how to say it."""
    with open_shop() as server, pytest.raises(OSError, match="Address already in use"):
        open_shop(server.server_port)


def test_one_address_is_said_with_what_to_look_at(capsys: pytest.CaptureFixture[str]) -> None:
    """And how to close it again."""
    say("http://127.0.0.1:5000/")
    out = capsys.readouterr().out
    assert out.count("http://") == 1
    assert out.startswith("The shop is open at http://127.0.0.1:5000/\n")
    for word in ("customer", "tolerance", "Stats", "Ctrl-C"):
        assert word in out

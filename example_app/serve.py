"""The shop on this machine, for ``guardrail demo``: its own secret, nothing kept."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import click

from example_app.app import RULES, create_app


class ShopServer(ThreadingMixIn, WSGIServer):
    """One thread for each request, none of which keeps the process alive."""

    daemon_threads = True

    @property
    def url(self) -> str:
        """Where the shop is."""
        return f"http://{self.server_name}:{self.server_port}/"

    def server_bind(self) -> None:
        """Bind without the name lookup of the base class, which may take seconds."""
        # What the base class does too: a port that was closed just now can be taken again.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()


class Quiet(WSGIRequestHandler):
    """Serves without a log line for every request."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as it is called
        """Say nothing."""

    def address_string(self) -> str:
        """The address as it is, not looked up."""
        return str(self.client_address[0])


def say(url: str) -> None:
    """Tell where the shop is and what to look at."""
    click.echo(f"""The shop is open at {url}

  Left is what was chosen for one person, right what the guard lets them see; the
  reason stands between. Choose another customer or tolerance at the top. Reload a
  few times: an ad that was seen often enough goes. "Newsletter" is a letter before
  it is sent, "Treatments" what can be done to an item; "Stats" counts it all.

Ctrl-C closes the shop.""")


def open_shop(port: int = 0, host: str = "127.0.0.1") -> ShopServer:
    """A server that listens but does not serve yet. Port 0: any free one.

    Impressions are counted in memory unless ``GUARDRAIL_REDIS_URL`` is set. Raises OSError
    where the port is taken.
    """
    secret = secrets.token_urlsafe(32)
    app = create_app({"GUARDRAIL_RULES": str(RULES), "GUARDRAIL_SECRET": secret})
    server = ShopServer((host, port), Quiet)
    server.set_app(app)
    return server


def serve(port: int = 0, host: str = "127.0.0.1", *, ready: Callable[[str], object] = say) -> str:
    """Serve the shop until it is interrupted; ``ready`` is told its URL once it listens.

    Returns that URL. Raises OSError where the port is taken.
    """
    with open_shop(port, host) as server:
        ready(server.url)
        server.serve_forever()
        return server.url

"""``guardrail serve``: the guard as an HTTP service, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import ipaddress
import logging
import signal
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from guardrail.cli.ending import bad_argument, unreachable
from guardrail.cli.opening import guard_for

if TYPE_CHECKING:
    from guardrail.serve.server import Server
    from guardrail.serve.tokens import Tokens
    from guardrail.service import Guard


@click.command()
@click.option("--rules", metavar="DIR", help="Rule directory or file.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True)
@click.option("--threads", type=click.IntRange(1, 256), default=4, show_default=True)
@click.option("--token-file", metavar="FILE", help="Tokens, one on each line.")
@click.option("--no-token", is_flag=True, help="Let everybody on this machine ask.")
@click.option(
    "--allow-origin", metavar="ORIGIN", multiple=True, help="A web page that may ask (CORS)."
)
@click.pass_context
def serve(
    ctx: click.Context,
    *,
    rules: str | None,
    host: str,
    port: int,
    threads: int,
    token_file: str | None,
    no_token: bool,
    allow_origin: tuple[str, ...],
) -> None:
    """Serve the guard over HTTP: POST /v1/review, described in /openapi.json."""
    if find_spec("waitress") is None:
        raise unreachable(
            "serving needs waitress: pip install 'guardrail-middleware[serve]'; or run "
            "guardrail.serve:create() under a WSGI server of your own"
        )
    from guardrail.serve.app import ReviewService
    from guardrail.serve.origins import Origins
    from guardrail.serve.server import Server, listen
    from guardrail.serve.tokens import read_token_file

    if no_token and token_file:
        raise bad_argument("--no-token and --token-file exclude each other")
    if no_token and not _is_this_machine(host):
        raise bad_argument(
            f"--no-token works on this machine alone, and {host} may be reached by others; "
            "use --host 127.0.0.1, or set GUARDRAIL_SERVE_TOKEN"
        )
    origins = Origins(allow_origin)
    token = None if token_file is None else read_token_file(token_file)
    with guard_for(ctx, rules=rules, serve_token=token) as guard:
        tokens = None if no_token else _tokens(guard)
        service = ReviewService(guard, tokens=tokens, origins=origins)
        try:
            listening = listen(host, port)
        except OSError as error:
            raise unreachable(
                f"{host}, port {port}: {error.strerror or error}; "
                "give others with --host and --port"
            ) from None
        with listening:
            server = Server(service, listening, threads=threads)
            _say(guard, host, server.port, tokens)
            _run(server)


def _tokens(guard: Guard) -> Tokens:
    from guardrail.config import ConfigError
    from guardrail.serve.app import tokens_of

    try:
        return tokens_of(guard)
    except ConfigError as missing:
        raise bad_argument(
            f"{missing} (or give --token-file FILE; or --no-token for a trial on this machine)"
        ) from None


def _run(server: Server) -> None:
    # It would say at each request that comes while another one is at work that it has to wait.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    server.run()


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _say(guard: Guard, host: str, port: int, tokens: Tokens | None) -> None:
    where = f"[{host}]" if ":" in host else host
    opened = "no token is asked for"
    if tokens is not None:
        opened = "1 token" if len(tokens) == 1 else f"{len(tokens)} tokens"
    click.echo(
        f"guardrail serves http://{where}:{port}/v1/review "
        f"({opened}; rules {guard.rules.revision[:19]}). Ctrl-C ends it."
    )

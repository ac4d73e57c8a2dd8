"""The service as a WSGI application: paths, methods, tokens, and one way to say no."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from guardrail.config import HOW_TO_MAKE_ONE, ConfigError
from guardrail.ruleset import Surface
from guardrail.serve import asked, openapi
from guardrail.serve.origins import Origins, preflight
from guardrail.serve.refused import Refused
from guardrail.serve.reply import Reply, Sending
from guardrail.serve.reviewing import review
from guardrail.serve.taken import Environ, take
from guardrail.serve.tokens import Tokens, read_token_file
from guardrail.service import Guard
from guardrail.trouble import report

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

_EVERYWHERE = Surface(name="")
_Answering = Callable[[Environ], Reply]


def create(
    *,
    token: str | None = None,
    token_file: str | Path | None = None,
    allow_origin: Iterable[str] = (),
    **settings: Any,
) -> ReviewService:
    """The service with a guard of its own, for any WSGI server.

    ``token`` is the setting ``GUARDRAIL_SERVE_TOKEN`` (several are joined by commas),
    ``token_file`` a file with one on each line instead. ``allow_origin``: web pages that may ask
    from a browser. ``settings``: all others by their names in lower case, and ``clock``.
    Raises `ConfigError` for what is wrong or without any token, OSError for a token file that
    can't be read, and what loading the rules raises.
    """
    if token_file is not None:
        if token is not None:
            raise ConfigError("give token or token_file, not both")
        token = read_token_file(token_file)
    origins = Origins(allow_origin)
    guard = Guard.from_arguments({**settings, "serve_token": token})
    try:
        return ReviewService(guard, tokens=tokens_of(guard), origins=origins)
    except ConfigError:
        guard.close()
        raise


def tokens_of(guard: Guard) -> Tokens:
    """The tokens of a guard's settings. Raises ConfigError where there are none."""
    stated = guard.settings.serve_token
    if stated is None:
        raise ConfigError(
            "the service needs a token, so that not everybody can ask it: set "
            f"GUARDRAIL_SERVE_TOKEN. Make one with: {HOW_TO_MAKE_ONE}"
        )
    return Tokens(stated.split(","))


class ReviewService:
    """A WSGI application that answers ``POST /v1/review`` and its kin.

    ``tokens`` None: everybody who can reach it may ask, so it must listen on this machine alone.
    Nothing of a request is kept here; one instance serves any number of threads.
    """

    def __init__(self, guard: Guard, *, tokens: Tokens | None, origins: Origins) -> None:
        self.guard = guard
        self._tokens = tokens
        self._origins = origins
        self._description = msgspec.json.encode(openapi.document())
        get = ("GET", "HEAD")
        self._open: Mapping[str, tuple[tuple[str, ...], _Answering]] = {
            "/v1/health": (get, self._health),
            "/openapi.json": (get, self._openapi),
        }
        self._closed: Mapping[str, tuple[tuple[str, ...], _Answering]] = {
            "/v1/review": (("POST",), self._review),
            "/v1/review-many": (("POST",), self._review_many),
        }

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as PEP 3333 has it."""
        try:
            reply = self._reply(environ)
        except Refused as refused:
            reply = refused.reply()
        except Exception as error:  # noqa: BLE001 - a client is told nothing of our own mistakes
            report("a request to the service failed", error)
            reply = Refused(
                HTTPStatus.INTERNAL_SERVER_ERROR, "a fault of guardrail itself; its log says where"
            ).reply()
        start_response(reply.status_line, [*reply.all_headers(), *self._origins.headers(environ)])
        return Sending(reply, with_body=environ["REQUEST_METHOD"] != "HEAD")

    def close(self) -> None:
        """Write out what is counted and let go of connections."""
        self.guard.close()

    def _reply(self, environ: Environ) -> Reply:
        path = environ.get("PATH_INFO", "")
        found = self._open.get(path) or self._closed.get(path)
        if found is None:
            paths = ", ".join([*self._closed, *self._open])
            raise Refused(HTTPStatus.NOT_FOUND, f"there is no such path; there are {paths}")
        methods, answering = found
        if self._origins.is_preflight(environ):
            return Reply(HTTPStatus.NO_CONTENT, b"", headers=preflight(methods))
        if environ["REQUEST_METHOD"] not in methods:
            allowed = ", ".join(methods)
            raise Refused(
                HTTPStatus.METHOD_NOT_ALLOWED,
                f"this path takes {allowed}",
                headers=[("Allow", allowed)],
            )
        if path in self._closed and self._tokens is not None:
            self._tokens.admit(environ.get("HTTP_AUTHORIZATION", ""))
        return answering(environ)

    def _review(self, environ: Environ) -> Reply:
        wanted = asked.one(self._body(environ), self.guard.rules)
        done = review(self.guard, wanted, gpc=_wants_privacy(environ))
        return Reply(HTTPStatus.OK, msgspec.json.encode(done.told), unsent=[done.unsent])

    def _review_many(self, environ: Environ) -> Reply:
        wanted = asked.many(self._body(environ), self.guard.rules)
        gpc = _wants_privacy(environ)
        done = [review(self.guard, each, gpc=gpc) for each in wanted]
        return Reply(
            HTTPStatus.OK,
            msgspec.json.encode({"decisions": [each.told for each in done]}),
            unsent=[each.unsent for each in done],
        )

    def _health(self, _: Environ) -> Reply:
        guard = self.guard
        guard.beat()
        told = {
            "status": "serving",
            "mode": guard.mode_of(_EVERYWHERE),
            "revision": guard.rules.revision,
            "rules": "broken" if guard.problems else "fine",
            "ledger": "fine" if guard.reaches_stores else "unreachable",
        }
        return Reply(HTTPStatus.OK, msgspec.json.encode(told))

    def _openapi(self, _: Environ) -> Reply:
        return Reply(HTTPStatus.OK, self._description)

    def _body(self, environ: Environ) -> bytes:
        return take(environ, self.guard.settings.max_body_bytes)


def _wants_privacy(environ: Environ) -> bool:
    """Whether the request carries the Global Privacy Control signal, ``Sec-GPC: 1``."""
    return bool(environ.get("HTTP_SEC_GPC", "").strip() == "1")

"""The body of a request, taken from the server within its limits."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from guardrail.serve.refused import Refused, wrong

Environ = dict[str, Any]
_UTF_8 = frozenset({"", "utf-8", "utf8", "us-ascii"})
_LONGEST_NUMBER = 18


def take(environ: Environ, limit: int) -> bytes:
    """The whole body, ``limit`` bytes at most. Raises `Refused`: 400, 411, 413 or 415."""
    _check_type(environ)
    length = _length(environ, limit)
    # One byte more than allowed tells a body that is too long from one that just fits.
    body = _read(environ, limit + 1 if length is None else length)
    if length is None and len(body) > limit:
        raise _too_large(limit)
    if length is not None and len(body) < length:
        raise wrong("the body ended before its Content-Length", None)
    return body


def _check_type(environ: Environ) -> None:
    essence, *parameters = environ.get("CONTENT_TYPE", "").lower().split(";")
    pairs = dict(p.strip().partition("=")[::2] for p in parameters)
    charset = pairs.get("charset", "").strip("\"'")
    is_json = essence.strip() == "application/json" or essence.strip().endswith("+json")
    if not is_json or charset not in _UTF_8:
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "send JSON in UTF-8, with the header Content-Type: application/json",
            headers=[("Accept-Post", "application/json")],
        )
    if environ.get("HTTP_CONTENT_ENCODING", "").strip().lower() not in ("", "identity"):
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "send the body without compression; Content-Encoding is not understood here",
            headers=[("Accept-Encoding", "identity")],
        )


def _length(environ: Environ, limit: int) -> int | None:
    """How long the body is; None where the server knows its end (``wsgi.input_terminated``)."""
    said = environ.get("CONTENT_LENGTH", "").strip()
    if not said:
        if environ.get("wsgi.input_terminated"):
            return None
        raise Refused(HTTPStatus.LENGTH_REQUIRED, "say with Content-Length how long the body is")
    if not (said.isascii() and said.isdigit()):
        raise wrong("Content-Length is no whole number of bytes", None)
    if len(said) > _LONGEST_NUMBER or int(said) > limit:
        raise _too_large(limit)
    return int(said)


def _read(environ: Environ, size: int) -> bytes:
    pieces = []
    while size > 0:
        try:
            piece: bytes = environ["wsgi.input"].read(size)
        except Exception:  # noqa: BLE001 - each server has its own error for a client that is gone
            raise wrong("the body could not be read to its end", None) from None
        if not piece:
            break
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _too_large(limit: int) -> Refused:
    return Refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"a request may have {limit} bytes (GUARDRAIL_MAX_BODY_BYTES); ask with several requests",
    )

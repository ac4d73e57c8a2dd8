"""What a request says to the guard, and what of it the app gets to see."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from guardrail.intercept.needs import GUARDED

Environ = dict[str, Any]

# With these the app could answer with a part of the list, with "as you have it already", with
# a difference, or in a charset in which JSON can't be written.
_HIDDEN = (
    "HTTP_ACCEPT_CHARSET",
    "HTTP_A_IM",
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_RANGE",
    "HTTP_RANGE",
)
# Some frameworks take a request for one of another method if it says so in one of these.
_OVERRIDES = ("HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_HTTP_METHOD", "HTTP_X_METHOD_OVERRIDE")


def path_of(environ: Environ) -> str:
    """The path from the root of the site, as text; WSGI gives bytes dressed up as Latin-1."""
    path: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    if path.isascii():
        return path
    return path.encode("latin-1", "replace").decode("utf-8", "replace")


def methods_of(environ: Environ) -> list[str]:
    """The methods that the app may take a request for: its own, then those it asks to be."""
    said = [environ["REQUEST_METHOD"], *(environ.get(name, "") for name in _OVERRIDES)]
    if "_method=" in (query := environ.get("QUERY_STRING", "")):
        said += parse_qs(query).get("_method", [])
    return [method for method in said if method]


def for_app(environ: Environ) -> Environ:
    """A copy of environ that makes the app answer with a whole, readable body."""
    inner = dict(environ)
    for name in _HIDDEN:
        inner.pop(name, None)
    inner["HTTP_ACCEPT_ENCODING"] = "identity"
    inner[GUARDED] = True
    return inner


def is_head(environ: Environ) -> bool:
    """Whether only headers are asked for; frameworks read ``head`` so, too."""
    method: str = environ.get("REQUEST_METHOD", "")
    return method.upper() == "HEAD"


def is_prefetch(environ: Environ) -> bool:
    """Whether the browser only fetches ahead, so that perhaps nobody sees the response."""
    return (
        "prefetch" in environ.get("HTTP_SEC_PURPOSE", "").lower()
        or environ.get("HTTP_PURPOSE", "").strip().lower() == "prefetch"
        or environ.get("HTTP_X_MOZ", "").strip().lower() == "prefetch"
    )


def wants_privacy(environ: Environ) -> bool:
    """Whether the request carries the Global Privacy Control signal, ``Sec-GPC: 1``."""
    return bool(environ.get("HTTP_SEC_GPC", "").strip() == "1")


def is_secure(environ: Environ) -> bool:
    """Whether the request came by https, as the server says; no client header is believed."""
    return environ.get("wsgi.url_scheme") == "https"

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
_FETCHING_AHEAD = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_MOZ")


def as_text(path: str) -> str:
    """A path of environ as text; WSGI gives bytes dressed up as Latin-1."""
    return path.encode("latin-1", "replace").decode("utf-8", "replace")


def other_methods(environ: Environ) -> list[str]:
    """The methods, beside its own, that the app may take a request for, because it asks so."""
    query: str = environ.get("QUERY_STRING", "")
    if "_method=" not in query and environ.keys().isdisjoint(_OVERRIDES):
        return []
    said = [environ[name] for name in _OVERRIDES if name in environ]
    if "_method=" in query:
        said += parse_qs(query).get("_method", [])
    return [method for method in said if method]


def for_app(environ: Environ) -> Environ:
    """A copy of environ that makes the app answer with a whole, readable body."""
    inner = {**environ, "HTTP_ACCEPT_ENCODING": "identity", GUARDED: True}
    if not environ.keys().isdisjoint(_HIDDEN):
        for name in _HIDDEN:
            inner.pop(name, None)
    return inner


def is_head(environ: Environ) -> bool:
    """Whether only headers are asked for; frameworks read ``head`` so, too."""
    method: str = environ.get("REQUEST_METHOD", "")
    return method != "GET" and method.upper() == "HEAD"


def is_prefetch(environ: Environ) -> bool:
    """Whether the browser only fetches ahead, so that perhaps nobody sees the response."""
    if environ.keys().isdisjoint(_FETCHING_AHEAD):
        return False
    if "prefetch" in (environ.get("HTTP_SEC_PURPOSE") or "").lower():
        return True
    said = (environ.get("HTTP_PURPOSE"), environ.get("HTTP_X_MOZ"))
    return any((one or "").strip().lower() == "prefetch" for one in said)


def wants_privacy(environ: Environ) -> bool:
    """Whether the request carries the Global Privacy Control signal, ``Sec-GPC: 1``."""
    return "HTTP_SEC_GPC" in environ and bool(environ["HTTP_SEC_GPC"].strip() == "1")


def is_secure(environ: Environ) -> bool:
    """Whether the request came by https, as the server says; no client header is believed."""
    return environ.get("wsgi.url_scheme") == "https"

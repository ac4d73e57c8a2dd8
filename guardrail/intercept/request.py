"""What a request says to the guard, and what of it the app gets to see."""

from __future__ import annotations

from typing import Any

from guardrail.intercept.needs import GUARDED

Environ = dict[str, Any]

# With these the app could answer with a part of the list, or with "as you have it already".
_HIDDEN = (
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_RANGE",
    "HTTP_RANGE",
)


def path_of(environ: Environ) -> str:
    """The path from the root of the site, as text; WSGI gives bytes dressed up as Latin-1."""
    path: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    if path.isascii():
        return path
    return path.encode("latin-1", "replace").decode("utf-8", "replace")


def for_app(environ: Environ) -> Environ:
    """A copy of environ that makes the app answer with a whole, readable body."""
    inner = dict(environ)
    for name in _HIDDEN:
        inner.pop(name, None)
    inner["HTTP_ACCEPT_ENCODING"] = "identity"
    inner[GUARDED] = True
    return inner


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

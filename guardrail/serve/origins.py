"""Which web pages may ask from a browser (CORS): none, unless they are named."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from guardrail.config import ConfigError
from guardrail.serve.reply import Headers

_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_KEPT_SECONDS = 600


class Origins:
    """The origins that are allowed, such as ``https://shop.example``."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """Raises ConfigError for what is no origin; ``*`` is none, since pages have to be named."""
        self._allowed = frozenset(map(_checked, allowed))

    def headers(self, environ: dict[str, Any]) -> Headers:
        """What every answer carries: leave for an allowed origin; nothing while none is named."""
        if not self._allowed:
            return []
        origin = environ.get("HTTP_ORIGIN", "")
        leave = [("Access-Control-Allow-Origin", origin)] if origin in self._allowed else []
        return [*leave, ("Vary", "Origin")]

    def is_preflight(self, environ: dict[str, Any]) -> bool:
        """Whether an allowed origin asks what it may send."""
        return (
            environ["REQUEST_METHOD"] == "OPTIONS"
            and environ.get("HTTP_ORIGIN", "") in self._allowed
            and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        )


def preflight(methods: Iterable[str]) -> Headers:
    """What may be sent to a path that takes these methods."""
    return [
        ("Access-Control-Allow-Methods", ", ".join(methods)),
        ("Access-Control-Allow-Headers", "Authorization, Content-Type"),
        ("Access-Control-Max-Age", str(_KEPT_SECONDS)),
    ]


def _checked(origin: str) -> str:
    text = origin.strip().lower()
    if _ORIGIN.fullmatch(text):
        return text
    raise ConfigError(
        f"{origin!r} is no origin that can be allowed; name each one with scheme and host "
        "and nothing behind, such as https://shop.example"
    )

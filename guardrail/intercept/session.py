"""The first-party cookie that tells apart visitors whom the app does not name.

It holds a random id and nothing else, signed, so that nobody can make up a visitor who has seen
nothing yet or has seen it all.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

NAME = "guardrail_session"
SECONDS = 86_400
_BYTES = 16
_ID = re.compile(r"[A-Za-z0-9_-]{22}")
# Each one tried costs a signature check; an honest browser sends one.
_MOST_TRIED = 4


def fresh() -> str:
    """A new session id: 16 random bytes, URL-safe."""
    return secrets.token_urlsafe(_BYTES)


def read(cookies: str, unsign: Callable[[str], str | None]) -> str | None:
    """The session id in a ``Cookie`` header, None where there is none with a valid signature."""
    if NAME not in cookies:
        return None
    pairs = (part.strip().partition("=") for part in cookies.split(";"))
    signed = [value.strip('"') for name, _, value in pairs if name == NAME]
    for value in signed[:_MOST_TRIED]:
        session = unsign(value)
        if session is not None and _ID.fullmatch(session):
            return session
    return None


def cookie(signed: str, *, secure: bool) -> str:
    """The value of the ``Set-Cookie`` header that keeps a session for a day."""
    parts = [f"{NAME}={signed}", f"Max-Age={SECONDS}", "Path=/", "HttpOnly", "SameSite=Lax"]
    return "; ".join([*parts, "Secure"] if secure else parts)

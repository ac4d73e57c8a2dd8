"""Who may ask: bearer tokens (RFC 6750), several at a time so that they can be exchanged."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from hmac import compare_digest
from http import HTTPStatus
from pathlib import Path

from guardrail.config import ConfigError
from guardrail.serve.refused import Refused


class Tokens:
    """The tokens that open the service. Their texts are not kept."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self._digests = [_digest(token) for token in tokens]

    def __len__(self) -> int:
        return len(self._digests)

    def admit(self, authorization: str) -> None:
        """Raise `Refused` (401) unless an ``Authorization`` header holds one of the tokens."""
        scheme, _, given = authorization.strip().partition(" ")
        if scheme.lower() != "bearer":
            raise _refused('send the header "Authorization: Bearer <token>"', "")
        digest = _digest(given.strip())
        # Every token is compared, so that the time taken tells nothing about any of them.
        if not sum(compare_digest(digest, known) for known in self._digests):
            raise _refused(
                "this token is none of those that the service was started with",
                ', error="invalid_token"',
            )


def read_token_file(path: str | Path) -> str:
    """The tokens of a file, one on each line, as the setting has them (joined by commas).

    Empty lines and lines that begin with ``#`` are skipped. Raises OSError where the file can't
    be read, ConfigError where it holds no token.
    """
    try:
        lines = [line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines()]
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is no text in UTF-8; write one token on each line") from None
    tokens = [line for line in lines if line and not line.startswith("#")]
    if not tokens:
        raise ConfigError(f"{path} holds no token; write one on each line")
    return ",".join(tokens)


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def _refused(detail: str, more: str) -> Refused:
    challenge = f'Bearer realm="guardrail"{more}'
    return Refused(HTTPStatus.UNAUTHORIZED, detail, headers=[("WWW-Authenticate", challenge)])

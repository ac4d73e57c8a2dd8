"""A request that is not answered, and why: ``application/problem+json`` (RFC 9457)."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from guardrail.serve.reply import Headers, Reply

PROBLEM = "application/problem+json"


class Refused(Exception):  # noqa: N818 - it says what becomes of a request, not that code is wrong
    """What is wrong with a request. Its text never holds a value that the request gave.

    ``pointer``: where in the JSON that was sent (RFC 6901; "" is the whole), None = elsewhere.
    """

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        pointer: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.pointer = pointer
        self.headers: Headers = list(headers)

    def under(self, pointer: str) -> Refused:
        """The same, where the JSON that was looked at stands at ``pointer`` of what was sent."""
        inner = None if self.pointer is None else pointer + self.pointer
        return Refused(self.status, self.detail, pointer=inner, headers=self.headers)

    def reply(self) -> Reply:
        """The answer that says so."""
        told: dict[str, Any] = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": int(self.status),
            "detail": self.detail,
        }
        if self.pointer is not None:
            told["pointer"] = self.pointer
        return Reply(self.status, msgspec.json.encode(told), PROBLEM, self.headers)


def wrong(detail: str, pointer: str | None = "") -> Refused:
    """The JSON is not what was asked for: 400."""
    return Refused(HTTPStatus.BAD_REQUEST, detail, pointer=pointer)


def step(key: str | int) -> str:
    """One step of a JSON pointer."""
    return "/" + str(key).replace("~", "~0").replace("/", "~1")

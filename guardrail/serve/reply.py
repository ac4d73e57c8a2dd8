"""What is sent to a client, and what becomes of it when the client does not take it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import NamedTuple

Headers = list[tuple[str, str]]
JSON = "application/json"


class Reply(NamedTuple):
    """One answer. ``unsent`` are called if it never went out."""

    status: HTTPStatus
    body: bytes
    content_type: str = JSON
    headers: Sequence[tuple[str, str]] = ()
    unsent: Sequence[Callable[[], None]] = ()

    @property
    def status_line(self) -> str:
        """As WSGI has it: ``200 OK``."""
        return f"{int(self.status)} {self.status.phrase}"

    def all_headers(self) -> Headers:
        """Every header; nothing is ever kept by a cache, since it speaks of one person."""
        about_the_body = (
            []
            if self.status == HTTPStatus.NO_CONTENT
            else [("Content-Type", self.content_type), ("Content-Length", str(len(self.body)))]
        )
        return [
            *about_the_body,
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            *self.headers,
        ]


class Sending:
    """The body of a reply as the server takes it.

    A server that asks for more after the body has taken all of it; one that closes before has
    lost its client, and what was reserved for the reply is given back.
    """

    def __init__(self, reply: Reply, *, with_body: bool) -> None:
        self._left = reply.body if with_body else b""
        self._unsent = reply.unsent

    def __iter__(self) -> Sending:
        return self

    def __next__(self) -> bytes:
        if not self._left:
            self._unsent = ()
            raise StopIteration
        piece, self._left = self._left, b""
        return piece

    def close(self) -> None:
        """The server is done with it."""
        unsent, self._unsent = self._unsent, ()
        for give_back in unsent:
            give_back()

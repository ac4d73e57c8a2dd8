"""A guard without rules, a server without sockets, and the shapes that WSGI apps come in."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, NamedTuple
from wsgiref.util import setup_testing_defaults

from guardrail.model import Decision
from guardrail.ruleset import Surface

SHELF = Surface(name="shelf", path="/shelf")
BLANK = b'{"items":[]}'
CREEPY = b'{"items":[{"id":"a"},{"id":"b","creepy":true,"signals":[]}],"total":2}'
GUARDED = b'{"items":[{"id":"a"}],"total":2}'
CLEAN = b'{"items":[{"id":"a"}],"total":1}'


class FakeAnswer(NamedTuple):
    body: bytes | None
    decision: Decision
    reservation: object | None = None
    personal: bool = True


class FakeGuard:
    """Takes out items marked ``creepy``; remembers what it was asked."""

    def __init__(
        self,
        *,
        mode: str = "enforce",
        on_failure: str = "pass",
        personal: bool = True,
        max_body_bytes: int = 4096,
        unknown_identity: str = "session",
        broken: tuple[str, ...] = (),
    ) -> None:
        self.settings = SimpleNamespace(
            max_body_bytes=max_body_bytes, unknown_identity=unknown_identity
        )
        self.mode, self.on_failure, self.personal, self.broken = mode, on_failure, personal, broken
        self.answers: list[dict[str, Any]] = []
        self.unreadables: list[dict[str, Any]] = []
        self.released: list[object] = []
        self.not_covered_count = 0

        self.reads_ahead = False
        self.ahead: list[dict[str, Any]] = []
        self.earlies: list[Any] = []
        self.dropped = 0

    def read_ahead(self, surface: Surface, **said: Any) -> Any:
        self._may_break("read_ahead")
        self.ahead.append(said)
        return self

    def drop(self) -> None:
        self.dropped += 1

    def _may_break(self, name: str) -> None:
        if name in self.broken:
            raise ValueError("customer c-1001 tripped it")

    def surface_for(self, method: str, path: str) -> Surface | None:
        self._may_break("surface_for")
        return SHELF if path == "/shelf" and method in ("GET", "HEAD", "POST") else None

    def answer(
        self, body: bytes, surface: Surface, *, early: Any = None, **said: Any
    ) -> FakeAnswer:
        self._may_break("answer")
        self.earlies.append(early)
        self.answers.append({"body": body, **said})
        try:
            parsed = json.loads(body)
        except ValueError:
            return self._refuse("json")
        if not isinstance(parsed, dict):
            return self._refuse("shape")
        kept = [item for item in parsed["items"] if not item.get("creepy")]
        outcome = {"enforce": "guarded", "observe": "observed"}[self.mode]
        answer = FakeAnswer(None, self.decision(outcome), object(), self.personal)
        if kept == parsed["items"] or self.mode == "observe":
            return answer
        text = json.dumps({**parsed, "items": kept}, separators=(",", ":"))
        return answer._replace(body=text.encode())

    def unreadable(
        self, why: str, surface: Surface, *, early: Any = None, **said: Any
    ) -> FakeAnswer:
        self._may_break("unreadable")
        self.earlies.append(early)
        self.unreadables.append({"why": why, **said})
        return self._refuse(why)

    def _refuse(self, why: str) -> FakeAnswer:
        body = BLANK if self.on_failure == "blank" else None
        return FakeAnswer(
            body, self.decision(f"not_readable({why})"), personal=self.on_failure == "blank"
        )

    def failed(
        self, error: Exception, surface: Surface, *, customer: object, body: bytes | None = None
    ) -> FakeAnswer:
        self._may_break("failed")
        answer = self._refuse("failed")
        return answer._replace(body=b"[]") if answer.body and surface.items == "." else answer

    def mode_of(self, surface: Surface) -> str:
        return self.mode

    def not_covered(self, surface: Surface) -> Decision:
        self._may_break("not_covered")
        self.not_covered_count += 1
        return self.decision("not_covered")

    def release(self, answer: FakeAnswer) -> None:
        self.released.append(answer.reservation)
        self._may_break("release")

    def sign(self, text: str) -> str:
        self._may_break("sign")
        return f"{text}.signed"

    def unsign(self, text: str) -> str | None:
        plain, _, signature = text.partition(".")
        return plain if signature == "signed" else None

    def decision(self, outcome: str) -> Decision:
        return Decision("d-1", "sha256:none", "shelf", self.mode, 0, outcome)


@dataclass
class Served:
    """What a client was sent, and how it came about."""

    status: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)
    iterable: Any = None
    errors: str = ""

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    def header(self, name: str) -> str | None:
        found = [v for k, v in self.headers if k.lower() == name.lower()]
        assert len(found) < 2, found
        return found[0] if found else None


def environ_for(path: str = "/shelf", **extra: Any) -> dict[str, Any]:
    environ: dict[str, Any] = {"SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "", **extra}
    setup_testing_defaults(environ)
    environ["wsgi.errors"] = io.StringIO()
    return environ


class Server:
    """The server's side of PEP 3333, strict: headers go out with the first byte of a body."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self.environ = environ
        self.errors = environ["wsgi.errors"]
        self.served = Served()
        self.out = False

    def start_response(self, status: str, headers: Any, exc_info: Any = None) -> Any:
        assert type(headers) is list
        if exc_info:
            if self.out:
                raise exc_info[1].with_traceback(exc_info[2])
        else:
            assert not self.served.status, "start_response twice without exc_info"
        self.served.status, self.served.headers = status, headers
        return self.write

    def write(self, data: bytes) -> None:
        assert self.served.status, "a body before start_response"
        self.served.chunks.append(data)
        self.out = self.out or bool(data)

    def run(self, app: Any, *, take: int | None = None) -> Served:
        """Serve one request; ``take``: the client is gone after so many pieces."""
        iterable = self.served.iterable = app(self.environ, self.start_response)
        try:
            if take != 0:
                for count, chunk in enumerate(iterable, 1):
                    self.write(chunk)
                    if count == take:
                        break
        finally:
            close = getattr(iterable, "close", None)
            if close:
                close()
            self.served.errors = self.errors.getvalue()
        return self.served


def serve(app: Any, *, take: int | None = None, path: str = "/shelf", **environ: Any) -> Served:
    return Server(environ_for(path, **environ)).run(app, take=take)


class Body:
    """An app's iterable that knows how often it was closed."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.chunks = iter(chunks)
        self.closed = 0
        self.taken = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = next(self.chunks)
        self.taken += 1
        return chunk

    def close(self) -> None:
        self.closed += 1


class App:
    """An app that answers one thing, and remembers its calls."""

    def __init__(
        self,
        body: bytes | Iterable[bytes] = CREEPY,
        *,
        status: str = "200 OK",
        headers: Iterable[tuple[str, str]] | None = None,
        content_type: str | None = "application/json",
        also: Callable[[dict[str, Any]], object] | None = None,
    ) -> None:
        self.chunks = [body] if isinstance(body, bytes) else body
        self.status = status
        typed = [("Content-Type", content_type)] if content_type else []
        self.headers = [*typed, *(headers or ())]
        self.also = also
        self.environs: list[dict[str, Any]] = []
        self.bodies: list[Body] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Body:
        self.environs.append(environ)
        if self.also:
            self.also(environ)
        start_response(self.status, self.headers)
        self.bodies.append(Body(self.chunks))
        return self.bodies[-1]

    @property
    def environ(self) -> dict[str, Any]:
        (only,) = self.environs
        return only

    @property
    def body(self) -> Body:
        (only,) = self.bodies
        return only

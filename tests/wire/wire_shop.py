"""A shop with real rules: one item that may be shown, one that may not, and ways to ask."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "intercept"))

from intercept_fakes import Served, Server, environ_for

from guardrail import GuardrailMiddleware
from guardrail.intercept.needs import DECISION

RULES = """
guardrail: 1
surfaces:
  shelf:
    match: {{path: /shelf, methods: [GET]}}
    treatments: [replace]
    on_failure: {on_failure}
  ads:
    match: {{path: /Ads/**, methods: [GET]}}
    kind: ad
    treatments: []
    on_failure: {on_failure}
rules:
  - id: bought
    kind: signal
    when: {{party: third}}
    action: suppress
"""
FINE = '{"id":"fine","signals":[]}'
CREEPY = '{"id":"creepy","signals":[{"party":"third","method":"observed"}]}'
BOTH = f'{{"items":[{FINE},{CREEPY}],"total":2}}'.encode()
GUARDED = b'{"items":[{"id":"fine"}],"total":2}'
JSON = ("Content-Type", "application/json")
Headers = list[tuple[str, str]]
WsgiApp = Callable[..., Any]


def rules_in(folder: Path, on_failure: str) -> str:
    (folder / "rules.yaml").write_text(RULES.format(on_failure=on_failure), encoding="utf-8")
    return str(folder)


def app(
    body: bytes | Iterable[bytes] = BOTH,
    *headers: tuple[str, str],
    kind: str | None = "application/json",
    status: str = "200 OK",
) -> WsgiApp:
    """An app that answers this, whatever it is asked."""
    pieces = [body] if isinstance(body, bytes) else body

    def answer(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response(status, [*([("Content-Type", kind)] if kind else []), *headers])
        yield from pieces

    return answer


@dataclass(frozen=True)
class Way:
    """One way to get an item past the guard: what the app answers, what the client asks."""

    name: str
    app: WsgiApp = field(default_factory=app)
    path: str = "/shelf"
    environ: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def ask(
    way: Way, middleware: Callable[[WsgiApp], GuardrailMiddleware]
) -> tuple[Served, dict[str, Any]]:
    """What the client is sent, and environ afterwards."""
    environ = environ_for(way.path, **way.environ)
    environ.setdefault("wsgi.input", io.BytesIO())
    served = Server(environ).run(middleware(way.app))
    return served, environ


def outcome_of(environ: dict[str, Any]) -> str | None:
    decision = environ.get(DECISION)
    return None if decision is None else decision.outcome


def ids_in(body: bytes) -> list[str]:
    return [item["id"] for item in json.loads(body)["items"]]

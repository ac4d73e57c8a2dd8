"""Memory stays bounded, and nothing that is shared is held while a client reads."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from intercept_fakes import Server, environ_for
from wire_shop import FINE, Way, app, ask, ids_in, outcome_of

from guardrail import GuardrailMiddleware

MIB = 1024 * 1024
Wrap = Callable[..., Any]


def peak_of(way: Way, middleware: GuardrailMiddleware, *, pieces: int) -> int:
    """The most memory, in bytes, while a client takes so many pieces and throws them away."""
    server = Server(environ_for(way.path))
    tracemalloc.start()
    try:
        iterable: Any = middleware(server.environ, server.start_response)
        for count, _ in enumerate(iterable, 1):
            if count == pieces:
                break
        iterable.close()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def endless(piece: bytes) -> Iterator[bytes]:
    while True:
        yield piece


@pytest.mark.parametrize("on_failure", ["pass", "blank"])
@pytest.mark.parametrize("kind", ["application/json", "text/html", "application/x-ndjson"])
def test_an_endless_response_takes_bounded_memory(
    on_failure: str, kind: str, guarded_by: Wrap
) -> None:
    """A few times the limit at most, however long it goes on."""

    def unending(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", kind)])
        return endless(b"[" + b"x" * 65_536)

    wrap = guarded_by(on_failure, max_body_bytes=MIB)
    assert peak_of(Way("endless"), wrap(unending), pieces=500) < 5 * MIB


def test_ten_megabytes_are_not_held(guarded_by: Wrap) -> None:
    """What is over the limit goes on as it comes."""
    inner = app((b" " * 65_536 for _ in range(160)), kind="application/json")
    assert peak_of(Way("long"), guarded_by("pass")(inner), pieces=1000) < 10 * MIB


def test_ten_megabytes_are_judged_where_that_is_wanted(guarded_by: Wrap) -> None:
    """The limit is a setting."""
    padded = FINE[:-1] + ',"x":"' + "x" * 10 * MIB + '"}'
    body = f'{{"items":[{padded},{{"id":"b","signals":[{{"party":"third"}}]}}]}}'.encode()
    way = Way("long", app([body[at : at + 65_536] for at in range(0, len(body), 65_536)]))
    served, environ = ask(way, guarded_by("pass", max_body_bytes=16 * MIB))
    assert outcome_of(environ) == "guarded"
    assert ids_in(served.body) == ["fine"]
    assert len(served.body) > 10 * MIB


CAPPED = """
guardrail: 1
surfaces:
  shelf: {match: {path: /shelf}, treatments: []}
rules:
  - {id: twice, kind: frequency_cap, per: item, max_impressions: 2, window: 1h}
"""


@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson"])
def test_a_slow_client_holds_no_connection_to_redis(
    kind: str, redis_url: str, tmp_path: Path
) -> None:
    """While it reads, every connection is free for others."""
    (tmp_path / "rules.yaml").write_text(CAPPED, encoding="utf-8")
    body = b'{"items":[{"id":"a"}]}' if kind.endswith("/json") else b'{"id":"a"}\n{"id":"b"}\n'
    middleware = GuardrailMiddleware(
        app([body], kind=kind),
        rules=str(tmp_path),
        redis_url=redis_url,
        secret="s" * 40,
        customer=lambda _: "c-1",
    )
    server = Server(environ_for())
    iterable: Any = middleware(server.environ, server.start_response)
    assert next(iterable)
    pools = [
        thing.connection_pool
        for thing in vars(middleware.guard._stores._connection).values()
        if hasattr(thing, "connection_pool")
    ]
    assert pools
    assert not any(pool._in_use_connections for pool in pools)
    assert list(iterable) in ([], [b""])
    iterable.close()
    middleware.guard.close()

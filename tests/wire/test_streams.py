"""NDJSON and server-sent events, judged record by record with rules and caps."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

import flask
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intercept_fakes import Server, serve
from wire_shop import CREEPY, FINE, Way, app, ask, environ_for, outcome_of

from guardrail import Guardrail, GuardrailMiddleware
from guardrail.intercept.records import Lines

NDJSON, SSE = "application/x-ndjson", "text/event-stream"
PLAIN = b'{"id":"fine"}'
LINES = f"{FINE}\n{CREEPY}\n\n{FINE}\n".encode()
EVENTS = f": shelf\n\nid: 1\ndata: {FINE}\n\nid: 2\nevent: x\ndata: {CREEPY}\n\n".encode()
LEFT = {
    NDJSON: (LINES, PLAIN + b"\n\n" + PLAIN + b"\n"),
    SSE: (EVENTS, b": shelf\n\nid: 1\ndata: " + PLAIN + b"\n\nid: 2\n\n"),
}
Wrap = Callable[..., Any]


@pytest.mark.parametrize("kind", [NDJSON, SSE])
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_each_record_is_judged_alone(kind: str, step: int, guarded_by: Wrap) -> None:
    """One is dropped, the others lose their signals, however the stream is cut."""
    body, left = LEFT[kind]
    pieces = [body[at : at + step] for at in range(0, len(body), step)]
    headers = [("Content-Length", str(len(body))), ("ETag", '"1"'), ("X-Shop", "1")]
    served, environ = ask(Way("stream", app(pieces, *headers, kind=kind)), guarded_by("pass"))
    assert served.body == left
    assert outcome_of(environ) == "guarded"
    names = [name for name, _ in served.headers]
    assert names == ["Content-Type", "X-Shop", "Cache-Control", "Set-Cookie"]
    assert served.header("Cache-Control") == "private, no-store"


def test_a_replaced_record_stays_on_one_line(tmp_path: Path) -> None:
    """The substitute comes where the record was."""
    (tmp_path / "rules.yaml").write_text(
        """
guardrail: 1
surfaces:
  feed:
    match: {path: /shelf}
    treatments: [replace]
    fallback: other.json
    minimum_items: 9
rules:
  - {id: bought, kind: signal, when: {party: third}, action: soften, treatment: replace}
""",
        encoding="utf-8",
    )
    (tmp_path / "other.json").write_text('[{"id": "other",\r\n "signals": []}]', encoding="utf-8")
    body = f"data: {CREEPY}\nid: 4\n\n".encode()
    middleware = GuardrailMiddleware(app(body, kind=SSE), rules=str(tmp_path))
    (sent,) = [line for line in serve(middleware).body.split(b"\n") if line.startswith(b"data:")]
    assert json.loads(sent[5:]) == {"id": "other"}
    middleware.guard.close()


@pytest.mark.parametrize(
    ("on_failure", "left"),
    [("pass", b"[DONE]\n[1,2]\n" + PLAIN + b"\n\xff\n"), ("blank", PLAIN + b"\n")],
)
def test_a_record_that_is_no_item_follows_on_failure(
    on_failure: str, left: bytes, guarded_by: Wrap
) -> None:
    """By itself; the others are judged all the same."""
    body = b"[DONE]\n[1,2]\n" + f"{FINE}\n".encode() + b"\xff\n" + f"{CREEPY}\n".encode()
    assert ask(Way("odd", app(body, kind=NDJSON)), guarded_by(on_failure))[0].body == left


def test_two_values_on_a_line_are_both_judged(guarded_by: Wrap) -> None:
    """A comma makes no item invisible."""
    body = f"{FINE},{CREEPY}\n{CREEPY},{CREEPY}\n".encode()
    assert ask(Way("two", app(body, kind=NDJSON)), guarded_by("pass"))[0].body == PLAIN + b"\n"


def test_a_bracket_ends_no_list(guarded_by: Wrap) -> None:
    """What would close the list around a record is no JSON."""
    body = f"{FINE}],[{CREEPY}\n".encode()
    served, environ = ask(Way("bracket", app(body, kind=NDJSON)), guarded_by("blank"))
    assert (served.body, outcome_of(environ)) == (b"", "not_readable(json)")


def test_a_record_over_the_limit_goes_or_passes(guarded_by: Wrap) -> None:
    """And is counted as too large; the stream goes on."""
    long = b'{"id":"creepy","x":"' + b"x" * 500 + b'"}\n'
    body = long + LINES
    way = Way("long", app([body[:90], body[90:]], kind=NDJSON))
    left = LEFT[NDJSON][1]
    assert ask(way, guarded_by("blank", max_body_bytes=200))[0].body == left
    assert ask(way, guarded_by("pass", max_body_bytes=200))[0].body == long + left


def test_headers_go_out_before_the_first_record_and_each_record_at_once(guarded_by: Wrap) -> None:
    """A browser sees each event when it happens; an unfinished one gives an empty piece."""
    given: list[str] = []

    def slow(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", SSE)])
        for name in ("a", "b"):
            given.append(name)
            yield f'data: {{"id":"{name}",'.encode()
            yield b'"signals":[]}\n\n'

    server = Server(environ_for())
    sending = iter(guarded_by("pass")(slow)(server.environ, server.start_response))
    assert (next(sending), given) == (b"", ["a"])
    assert server.served.status == "200 OK"
    assert (next(sending), given) == (b'data: {"id":"a"}\n\n', ["a"])
    assert (next(sending), given) == (b"", ["a", "b"])
    sending.close()  # type: ignore[attr-defined]


def test_records_that_are_written_are_judged(guarded_by: Wrap) -> None:
    """`write()` and the iterable make one stream."""

    def writer(environ: Any, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", [("Content-Type", NDJSON)])
        for at in range(0, len(LINES) - 3, 5):
            write(LINES[at : min(at + 5, len(LINES) - 3)])
        return [LINES[-3:]]

    assert ask(Way("written", writer), guarded_by("pass"))[0].body == LEFT[NDJSON][1]


def test_head_of_a_stream_has_no_body(guarded_by: Wrap) -> None:
    """As for any guarded response."""
    way = Way("head", app(LINES, kind=NDJSON), environ={"REQUEST_METHOD": "HEAD"})
    assert ask(way, guarded_by("pass"))[0].body == b""


def test_observing_takes_nothing_out_but_signals(guarded_by: Wrap) -> None:
    """And sets no cookie, and leaves the caching to the app."""
    way = Way("watched", app(LINES, ("Cache-Control", "no-cache"), kind=NDJSON))
    served, environ = ask(way, guarded_by("pass", mode="observe"))
    assert served.body == PLAIN + b'\n{"id":"creepy"}\n\n' + PLAIN + b"\n"
    assert served.header("Cache-Control") == "no-cache"
    assert served.header("Set-Cookie") is None
    assert outcome_of(environ) == "observed"


def test_the_switch_works_within_a_stream(guarded_by: Wrap) -> None:
    """What comes after `off` passes."""
    guards: list[GuardrailMiddleware] = []

    def switching(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", NDJSON)])
        yield f"{CREEPY}\n".encode()
        guards[0].guard.set_mode("off")
        yield f"{CREEPY}\n".encode()

    guards.append(guarded_by("blank")(switching))
    assert serve(guards[0]).body == f"{CREEPY}\n".encode()


CAPPED = """
guardrail: 1
surfaces:
  shelf: {match: {path: /shelf}, treatments: []}
rules:
  - {id: twice, kind: frequency_cap, per: item, max_impressions: 2, window: 1h}
"""


@pytest.fixture
def capped(tmp_path: Path) -> Iterator[Callable[..., GuardrailMiddleware]]:
    (tmp_path / "rules.yaml").write_text(CAPPED, encoding="utf-8")
    made: list[GuardrailMiddleware] = []
    first: list[Any] = []

    def make(*pieces: bytes) -> GuardrailMiddleware:
        """All share the first one's guard."""
        inner = app(pieces, kind=NDJSON)
        settings = {"guard": first[0]} if first else {"rules": str(tmp_path)}
        made.append(GuardrailMiddleware(inner, customer=lambda _: "c-1", **settings))
        first[:] = [made[0].guard]
        return made[-1]

    yield make
    first[0].close()


def test_caps_count_within_a_stream_and_over_streams(
    capped: Callable[..., GuardrailMiddleware],
) -> None:
    """The third time it is gone."""
    line = b'{"id":"a"}\n'
    assert serve(capped(line)).body == line
    assert serve(capped(line * 3)).body == line
    assert serve(capped(line)).body == b""


def test_a_client_that_is_gone_has_not_seen_the_last_piece(
    capped: Callable[..., GuardrailMiddleware],
) -> None:
    """What the server took before counts; what it was given last is given back."""
    line = b'{"id":"a"}\n'
    assert serve(capped(line, line, line), take=1).body == line
    assert serve(capped(line * 3)).body == line * 2
    other = b'{"id":"b"}\n'
    assert serve(capped(other, other), take=2).body == other * 2
    assert serve(capped(other * 3)).body == other


def test_an_app_that_fails_within_a_stream_ends_it_as_ever(guarded_by: Wrap) -> None:
    """The error is the app's, and the half record is not sent."""

    def failing(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", NDJSON)])
        yield f"{FINE}\n{CREEPY[:9]}".encode()
        raise RuntimeError("the app's own")

    server = Server(environ_for())
    with pytest.raises(RuntimeError, match="the app's own"):
        server.run(guarded_by("pass")(failing))
    assert server.served.body == PLAIN + b"\n"


@pytest.mark.parametrize(
    ("status", "kind", "then", "left"),
    [
        ("503 Sorry", "text/plain", b"sorry", b"sorry"),
        ("200 OK", NDJSON, LINES, LEFT[NDJSON][1]),
    ],
)
def test_another_response_in_place_of_a_stream(
    status: str, kind: str, then: bytes, left: bytes, guarded_by: Wrap
) -> None:
    """Before the first byte the app may still change its mind; an error page is not judged."""

    def failing(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", NDJSON)])
        yield CREEPY[:9].encode()
        try:
            raise RuntimeError
        except RuntimeError:
            start_response(status, [("Content-Type", kind)], sys.exc_info())
        yield then

    served = serve(guarded_by("blank")(failing))
    assert (served.status, served.body) == (status, left)


def test_a_flask_app_streams_to_the_customer_that_it_names(tmp_path: Path) -> None:
    """Who it is for is known when the stream begins, so caps are that customer's."""
    (tmp_path / "rules.yaml").write_text(CAPPED, encoding="utf-8")
    shop = flask.Flask("shop")
    guard = Guardrail(shop, rules=str(tmp_path))
    visitor = ["c-1"]
    guard.customer(lambda: visitor[0])
    line = b'{"id":"a"}\n'
    shop.add_url_rule("/shelf", view_func=lambda: flask.Response(iter([line] * 3), mimetype=NDJSON))
    assert shop.test_client().get("/shelf").data == line * 2
    assert shop.test_client().get("/shelf").data == b""
    visitor[0] = "c-2"
    response = shop.test_client().get("/shelf")
    assert response.data == line * 2
    assert "Set-Cookie" not in response.headers
    guard.close()


@pytest.mark.parametrize(("on_failure", "left"), [("pass", LINES), ("blank", b"")])
def test_a_mistake_of_ours_within_a_stream(
    on_failure: str, left: bytes, guarded_by: Wrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest passes as it came, or ends, as the surface has it; it is reported once."""
    monkeypatch.setattr(Lines, "_judged", lambda *_: 1 / 0)
    pieces = [LINES[:5], LINES[5:70], LINES[70:]]
    served, environ = ask(Way("mistake", app(pieces, kind=NDJSON)), guarded_by(on_failure))
    assert (served.body, outcome_of(environ)) == (left, "failed(ZeroDivisionError)")


@pytest.mark.parametrize(("on_failure", "left"), [("pass", LINES[:-1]), ("blank", b"")])
def test_a_mistake_of_ours_at_the_end_of_a_stream(
    on_failure: str, left: bytes, guarded_by: Wrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was held goes out, or does not."""
    monkeypatch.setattr(Lines, "finish", lambda _: 1 / 0)
    monkeypatch.setattr(Lines, "feed", lambda self, piece: self._held.extend(piece) or b"")
    served, _ = ask(Way("mistake", app(LINES[:-1], kind=NDJSON)), guarded_by(on_failure))
    assert served.body == left


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(
    records=st.lists(st.sampled_from([FINE, CREEPY, "", "nonsense", '{"id":1}']), max_size=8),
    cuts=st.lists(st.integers(0, 400), max_size=6),
    kind=st.sampled_from([NDJSON, SSE]),
)
def test_between_validators_a_creepy_record_never_gets_through(
    records: list[str], cuts: list[int], kind: str, guarded_by: Wrap
) -> None:
    """For any stream, cut anywhere, between two validators of the standard library."""
    form = "{}\n" if kind == NDJSON else "data: {}\n\n"
    body = "".join(form.format(record) for record in records).encode()
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    pieces = [body[a:b] for a, b in itertools.pairwise(edges)]
    middle = guarded_by("pass")(validator(app(pieces, kind=kind)))
    served = serve(validator(middle))
    assert served.errors == ""
    left = b"".join(served.body.split())
    assert b"creepy" not in left
    assert left.count(b'"fine"') == records.count(FINE)
    assert left.count(b"nonsense") == records.count("nonsense")

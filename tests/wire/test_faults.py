"""Our own mistake, at every step of a response, is never the page's."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from wire_shop import BOTH, FINE, JSON, Way, app, ask, ids_in, outcome_of

from guardrail.keys import Keys
from guardrail.service import answering, deciding, guard, in_force, making, pulse, stores

NDJSON = f"{FINE}\n".encode()
STEPS = {
    "who it is for": (answering, "who_is"),
    "reading the items": (answering, "extract"),
    "what is in force": (deciding.Deciding, "request"),
    "the mode": (deciding.Deciding, "begin"),
    "the first half": (deciding, "first_pass"),
    "reserving": (deciding, "begin"),
    "the second half": (deciding, "second_pass"),
    "splicing": (making, "splice"),
    "telling": (deciding.Deciding, "told"),
    "a decision's id": (deciding, "new_id"),
    "counting": (stores.Stores, "count"),
    "the pseudonym": (Keys, "identity"),
    "a signed cookie": (guard.Guard, "sign"),
    "the whole answer": (guard.Guard, "answer"),
}
Wrap = Callable[..., Any]


CUSTOMER = "c-1001"


class MistakeError(Exception):
    """Nobody's but ours."""


def mistaken(*_: Any, **__: Any) -> Any:
    raise MistakeError(f"customer {CUSTOMER} tripped it")


@pytest.fixture
def break_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def at(step: str) -> None:
        where, name = STEPS[step]
        monkeypatch.setattr(where, name, mistaken)

    return at


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("mode", ["enforce", "observe"])
def test_a_mistake_lets_the_page_through(
    step: str,
    mode: str,
    guarded_by: Wrap,
    break_at: Callable[[str], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Byte for byte, status and headers as the app gave them; the log repeats no value."""
    wrap = guarded_by("pass", mode=mode)
    middleware = wrap(app(BOTH, ("ETag", '"1"'), ("X-Shop", "1")))
    break_at(step)
    with caplog.at_level(logging.ERROR):
        served, environ = ask(Way(step), lambda _: middleware)
    assert (served.status, served.body) == ("200 OK", BOTH)
    assert served.headers[:3] == [JSON, ("ETag", '"1"'), ("X-Shop", "1")]
    outcome = outcome_of(environ)
    assert outcome is not None
    assert outcome.startswith("failed(")
    assert CUSTOMER not in caplog.text
    assert "MistakeError" in caplog.text or "AttributeError" in caplog.text


@pytest.mark.parametrize("step", STEPS)
def test_a_mistake_leaves_a_blank_where_that_is_wanted(
    step: str, guarded_by: Wrap, break_at: Callable[[str], None]
) -> None:
    """The shape stays, the items go, whatever it was that failed."""
    middleware = guarded_by("blank")(app(BOTH, ("ETag", '"1"')))
    break_at(step)
    served, environ = ask(Way(step), lambda _: middleware)
    assert (served.status, ids_in(served.body)) == ("200 OK", [])
    assert served.header("Content-Length") == str(len(served.body))
    assert served.header("ETag") is None
    assert str(outcome_of(environ)).startswith("failed(")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("on_failure", "left"), [("pass", NDJSON), ("blank", b"")])
def test_a_mistake_within_a_stream(
    step: str, on_failure: str, left: bytes, guarded_by: Wrap, break_at: Callable[[str], None]
) -> None:
    """The record passes or goes; the stream goes on."""
    if step == "a signed cookie":
        left = NDJSON if on_failure == "pass" else b'{"items":[]}'
    middleware = guarded_by(on_failure)(app(NDJSON, kind="application/x-ndjson"))
    break_at(step)
    served, environ = ask(Way(step), lambda _: middleware)
    assert served.body == left
    assert str(outcome_of(environ)).startswith("failed(")


@pytest.mark.parametrize("step", ["counting", "a decision's id"])
def test_a_mistake_at_a_page_that_can_t_be_read(
    step: str, guarded_by: Wrap, break_at: Callable[[str], None]
) -> None:
    """Even that it can't be read need not be counted."""
    wrap = guarded_by("blank")
    middleware = wrap(app(b"<p>", kind="text/html"))
    break_at(step)
    served, _ = ask(Way(step), lambda _: middleware)
    assert json.loads(served.body) == {"items": []}


def test_a_heart_that_does_not_beat_leaves_the_guard_in_place(
    guarded_by: Wrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No thread can be started: what is in force stays in force."""
    middleware = guarded_by("blank")(app())
    monkeypatch.setattr(pulse.Pulse, "beat", mistaken)
    served, environ = ask(Way("beat"), lambda _: middleware)
    assert (ids_in(served.body), outcome_of(environ)) == (["fine"], "guarded")


def test_a_mode_that_can_t_be_told_lets_the_request_through(
    guarded_by: Wrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it nobody knows whether to guard at all."""
    middleware = guarded_by("blank")(app())
    monkeypatch.setattr(in_force.InForce, "mode_of", mistaken)
    assert ask(Way("mode"), lambda _: middleware)[0].body == BOTH


def test_a_review_survives_every_step(guarded_by: Wrap, break_at: Callable[[str], None]) -> None:
    """Pages that ask directly get their own items, or none."""
    items = [json.loads(FINE)]
    for on_failure, left in (("pass", items), ("blank", [])):
        middleware = guarded_by(on_failure)(app())
        break_at("the first half")
        decision = middleware.guard.review(items, surface="shelf")
        assert (list(decision.kept), decision.outcome) == (left, "failed(MistakeError)")

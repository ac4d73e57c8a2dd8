"""Fallback items from the app: never waited for, never believed, always judged."""

from __future__ import annotations

import json
import logging
from threading import Event

import pytest
from flask import Flask

from guardrail import Guardrail, GuardrailMiddleware
from guardrail.config import ConfigError
from guardrail.service import Guard
from guardrail.service import pools as module

RULES = """\
guardrail: 1
surfaces:
  home:
    match: {path: /shelf}
    treatments: [replace]
    minimum_items: 2
    fallback: [{id: from-file, title: Kettle, signals: []}]
  deep: {shape: native, fields: {id: sku}, treatments: [replace], show: 20}
rules:
  - {id: searched, kind: signal, when: {data: search_history}, weight: 90}
  - {id: rude, kind: manner, terms: [your debts], weight: 90}
"""
PERSONAL = {"id": "p", "title": "P", "signals": [{"data": "search_history", "method": "observed"}]}
ANNA = {"id": "c-1", "tolerance": "balanced"}
SECRET = "c-4711"


class Clock:
    """Seconds that move when they are told to."""

    def __init__(self):
        self.now = 1_795_341_600.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make(tmp_path, clock):
    (tmp_path / "rules.yaml").write_text(RULES)
    made = []

    def guard(**fallback):
        made.append(Guard.from_arguments({"rules": tmp_path, "clock": clock, "fallback": fallback}))
        return made[-1]

    yield guard
    for one in made:
        one.close()


def shown(guard, surface="home"):
    return [one.get("id") or one["sku"] for one in
            guard.review([PERSONAL], customer=ANNA, surface=surface).kept]  # fmt: skip


def settled(guard, surface="home"):
    """Wait until the callable that is being asked has answered."""
    running = guard._pools._pools[surface]._running
    assert running is None or running.wait(10)


def test_the_apps_items_come_first_and_the_file_behind_them(make):
    """With the surface's name and how many would serve."""
    asked = []

    def best(surface, count):
        asked.append((surface, count))
        return [{"id": "best-1"}]

    guard = make(home=best)
    shown(guard)
    settled(guard)
    assert shown(guard) == ["best-1"]
    assert asked == [("home", 24)]
    two = guard.review([PERSONAL, {**PERSONAL, "id": "q"}], customer=ANNA, surface="home")
    assert [one["id"] for one in two.kept] == ["best-1", "from-file"]


def test_the_surfaces_own_shape_and_its_size(make):
    """Twice what it shows, and ids where the surface has them."""
    asked = []

    def best(_, count):
        asked.append(count)
        return iter([b'{"sku": "raw"}'])

    guard = make(deep=best)
    guard.review([{"sku": "x", "signals": []}], surface="deep")
    settled(guard, "deep")
    item = {**PERSONAL, "sku": "p"}
    assert guard.review([item], customer=ANNA, surface="deep").kept == [{"sku": "raw"}]
    assert asked == [40]


def test_an_answer_serves_for_a_minute_and_then_until_the_next_one(make, clock):
    """The old one is used while the new one is fetched."""
    gates = [Event(), Event()]
    answers = iter(([{"id": "old"}], [{"id": "new"}]))
    waits = iter(gates)
    gates[0].set()

    def best(*_):
        assert next(waits).wait(10)
        return next(answers)

    guard = make(home=best)
    shown(guard)
    settled(guard)
    clock.now += 59
    assert shown(guard) == ["old"]
    assert guard.fallbacks["home"].asked == 1
    clock.now += 2
    assert shown(guard) == ["old"]
    assert guard.fallbacks["home"].pending
    gates[1].set()
    settled(guard)
    assert shown(guard) == ["new"]
    assert guard.fallbacks["home"] == (1, 2, 0, 0, False, None)


def test_what_hangs_holds_no_page_up_and_is_asked_once(make, clock, caplog, monkeypatch):
    """It is counted as failed when its answer is due again; an answer that comes late is taken."""
    monkeypatch.setattr(module, "FIRST_WAIT", 0.0)
    gate = Event()

    def best(*_):
        assert gate.wait(10)
        return [{"id": "late"}]

    guard = make(home=best)
    assert shown(guard) == ["from-file"]
    clock.now += 61
    with caplog.at_level(logging.WARNING, "guardrail"):
        assert shown(guard) == shown(guard) == ["from-file"]
    assert guard.fallbacks["home"] == (0, 1, 1, 0, True, "it has not answered for 61 s")
    assert caplog.text.count("has not answered") == 1
    gate.set()
    settled(guard)
    assert shown(guard) == ["late"]
    assert guard.fallbacks["home"].problem is None


def test_a_failure_is_counted_told_once_and_tried_again(make, clock, caplog):
    """What it raised is named without its text, which may hold anything."""

    def best(*_):
        raise LookupError(SECRET)

    guard = make(home=best)
    with caplog.at_level(logging.ERROR, "guardrail"):
        for _ in range(3):
            assert shown(guard) == ["from-file"]
            settled(guard)
            clock.now += 6
    report = guard.fallbacks["home"]
    assert (report.asked, report.failed, report.problem) == (3, 3, "it raised LookupError")
    assert caplog.text.count("can't be asked") == 1
    assert "4711" not in caplog.text


def test_the_last_good_answer_outlives_failures_for_an_hour(make, clock):
    """Then only the file is left."""
    answers = iter([[{"id": "good"}]])
    guard = make(home=lambda *_: next(answers))
    shown(guard)
    settled(guard)
    clock.now += 61
    shown(guard)
    settled(guard)
    assert guard.fallbacks["home"].problem == "it raised StopIteration"
    assert shown(guard) == ["good"]
    clock.now += 3600
    assert shown(guard) == ["from-file"]


def test_what_is_no_harmless_item_is_left_out(make):
    """No item, no id, the same twice, personal, or of unknown depth."""
    given = [
        7, {"title": "no id"}, {"id": "a"}, {"id": "a"}, PERSONAL, {"id": "u", "signals": [{}]},
        {"id": "kinds", "kind": "nothing"}, b"{", {"id": object()},
        {"id": "page", "signals": [{"data": "current_item", "depth": 0}]},
    ]  # fmt: skip
    guard = make(home=lambda *_: given)
    shown(guard)
    settled(guard)
    assert guard.fallbacks["home"][:4] == (2, 1, 0, 8)


def test_an_answer_without_an_item_is_a_failure(make):
    """And an endless one is read so far."""
    guard = make(home=lambda *_: [], deep=lambda *_: ({"sku": str(n)} for n in iter(int, 1)))
    shown(guard)
    settled(guard)
    assert guard.fallbacks["home"].problem == "it gave no item that can be used"
    shown(guard, "deep")
    settled(guard, "deep")
    assert guard.fallbacks["deep"][:4] == (1, 1, 0, 199)


def test_the_apps_items_are_judged_like_any_other(make):
    """One that is rude to everybody is not shown."""
    guard = make(home=lambda *_: [{"id": "rude", "title": "Pay your debts"}, {"id": "fine"}])
    shown(guard)
    settled(guard)
    assert shown(guard) == ["fine"]


def test_no_thread_is_no_reason_to_break(make, monkeypatch):
    """It is counted as failed, and the file serves."""

    class Refused(module.Thread):
        def start(self):
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(module, "Thread", Refused)
    guard = make(home=lambda *_: [{"id": "never"}])
    assert shown(guard) == ["from-file"]
    assert guard.fallbacks["home"] == (0, 1, 1, 0, False, "no thread could be started to ask it")


def test_a_forked_process_asks_anew(make, monkeypatch, clock):
    """The thread that was asking stayed with its parent."""
    monkeypatch.setattr(module, "FIRST_WAIT", 0.0)
    gate = Event()
    guard = make(home=lambda *_: gate.wait(10) and [{"id": "child"}])
    shown(guard)
    before = guard._pools._pools["home"]._running
    monkeypatch.setattr(module.os, "getpid", lambda: 1)
    clock.now += 61
    shown(guard)
    assert guard._pools._pools["home"]._running is not before
    gate.set()
    settled(guard)
    assert before is not None
    assert guard.fallbacks["home"].asked == 2


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"hoem": list}, "'hoem', which is no surface; did you mean 'home'?"),
        ({"zzz": list}, "'zzz', which is no surface; there are deep, home"),
        ({"home": [1]}, "fallback of surface 'home' is a list; it must be a callable"),
        ([1], "the argument fallback is a list; it must be a mapping"),
    ],
)
def test_a_wrong_fallback_stops_the_start(tmp_path, given, text):
    """With what would be right."""
    (tmp_path / "rules.yaml").write_text(RULES)
    with pytest.raises(ConfigError) as raised:
        Guard.from_arguments({"rules": tmp_path, "fallback": given})
    assert text in str(raised.value)


def test_the_middleware_takes_it(tmp_path):
    """As an argument; a shelf that lost its only item is filled by the app's own best sellers."""
    (tmp_path / "rules.yaml").write_text(RULES)
    body = json.dumps({"items": [PERSONAL]}).encode()

    def shop(_, start_response):
        start_response("200 OK", [("Content-Type", "application/json")])
        return [body]

    app = GuardrailMiddleware(shop, rules=tmp_path, fallback={"home": lambda *_: [{"id": "best"}]})
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/shelf", "wsgi.url_scheme": "http"}
    for _ in range(2):
        response = app(dict(environ), lambda *_: None)
        sent = b"".join(response)
        response.close()
        settled(app.guard)
    assert json.loads(sent) == {"items": [{"id": "best"}]}
    app.guard.close()


def test_the_flask_extension_takes_it(tmp_path):
    """As the middleware does."""
    (tmp_path / "rules.yaml").write_text(RULES)
    guard = Guardrail(Flask("shop"), rules=tmp_path, fallback={"home": lambda *_: [{"id": "best"}]})
    try:
        for _ in range(2):
            kept = guard.review([PERSONAL], customer=ANNA, surface="home").kept
            settled(guard.guard)
        assert kept == [{"id": "best"}]
        assert guard.guard.fallbacks["home"].items == 1
    finally:
        guard.close()

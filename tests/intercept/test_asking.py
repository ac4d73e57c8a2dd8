"""The app is asked for more than is shown, and what it says of its pages stays true."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest
from intercept_fakes import environ_for
from msgspec.structs import replace

from guardrail import GuardrailMiddleware
from guardrail.intercept.asking import ask_for_more
from guardrail.ruleset import AskFor, Surface

RULES = """\
guardrail: 1
surfaces:
  shelf:
    match: {path: /shelf, methods: [GET, POST]}
    treatments: []
    show: 4
    ask_for: %s
    count_fields: [count]
rules:
  - {id: third, kind: signal, when: {party: third}, weight: 90}
"""
BY_QUERY = "{count: 10, parameter: limit, echo: [page.limit]}"
CUSTOMER = "c-1001"
CLEAN = {"signals": []}
PERSONAL = {"signals": [{"party": "third", "depth": 2}]}


def shop(environ, start_response):
    """A hundred items, every second one personal; says what it was asked."""
    query = dict(parse_qsl(environ["QUERY_STRING"]))
    limit = int(query.get("limit", environ.get("guardrail.ask_for", 4)))
    offset = int(query.get("offset", 0))
    items = [{"id": str(n), **(PERSONAL if n % 2 else CLEAN)} for n in range(100)]
    page = items[offset : offset + limit]
    body = {
        "items": page, "count": len(page), "total": 100, "page": {"limit": limit, "offset": offset},
        "told": environ.get("guardrail.ask_for"), "query": environ["QUERY_STRING"],
    }  # fmt: skip
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(body).encode()]


@pytest.fixture
def ask(tmp_path):
    made = []

    def asked(query="", *, ask_for=BY_QUERY, mode=None, path="/shelf", **environ):
        (tmp_path / "rules.yaml").write_text(RULES % ask_for)
        app = GuardrailMiddleware(shop, rules=tmp_path, mode=mode, customer=lambda _: "c-1")
        made.append(app.guard)
        given = {**environ_for(path), "QUERY_STRING": query, **environ}
        before = dict(given)
        response = app(given, lambda *_: None)
        try:
            body = json.loads(b"".join(response))
        finally:
            getattr(response, "close", lambda: None)()
        assert {key: given[key] for key in before} == before
        return body

    yield asked
    for guard in made:
        guard.close()


def ids(body):
    return [item["id"] for item in body["items"]]


def test_the_app_is_told_how_many_it_should_send(ask):
    """A number alone changes nothing of the request, and the shelf is full."""
    body = ask("a=1", ask_for="10")
    assert (body["told"], body["query"]) == (10, "a=1")
    assert ids(body) == ["0", "2", "4", "6"]
    assert (body["count"], body["total"]) == (4, 100)


def test_the_parameter_is_set_for_the_app_alone(ask):
    """What the app repeats of it is what would have been true without the guard."""
    body = ask("sort=price&offset=20")
    assert body["query"] == "sort=price&offset=20&limit=10"
    assert ids(body) == ["20", "22", "24", "26"]
    assert (body["count"], body["total"], body["page"]) == (4, 100, {"limit": 4, "offset": 20})


@pytest.mark.parametrize(
    ("query", "sent", "shown", "said"),
    [
        ("limit=2&x", "limit=10&x", 2, 2),
        ("x&limit=4", "x&limit=10", 4, 4),
        ("limit=7", "limit=10", 4, 7),
        ("limit=12", "limit=12", 4, 12),
        ("%6Cimit=+3", "%6Cimit=+3", 2, 3),
        ("limit=3", "limit=10", 3, 3),
    ],
)
def test_who_asks_for_fewer_gets_as_few(ask, query, sent, shown, said):
    """And nobody gets more than the surface shows."""
    body = ask(query)
    assert body["query"] == sent
    assert (len(body["items"]), body["count"], body["page"]["limit"]) == (shown, shown, said)


@pytest.mark.parametrize("query", ["limit=1&limit=3", "limit=03"])
def test_what_only_the_app_can_read_is_left_to_it(ask, query):
    """Two values, or one that is no plain number."""
    body = ask(query)
    assert (body["query"], body["told"]) == (query, None)


@pytest.mark.parametrize("mode", ["observe", "off"])
def test_nothing_is_asked_while_nothing_is_taken_out(ask, mode):
    """Else people would see a longer shelf."""
    body = ask("limit=3", mode=mode)
    assert (body["query"], body["told"], len(body["items"])) == ("limit=3", None, 3)


def test_a_request_that_only_looks_alike_is_left_as_it_is(ask):
    """It may be for another page."""
    assert ask("", path="/Shelf/")["query"] == ""
    assert ask("", REQUEST_METHOD="PUT", HTTP_X_HTTP_METHOD_OVERRIDE="GET")["query"] == ""


def test_a_guard_that_fails_asks_nothing(caplog):
    """The request goes on as it came."""
    surface = Surface("shelf", show=4, ask_for=AskFor(10, "limit"))
    inner = {"QUERY_STRING": "a=1"}

    class Broken:
        def mode_of(self, _):
            raise ValueError(CUSTOMER)

    assert ask_for_more(Broken(), surface, inner) is surface
    assert inner == {"QUERY_STRING": "a=1"}
    assert "could not be asked" in caplog.text
    assert CUSTOMER not in caplog.text
    bare = replace(surface, show=None)
    assert ask_for_more(Broken(), bare, inner) is bare

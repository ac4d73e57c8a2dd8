"""What a review answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guardrail.serve import ReviewService, openapi
from guardrail.service import Guard
from tests.serve.asking import AD, BAD, GOOD, HOME, RULES, ask, environ_of, make_service, rules_in

THIRD = {"id": "x", "signals": [{"data": "likes", "method": "observed", "party": "third"}]}


def kept(answered: Any) -> list[Any]:
    assert answered.status == 200, answered.body
    return [item["id"] for item in answered.json["kept"]]


def test_items_come_back_as_the_decision_and_what_to_show(service: ReviewService) -> None:
    """The contract's decision; the intrusive item replaced; no signals."""
    answered = ask(service, given=HOME)
    told = answered.json
    assert answered.status == 200
    assert told["kept"] == [
        {"id": "hose", "title": "Garden hose"},
        {"id": "kettle", "title": "Kettle"},
    ]
    assert [v["verdict"] for v in told["items"]] == ["allow", "soften"]
    assert told["items"][1]["findings"][0]["rule"] == "sensitive"
    assert (told["surface"], told["mode"], told["outcome"]) == ("home", "enforce", "guarded")
    assert told["at"] == "2026-11-22T10:00:00Z"
    assert told["counts"] == {"allow": 1, "soften": 1, "suppress": 0, "backfill": 0}
    assert told["revision"].startswith("sha256:")


def test_items_that_stay_are_byte_for_byte_the_callers(service: ReviewService) -> None:
    """Long ids, 1.10, 1e2, escapes and spaces, half of a surrogate pair too."""
    items = b'[ {"id": 12345678901234567890123, "price":1.10, "x": 1e2,  "t":"\\u00e9\\ud83d" } ]'
    answered = ask(service, given=b'{ "items" : ' + items + b' , "customer":"c-1" }')
    assert b'"kept":' + items in answered.body


def test_a_response_body_is_read_by_the_surfaces_mapping(service: ReviewService) -> None:
    """Every list in it; the count is kept true; all else stays."""
    hits = [{"sku": "a", "name": "Hose"}, {"sku": "b", **BAD}]
    given = {"results": [{"hits": hits}, {"hits": []}], "total": 2, "query": 1.5}
    asked = {"surface": "lists", "customer": "c-1", "body": given}
    told = ask(service, given=asked).json
    assert told["body"] == {
        "results": [{"hits": [{"sku": "a", "name": "Hose"}]}, {"hits": []}],
        "total": 1,
        "query": 1.5,
    }
    assert "kept" not in told
    as_text = ask(service, given={**asked, "body": json.dumps(given)}).json
    assert json.loads(as_text["body"]) == told["body"]


def test_items_have_the_surfaces_own_keys(service: ReviewService) -> None:
    """As with `review` in Python; where the list stands in a body does not matter."""
    items = [{"sku": "a", "name": "Hose", "signals": []}, {"sku": "b", **BAD}]
    told = ask(service, given={"surface": "lists", "customer": "c-1", "items": items}).json
    assert told["kept"] == [{"sku": "a", "name": "Hose"}]
    assert [verdict["id"] for verdict in told["items"]] == ["a", "b"]


def test_without_a_surface_the_default_holds(service: ReviewService) -> None:
    """As for `guardrail score`."""
    assert ask(service, given={"items": [AD]}).json["surface"] == "default"
    assert ask(service, given={"surface": "default", "items": []}).json["kept"] == []


def test_one_visitor_is_one_session(service: ReviewService) -> None:
    """Caps count by it; without one, each review is a new visitor's, and caps hold within it."""
    asked = {"surface": "ads", "items": [AD, {**AD, "id": "ad-2"}]}
    assert kept(ask(service, given=asked)) == ["ad-1"]
    assert kept(ask(service, given=asked)) == ["ad-1"]
    assert kept(ask(service, given={**asked, "session": "s-1"})) == ["ad-1"]
    assert kept(ask(service, given={**asked, "session": "s-1"})) == []


def test_an_id_alone_is_a_customer(service: ReviewService) -> None:
    """A number, too; and the same one as in an object."""
    asked = {"surface": "ads", "items": [AD]}
    assert kept(ask(service, given={**asked, "customer": 7})) == ["ad-1"]
    assert kept(ask(service, given={**asked, "customer": 7.0})) == []
    assert kept(ask(service, given={**asked, "customer": {"id": "7"}})) == []


def test_what_is_only_fetched_ahead_does_not_count(service: ReviewService) -> None:
    """But it is looked at."""
    asked = {"surface": "ads", "customer": "c-1", "items": [AD]}
    assert kept(ask(service, given={**asked, "count": False})) == ["ad-1"]
    assert kept(ask(service, given={**asked, "count": True})) == ["ad-1"]
    assert kept(ask(service, given={**asked, "count": False})) == []


def test_sec_gpc_is_honoured(service: ReviewService) -> None:
    """Data of third parties is refused whatever the tolerance, in each of several reviews."""
    asked = {"customer": {"id": "c", "tolerance": 100}, "items": [THIRD]}
    assert kept(ask(service, given=asked)) == ["x"]
    assert kept(ask(service, given=asked, HTTP_SEC_GPC="1")) == []
    many = ask(service, "/v1/review-many", {"reviews": [asked]}, HTTP_SEC_GPC="1")
    assert many.json["decisions"][0]["kept"] == []


def test_what_is_impossible_in_a_customer_is_a_problem_and_no_refusal(
    service: ReviewService,
) -> None:
    """The strictest preset holds, and the value is not repeated."""
    told = ask(service, given={**HOME, "customer": {"id": "c-1", "tolerance": -77}}).json
    assert "customer.tolerance" in told["problems"][0]
    assert "77" not in told["problems"][0]
    assert told["items"][0]["tolerance"] == 50


def test_many_are_judged_in_order_each_for_its_own(service: ReviewService) -> None:
    """The second for the same customer sees what the first one counted."""
    ad = {"surface": "ads", "customer": "c-1", "items": [AD]}
    body = {"surface": "lists", "body": {"results": []}}
    told = ask(service, "/v1/review-many", {"reviews": [HOME, ad, ad, body]}).json["decisions"]
    assert [d["surface"] for d in told] == ["home", "ads", "ads", "lists"]
    assert [d.get("kept") for d in told[1:]] == [[{"id": "ad-1", "campaign": "c-1"}], [], None]
    assert ask(service, "/v1/review-many", {"reviews": []}).json == {"decisions": []}


@pytest.mark.parametrize(
    ("body", "why", "surface", "gives"),
    [
        ("<html>", "json", "passing", "<html>"),
        ("", "empty", "passing", ""),
        ("<html>", "json", "blanked", '{"items":[]}'),
        ({"other": 1}, "shape", "passing", {"other": 1}),
        ({"items": 3}, "shape", "blanked", {"items": []}),
        ("[" * 5000, "json", "passing", "[" * 5000),
        ({"items": [{}] * 2001}, "too_many_items", "blanked", {"items": []}),
    ],
)
def test_what_cant_be_read_follows_on_failure(
    service: ReviewService, body: object, why: str, surface: str, gives: object
) -> None:
    """It is a decision and no error, as with the middleware."""
    told = ask(service, given={"surface": surface, "body": body}).json
    assert told["body"] == gives
    if why != "json" or body == "<html>":
        assert told["outcome"] == f"not_readable({why})"
    else:
        assert told["outcome"] in ("not_readable(json)", "not_readable(too_deep)")


@pytest.mark.parametrize(("surface", "count"), [("passing", 2001), ("blanked", 0)])
def test_too_many_items_follow_on_failure(service: ReviewService, surface: str, count: int) -> None:
    """All of them as they came, or none."""
    told = ask(service, given={"surface": surface, "items": [{}] * 2001}).json
    assert told["outcome"] == "not_readable(too_many_items)"
    assert len(told["kept"]) == count


@pytest.mark.parametrize(("surface", "shown"), [("home", [BAD]), ("blanked", []), ("ads", [])])
def test_a_fault_of_our_own_follows_on_failure(
    service: ReviewService,
    surface: str,
    shown: object,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """`failed(why)`, with no id in the log; wherever in the guard it happens."""

    asked = {"surface": surface, "customer": "c-1001", "items": [BAD]}

    def break_down(*_: object, **__: object) -> None:
        raise ValueError(asked["customer"])

    with monkeypatch.context() as broken:
        broken.setattr(service.guard._deciding, "begin", break_down)
        told = ask(service, given=asked).json
        assert (told["outcome"], told["kept"]) == ("failed(ValueError)", shown)
    with monkeypatch.context() as broken:
        broken.setattr(Guard, "answer", break_down)
        told = ask(service, given=asked).json
        assert (told["outcome"], told["kept"]) == ("failed(ValueError)", shown)
    assert "c-1001" not in caplog.text


def test_observe_shows_all_without_signals(tmp_path: Path) -> None:
    """And says what it would have done."""
    service = make_service(tmp_path, mode="observe")
    told = ask(service, given=HOME).json
    assert told["outcome"] == "observed"
    assert [item["id"] for item in told["kept"]] == ["hose", "acid"]
    assert "signals" not in told["kept"][1]
    assert told["items"][1]["would"] == "soften"
    service.close()


def test_off_lets_everything_through_as_it_is(tmp_path: Path) -> None:
    """`not_covered`, with signals, as the documents say loudly."""
    service = make_service(tmp_path, mode="off")
    told = ask(service, given=HOME).json
    assert (told["outcome"], told["kept"]) == ("not_covered", [GOOD, BAD])
    assert ask(service, given={"body": "{}"}).json["body"] == "{}"
    service.close()


def test_what_never_went_out_is_given_back(service: ReviewService) -> None:
    """A server that closes before it took all has lost its client; with several, of each."""
    asked = {"surface": "ads", "customer": "c-1", "items": [AD]}

    def lost(path: str, given: object) -> None:
        environ = environ_of("POST", path, json.dumps(given).encode())
        iterable: Any = service(environ, lambda *_: lambda _: None)
        assert iter(iterable) is iterable
        assert b'"kept":[{' in next(iterable)
        iterable.close()
        iterable.close()

    lost("/v1/review", asked)
    lost("/v1/review-many", {"reviews": [asked, {**asked, "customer": "c-2"}]})
    assert kept(ask(service, given=asked)) == ["ad-1"]
    assert kept(ask(service, given=asked)) == []
    assert kept(ask(service, given={**asked, "customer": "c-2"})) == ["ad-1"]


def test_reviews_are_counted_with_everything_else(service: ReviewService) -> None:
    """`guardrail stats` sees them."""
    ask(service, given=HOME)
    assert service.guard.stats().to_dict()["outcomes"] == {"home": {"guarded": 1}}


def test_health_says_what_is_in_force(tmp_path: Path) -> None:
    """Without a token; broken rule files and a lowered mode are seen."""
    service = make_service(tmp_path, clock=None)
    told = ask(service, "/v1/health", method="GET", HTTP_AUTHORIZATION=None).json
    assert told == {
        "status": "serving",
        "mode": "enforce",
        "revision": service.guard.rules.revision,
        "rules": "fine",
        "ledger": "fine",
    }
    rules_in(tmp_path / "rules", RULES + "nonsense: 1\n")
    service.guard.set_mode("observe")
    service.guard.refresh()
    told = ask(service, "/v1/health", method="GET").json
    assert (told["rules"], told["mode"]) == ("broken", "observe")
    service.close()


def test_health_says_when_the_ledger_is_gone_and_when_it_is_back(
    tmp_path: Path, redis_server: Any
) -> None:
    """Still 200: rules without caps apply. Idle or asked, it stays gone until it answers."""
    service = make_service(
        tmp_path,
        clock=None,
        redis_url=redis_server.url,
        secret="a secret of tests",
        redis_timeout=1,
    )

    def ledger() -> str:
        service.guard.refresh()
        answered = ask(service, "/v1/health", method="GET")
        assert answered.status == 200
        return str(answered.json["ledger"])

    assert ledger() == "fine"
    redis_server.stop()
    assert [ledger(), ledger()] == ["unreachable", "unreachable"]
    stated = {**HOME, "customer": {"id": "c-1001", "tolerance": "balanced"}}
    assert kept(ask(service, given=stated)) == ["hose", "kettle"]
    redis_server.start()
    service.guard._stores._connection.breaker.succeeded()
    assert ledger() == "fine"
    service.close()


def test_head_has_no_body(service: ReviewService) -> None:
    """But the length of what GET would give."""
    for path in ("/v1/health", "/openapi.json"):
        head, get = (ask(service, path, method=method) for method in ("HEAD", "GET"))
        assert (head.status, head.body, head.headers) == (200, b"", get.headers)


def test_every_key_of_a_decision_is_described(service: ReviewService) -> None:
    """In the OpenAPI document, on each level."""
    schemas = openapi.document()["components"]["schemas"]
    for asked in (HOME, {"surface": "lists", "body": {"results": [{"hits": [THIRD]}]}}):
        told = ask(service, given=asked).json
        assert set(told) <= set(schemas["Decision"]["properties"])
        for verdict in told["items"]:
            assert set(verdict) <= set(schemas["Verdict"]["properties"])
            for finding in verdict["findings"]:
                assert set(finding) <= set(schemas["Finding"]["properties"])

"""The guard on responses and on items without a response."""

import json
import logging

import pytest

from guardrail.config import ConfigError
from guardrail.rulefile import RuleFileError
from guardrail.service import Guard
from tests.service.shop import (
    AD,
    ANNA,
    BAD,
    BOUGHT,
    GOOD,
    RULES,
    SEARCHED,
    body,
    make_guard,
    verdicts,
    write_rules,
)


@pytest.fixture
def guard(tmp_path):
    guard = make_guard(tmp_path / "rules")
    yield guard
    guard.close()


def answer(guard, *items, path="/api/recommendations", **keys):
    return guard.answer(body(*items), guard.surface_for("GET", path), **({"customer": ANNA} | keys))


def test_the_intrusive_item_goes_and_the_rest_stays_byte_for_byte(guard):
    """What the app wrote is what arrives, less the signals."""
    raw = (
        b'{"items": [ {"id": 12345678901234567890123, "price":1.10, "x": 1e2,  "t":"\\u00e9"'
        b', "signals":[]},\n {"id":"acid","categories":["health.pregnancy"],"signals":'
        b'[{"data":"search_history","method":"inferred"}]} ], "total": 2}'
    )
    given = guard.answer(raw, guard.surface_for("GET", "/api/recommendations"), customer=ANNA)
    assert given.body == (
        b'{"items": [ {"id": 12345678901234567890123, "price":1.10, "x": 1e2,  "t":"\\u00e9"'
        b'} ], "total": 2}'
    )
    assert given.decision.outcome == "guarded"
    assert given.personal
    assert verdicts(given.decision) == ["allow", "suppress"]
    assert given.decision.kept == [
        {"id": 12345678901234567890123, "price": 1.1, "x": 100.0, "t": "é"}
    ]


def test_a_body_without_anything_to_change_is_the_apps_own(guard):
    """The very bytes."""
    given = answer(guard, {"id": "plain"})
    assert given.body is None
    assert given.decision.items[0].depth is None


def test_review_gives_back_the_items_to_show(guard):
    """Python objects in, Python objects out; the given ones are not touched."""
    price = object()
    items = [{**GOOD, "price": price}, BAD]
    decision = guard.review(items, customer=ANNA, surface="home")
    assert decision.kept == [{"id": "hose", "title": "Garden hose", "price": price}]
    assert "signals" in items[0]
    assert decision.outcome == "guarded"


def test_review_many_judges_each_customer_alone(guard):
    """In order."""
    strict = {"id": "s", "tolerance": 10}
    first, second = guard.review_many([([GOOD], ANNA), ([GOOD], strict)], surface="home")
    assert (verdicts(first), verdicts(second)) == (["allow"], ["suppress"])


def test_a_surface_that_nobody_defined_only_suppresses(guard):
    """The decision says that the default held."""
    decision = guard.review([BAD], customer=ANNA, surface="nowhere")
    assert (decision.surface, verdicts(decision)) == ("default", ["suppress"])


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        (None, "suppress"),
        (ANNA, "allow"),
        ({"id": 7}, "allow"),
        ({"id": ANNA, "tolerance": 54.6}, "allow"),
        ({"id": ANNA, "tolerance": 54.5}, "suppress"),
        ({"id": ANNA, "tolerance": "strict"}, "suppress"),
        ({"id": ANNA, "tolerance": 250}, "suppress"),
        ({"id": ANNA, "tolerance": "laid-back"}, "suppress"),
        ({"id": ANNA, "personalisation": False}, "suppress"),
        ({"id": ANNA, "sources_off": ["purchase_history"]}, "suppress"),
        (3.5, "suppress"),
        ([], "suppress"),
    ],
)
def test_what_is_shown_depends_on_the_customer(guard, customer, expected):
    """Whoever can't be known gets the strictest preset; nothing impossible crashes."""
    assert verdicts(guard.review([GOOD], customer=customer, surface="home")) == [expected]


def test_an_impossible_customer_is_reported_without_the_value(guard):
    """The decision says which key was wrong."""
    decision = guard.review([GOOD], customer={"id": ANNA, "tolerance": -77}, surface="home")
    assert "customer.tolerance" in decision.problems[0]
    assert "77" not in json.dumps(decision.to_dict()["problems"])


def test_sec_gpc_refuses_third_party_data(guard):
    """Whatever the tolerance."""
    third = {"id": "x", "signals": [{"data": "likes", "method": "observed", "party": "third"}]}
    relaxed = {"id": ANNA, "tolerance": 100}
    assert verdicts(answer(guard, third, customer=relaxed).decision) == ["allow"]
    assert verdicts(answer(guard, third, customer=relaxed, gpc=True).decision) == ["suppress"]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "empty"),
        (b"<html>", "json"),
        (b'{"items": 3}', "shape"),
        (b'{"other": []}', "shape"),
        (b'{"items": [' + b"[" * 5000 + b"]" * 5000 + b"]}", "too_deep"),
        (b'{"items": [' + b"{}," * 2500 + b"{}]}", "too_many_items"),
        (b"\xff\xfe", "charset"),
    ],
)
def test_a_body_that_cannot_be_read_goes_out_as_it_came(guard, raw, why):
    """Recommendations pass by default; the outcome says why."""
    given = guard.answer(raw, guard.surface_for("GET", "/api/recommendations"), customer=ANNA)
    assert (given.body, given.decision.outcome) == (None, f"not_readable({why})")
    assert given.personal, "who opted out would have got a blank"


@pytest.mark.parametrize(
    ("path", "keys", "customer"),
    [
        ("/api/ads", {}, ANNA),
        ("/api/recommendations", {}, {"id": ANNA, "age_band": "child"}),
        ("/api/recommendations", {}, {"id": ANNA, "personalisation": False}),
        ("/api/recommendations", {"on_failure": "blank"}, ANNA),
    ],
)
def test_a_blank_is_sent_where_that_is_safer(tmp_path, path, keys, customer):
    """Ads, children, people who opted out, and where a setting says so."""
    guard = make_guard(tmp_path / "rules", **keys)
    surface = guard.surface_for("GET", path)
    assert guard.answer(b'{"other": 1}', surface, customer=customer).body == b'{"items":[]}'
    unreadable = guard.unreadable("too_large", surface, customer=customer)
    assert (unreadable.body, unreadable.decision.outcome) == (
        b'{"items":[]}',
        "not_readable(too_large)",
    )
    guard.close()


def test_pass_can_be_asked_for_on_ads(tmp_path):
    """A setting speaks for every customer alike, so the answer is not personal."""
    guard = make_guard(tmp_path / "rules", on_failure="pass")
    given = guard.answer(b"{}", guard.surface_for("GET", "/api/ads"), customer=ANNA)
    assert (given.body, given.personal) == (None, False)
    guard.close()


def test_malformed_items_are_judged_on_what_can_be_read(guard):
    """An item without id, a bare category number: no way past the guard."""
    nameless = {k: v for k, v in BAD.items() if k != "id"}
    numbered = {"id": "n", "categories": [305, "health.pregnancy"], "signals": [SEARCHED]}
    given = answer(guard, nameless, numbered, "no item", GOOD)
    assert verdicts(given.decision) == ["suppress", "suppress", "allow", "allow"]
    assert given.decision.items[0].problems == ("no id",)
    assert "taxonomy:id" in given.decision.items[1].problems[0]
    assert json.loads(given.body)["items"] == [
        "no item",
        {"id": "hose", "title": "Garden hose"},
    ]


def test_in_observe_signals_go_and_everything_else_stays(tmp_path):
    """What would have happened is told."""
    guard = make_guard(tmp_path / "rules", mode="observe")
    given = answer(guard, GOOD, BAD)
    assert [i["id"] for i in json.loads(given.body)["items"]] == ["hose", "acid"]
    assert b"signals" not in given.body
    assert given.decision.outcome == "observed"
    assert given.decision.would_counts == {"suppress": 1}
    assert not given.personal
    blind = guard.answer(b"<html>", guard.surface_for("GET", "/api/ads"), customer=ANNA)
    assert blind.body is None
    guard.close()


def test_off_judges_nothing(tmp_path):
    """Not even signals go; the docs say so."""
    guard = make_guard(tmp_path / "rules", mode="off")
    assert guard.surface_for("GET", "/api/recommendations") is None
    decision = guard.review([BAD], customer=ANNA, surface="home")
    assert (decision.outcome, decision.mode, decision.kept) == ("not_covered", "off", [BAD])
    guard.close()


def test_paths_and_methods_that_no_surface_matches_are_not_guarded(guard):
    """None means: not our business."""
    assert guard.surface_for("GET", "/other") is None
    assert guard.surface_for("POST", "/api/recommendations") is None
    assert guard.surface_for("HEAD", "/api/recommendations").name == "home"
    assert guard.not_covered(guard.rules.surface("home")).outcome == "not_covered"


@pytest.mark.parametrize("step", ["extract", "splice", "who_is", "read_objects", "apply_objects"])
@pytest.mark.parametrize(("surface", "blank"), [("home", False), ("ads", True)])
def test_our_own_mistake_is_never_the_pages(guard, monkeypatch, caplog, step, surface, blank):
    """Whatever step fails: the app's bytes or a blank, an outcome, and a log line without ids."""

    def fails(*_, **__):
        raise RuntimeError(ANNA)

    rooms = {"apply_objects": "reviewed", "read_objects": "reviews", "splice": "making"}
    where = rooms.get(step, "answering")
    monkeypatch.setattr(f"guardrail.service.{where}.{step}", fails)
    with caplog.at_level(logging.ERROR):
        if step in ("read_objects", "apply_objects"):
            decision = guard.review([AD], customer=ANNA, surface=surface)
            assert decision.kept == ([] if blank else [AD])
        else:
            given = guard.answer(body(AD), guard.rules.surface(surface), customer=ANNA)
            decision = given.decision
            sent = None if given.body is None else json.loads(given.body)["items"]
            assert sent == ([] if blank else None)
    assert decision.outcome == "failed(RuntimeError)"
    assert ANNA not in caplog.text
    assert guard.stats().to_dict()["outcomes"][surface]["failed(RuntimeError)"] == 1


def test_where_even_a_blank_fails_the_smallest_one_is_sent(guard, monkeypatch):
    """An ad that could not be judged is not shown."""
    from guardrail.act import blank

    def fails_on_bodies(raw, surface):
        if raw is not None:
            raise RuntimeError
        return blank(None, surface)

    monkeypatch.setattr("guardrail.service.answering.blank", fails_on_bodies)
    given = guard.answer(b"{}", guard.rules.surface("ads"), customer=ANNA)
    assert given.body == b'{"items":[]}'


def test_unreadable_fails_softly_too(guard, monkeypatch):
    """The same promise on the other way in."""
    monkeypatch.setattr("guardrail.service.answering.who_is", lambda *_, **__: 1 / 0)
    given = guard.unreadable("charset", guard.rules.surface("home"), customer=ANNA)
    assert given.decision.outcome == "failed(ZeroDivisionError)"


def test_a_broken_rule_file_at_the_start_refuses_to_start(tmp_path):
    """With file, line and column."""
    with pytest.raises(RuleFileError, match=r"rules.yaml:\d+:\d+: .*supress"):
        make_guard(tmp_path / "rules", RULES + "  - {id: x, kind: signal, action: supress}\n")


def test_redis_without_a_secret_refuses_to_start(tmp_path):
    """Pseudonyms would be guessable."""
    with pytest.raises(ConfigError, match="GUARDRAIL_SECRET"):
        Guard.from_arguments({"rules": write_rules(tmp_path / "r"), "redis_url": "redis://h"}, {})


class TestTrials:
    """What rules would do, with nothing counted."""

    def test_an_item_alone(self, guard):
        """No caps, whatever was shown."""
        raw = json.dumps(AD).encode()
        assert {guard.score_item(raw, "ads", ANNA).verdict for _ in range(9)} == {"allow"}
        assert guard.score_item(json.dumps(BAD).encode(), "home").verdict == "suppress"
        assert guard.stats().empty

    def test_a_body_with_its_caps(self, guard):
        """Counted from nothing each time."""
        for _ in range(2):
            decision = guard.score_body(body(AD, AD, AD, AD), "ads", ANNA, now_ms=1_000)
            assert verdicts(decision) == ["allow", "allow", "allow", "suppress"]
            assert decision.at == "1970-01-01T00:00:01Z"
        assert guard.stats().empty

    def test_what_is_off_is_tried_as_in_observe(self, tmp_path):
        """So a rule file can be looked at before it acts."""
        guard = make_guard(tmp_path / "rules", mode="off")
        verdict = guard.score_item(json.dumps(BAD).encode(), "home")
        assert (verdict.verdict, verdict.would) == ("allow", "suppress")
        guard.close()

    def test_an_impossible_customer_is_reported(self, guard):
        """As in a real decision."""
        decision = guard.score_body(body(GOOD), "home", {"tolerance": "laid-back"})
        assert "presets are strict, balanced, relaxed" in decision.problems[0]


def test_a_cap_holds_in_memory_and_names_itself(guard):
    """Three a day; then the time until it permits again."""
    seen = [answer(guard, AD, path="/api/ads") for _ in range(4)]
    assert [verdicts(s.decision) for s in seen] == [["allow"]] * 3 + [["suppress"]]
    capped = seen[3].decision.items[0]
    assert capped.capped_by == "campaign-daily"
    assert 86_390 <= capped.retry_after_seconds <= 86_400
    assert verdicts(answer(guard, AD, path="/api/ads", customer="another").decision) == ["allow"]


def test_an_impression_that_never_went_out_is_given_back(guard):
    """And may be given back twice without harm."""
    for _ in range(10):
        given = answer(guard, AD, path="/api/ads")
        assert verdicts(given.decision) == ["allow"]
        guard.release(given)
        guard.release(given)


def test_a_prefetch_counts_nothing_but_respects_the_cap(guard):
    """`count` False only looks."""
    for _ in range(5):
        assert verdicts(answer(guard, AD, path="/api/ads", count=False).decision) == ["allow"]
    for _ in range(3):
        answer(guard, AD, path="/api/ads")
    assert verdicts(answer(guard, AD, path="/api/ads", count=False).decision) == ["suppress"]


def test_a_failed_splice_gives_back_what_was_reserved(guard, monkeypatch):
    """Nothing was shown as judged."""
    with monkeypatch.context() as patched:
        patched.setattr("guardrail.service.making.splice", lambda *_: 1 / 0)
        for _ in range(5):
            assert answer(guard, AD, path="/api/ads").decision.outcome.startswith("failed")
    assert verdicts(answer(guard, AD, path="/api/ads").decision) == ["allow"]


@pytest.mark.parametrize(
    ("policy", "session", "shown"),
    [
        ("session", "s-1", [1, 1, 1, 0]),
        ("session", None, [1, 1, 1, 1]),
        ("strict", "s-1", [0, 0, 0, 0]),
        ("allow", "s-1", [1, 1, 1, 1]),
    ],
)
def test_caps_for_customers_whom_nobody_named(tmp_path, policy, session, shown):
    """By session; not at all; or the capped item is not shown, since nobody can count."""
    guard = make_guard(tmp_path / "rules", unknown_identity=policy)
    given = [answer(guard, AD, path="/api/ads", customer=None, session=session) for _ in range(4)]
    assert [len(g.decision.kept) for g in given] == shown
    guard.close()


@pytest.mark.parametrize(
    ("policy", "expected"), [("session", "suppress"), ("strict", "suppress"), ("allow", "allow")]
)
def test_tolerance_for_customers_whom_nobody_named(tmp_path, policy, expected):
    """The strictest preset, or with `allow` the default one; their own word holds in any case."""
    guard = make_guard(tmp_path / "rules", unknown_identity=policy)
    assert verdicts(guard.review([GOOD], surface="home")) == [expected]
    said = {"tolerance": 100, "topics_off": ["vice"]}
    gambling = {"id": "g", "categories": ["vice.gambling"], "signals": [BOUGHT]}
    assert verdicts(guard.review([GOOD, gambling], customer=said, surface="home")) == [
        "allow",
        "suppress",
    ]
    guard.close()


class TestChoices:
    """Tolerance and refusals that the guard keeps."""

    def test_kept_choices_hold_until_they_are_erased(self, guard):
        """Set, get, erase."""
        guard.choices.set(ANNA, {"topics_off": ["health"], "tolerance": 100})
        assert guard.choices.get(ANNA) == {"topics_off": ["health"], "tolerance": 100}
        assert verdicts(guard.review([BAD, GOOD], customer=ANNA, surface="home")) == [
            "suppress",
            "allow",
        ]
        guard.choices.erase(ANNA)
        assert guard.choices.get(ANNA) is None

    def test_the_apps_own_tolerance_comes_first_and_refusals_add_up(self, guard):
        """A refusal on either side counts."""
        guard.choices.set(ANNA, {"topics_off": ["health"], "tolerance": 10})
        said = {"id": ANNA, "tolerance": 100}
        assert verdicts(guard.review([BAD, GOOD], customer=said, surface="home")) == [
            "suppress",
            "allow",
        ]


def test_a_copied_fallback_item_that_cannot_be_read_is_left_out(caplog):
    """The rest of the pool serves."""
    from guardrail.ruleset import RuleSet, Surface
    from guardrail.service.armed import arm

    pool = (b'{"title": "no id"}', b'{"id": "a"}', b'{"id": "b", "signals": []}')
    armed = arm(RuleSet(surfaces={"home": Surface("home", fallback=pool)}))
    assert [(o.item.id, o.item.signals) for o in armed.pools["home"]] == [("a", ()), ("b", ())]
    assert "left out" in caplog.text


def test_rollout_takes_in_a_stable_share_of_customers(tmp_path):
    """The same customers every time, about the percentage asked for."""
    text = RULES + "  - {id: new, kind: signal, weight: 90, rollout: 30, when: {data: cart}}\n"
    item = {"id": "c", "signals": [{"data": "cart", "method": "observed"}]}
    guard = make_guard(tmp_path / "rules", text, secret="a secret for tests only")
    shares = [
        [verdicts(guard.review([item], customer=f"c-{n}", surface="home"))[0] for n in range(400)]
        for _ in range(2)
    ]
    assert shares[0] == shares[1]
    assert 80 <= shares[0].count("suppress") <= 160
    guard.close()


def test_a_cap_that_scores_gives_back_what_other_caps_granted(tmp_path):
    """An item that is too much in the end used nothing up."""
    text = RULES + (
        "  - {id: tired, kind: frequency_cap, when: {kind: ad}, per: item, max_impressions: 1,"
        " window: 1h, action: score, weight: 90}\n"
    )
    guard = make_guard(tmp_path / "rules", text)
    other = {**AD, "id": "ad-2"}
    shown = [answer(guard, ad, path="/api/ads").decision for ad in (AD, AD, AD, other)]
    assert [verdicts(d) for d in shown] == [["allow"], ["suppress"], ["suppress"], ["allow"]]
    assert shown[1].items[0].annoying == 90.0
    third = {**AD, "id": "ad-3"}
    fourth = {**AD, "id": "ad-4"}
    last = [answer(guard, ad, path="/api/ads").decision for ad in (third, fourth)]
    assert [verdicts(d) for d in last] == [["allow"], ["suppress"]]
    assert last[1].items[0].capped_by == "campaign-daily"
    guard.close()

"""The guard with a real Redis: shared by workers, silent about people, harmless when it is gone."""

import itertools

import pytest
import redis

from guardrail.connection import Unreachable
from tests.service.shop import (
    AD,
    ANNA,
    BAD,
    BOUGHT,
    GOOD,
    RULES,
    SECRET,
    START,
    Clock,
    body,
    make_guard,
    verdicts,
)


@pytest.fixture
def worker(tmp_path, redis_server):
    """Makes guards that share one Redis, as the workers of one shop do."""
    made = []
    numbers = itertools.count()

    def make(text=RULES, **arguments):
        given = {"redis_url": redis_server.url, "secret": SECRET, "redis_timeout": 2.0} | arguments
        guard = make_guard(tmp_path / f"rules-{next(numbers)}", text, **given)
        made.append(guard)
        return guard

    yield make
    for guard in made:
        guard.close()


def show_ad(guard, customer=ANNA):
    decision = guard.review([AD], customer=customer, surface="ads")
    return verdicts(decision) == ["allow"]


def test_a_cap_holds_over_all_workers_and_a_restart(worker):
    """Three a day, whoever answers."""
    first, second = worker(), worker()
    assert [show_ad(g) for g in (first, second, first, second)] == [True, True, True, False]
    first.close()
    assert not show_ad(worker())


def test_a_changed_limit_keeps_the_history(worker):
    """Two were shown; five allow three more."""
    old = worker(RULES.replace("max_impressions: 3", "max_impressions: 2"))
    assert [show_ad(old) for _ in range(3)] == [True, True, False]
    new = worker(RULES.replace("max_impressions: 3", "max_impressions: 5"))
    assert [show_ad(new) for _ in range(4)] == [True, True, True, False]


def test_the_window_slides_by_the_given_clock(worker):
    """To the second."""
    clock = Clock()
    guard = worker(clock=clock)
    assert [show_ad(guard) for _ in range(4)] == [True, True, True, False]
    clock.move(86_399)
    capped = guard.review([AD], customer=ANNA, surface="ads").items[0]
    assert capped.retry_after_seconds == 1
    clock.move(1)
    assert show_ad(guard)


def test_what_was_counted_is_read_by_every_process(worker):
    """Surfaces, rules, verdicts, modes, outcomes."""
    first, second = worker(), worker()
    for guard in (first, second):
        guard.review([GOOD, BAD], customer=ANNA, surface="home")
        guard.refresh()
    stats = worker().stats().to_dict()
    assert stats["surfaces"]["home"]["enforce"] == {"allow": 2, "suppress": 2}
    assert stats["rules"]["searched"]["enforce"] == {"suppress": 2}
    assert stats["outcomes"]["home"] == {"guarded": 2}


def test_observe_counts_what_would_have_been(worker):
    """So that adoption can start there."""
    guard = worker(mode="observe")
    guard.review([GOOD, BAD], customer=ANNA, surface="home")
    stats = guard.stats().to_dict()
    assert stats["surfaces"]["home"]["observe"] == {"allow": 1, "suppress": 1}
    assert stats["rules"]["searched"]["observe"] == {"suppress": 1}


def test_one_worker_switches_the_mode_of_all(worker):
    """The kill switch, without a deploy."""
    first, second = worker(), worker()
    first.set_mode("off")
    second.refresh()
    assert second.surface_for("GET", "/api/recommendations") is None
    first.set_mode("enforce")
    first.set_mode("observe", "ads")
    second.refresh()
    assert second.surface_for("GET", "/api/recommendations") is not None
    assert second.mode_of(second.rules.surface("ads")) == "observe"


def test_kept_choices_are_shared(worker):
    """A refusal holds wherever the next request goes."""
    worker().choices.set(ANNA, {"personalisation": False})
    assert verdicts(worker().review([GOOD], customer=ANNA, surface="home")) == ["suppress"]


def test_nothing_in_redis_names_a_person_or_a_subject(worker, redis_server):
    """Keys, fields and values of customers: pseudonyms and packed bytes; every key has an end."""
    guard = worker(clock=Clock())
    guard.choices.set(ANNA, {"topics_off": ["health.pregnancy"], "tolerance": 30})
    guard.review([GOOD, BAD, AD], customer=ANNA, surface="home")
    show_ad(guard)
    guard.set_mode("observe", "ads")
    guard.refresh()
    with redis_server.client() as client:
        keys = client.keys("*")
        assert len(keys) >= 5
        for key in keys:
            assert key.startswith(b"guardrail:")
            assert client.ttl(key) > 0, key
            kept = [key]
            if client.type(key) == b"hash":
                kept += client.hgetall(key)
            else:
                kept += [client.get(key)]
            for text in kept:
                for word in (
                    b"anna",
                    b"1001",
                    b"health",
                    b"pregnan",
                    b"c-1",
                    b"campaign",
                    SECRET.encode(),
                ):
                    assert word not in text.lower(), (key, word)


def test_a_rotated_secret_keeps_caps_and_choices(worker):
    """New before old, until the longest window is over."""
    old = worker(secret="one fine secret")
    assert [show_ad(old) for _ in range(2)] == [True, True]
    old.choices.set(ANNA, {"topics_off": ["vice"]})
    rotated = worker(secret="two fine secrets,one fine secret")
    assert [show_ad(rotated) for _ in range(2)] == [True, False]
    assert rotated.choices.get(ANNA) == {"topics_off": ["vice"]}
    stranger = worker(secret="a third secret")
    assert show_ad(stranger)
    assert stranger.choices.get(ANNA) is None


class TestWithoutRedis:
    """It was there, and then it is not."""

    def test_the_page_goes_out_and_rules_without_caps_still_apply(
        self, worker, redis_server, caplog
    ):
        """A cap allows by default; the trouble is logged once, without a customer."""
        guard = worker(redis_timeout=0.2)
        assert show_ad(guard)
        redis_server.stop()
        tolerant = {"id": ANNA, "tolerance": "balanced"}
        for _ in range(5):
            decision = guard.review([GOOD, BAD], customer=tolerant, surface="home")
            assert verdicts(decision) == ["allow", "suppress"]
            assert show_ad(guard, tolerant)
        guard.refresh()
        assert caplog.text.count("can't be reached") == 1
        assert ANNA not in caplog.text

    def test_a_cap_may_suppress_instead(self, worker, redis_server):
        """`on_failure: suppress` on the rule."""
        text = RULES.replace("window: 24h", "window: 24h\n    on_failure: suppress")
        guard = worker(text, redis_timeout=0.2)
        redis_server.stop()
        capped = guard.review([AD], customer=ANNA, surface="ads").items[0]
        assert (capped.verdict, capped.capped_by) == ("suppress", "campaign-daily")
        assert capped.retry_after_seconds is None

    def test_choices_that_cannot_be_read_are_taken_for_strict(self, worker, redis_server):
        """A refusal may be among them; the app's own tolerance still holds."""
        guard = worker(redis_timeout=0.2)
        redis_server.stop()
        decision = guard.review([GOOD], customer=ANNA, surface="home")
        assert verdicts(decision) == ["suppress"]
        assert any("can't be read" in p for p in decision.problems)
        said = {"id": ANNA, "tolerance": 80}
        assert verdicts(guard.review([GOOD], customer=said, surface="home")) == ["allow"]

    def test_a_switched_mode_stays_in_force(self, worker, redis_server):
        """The last known one."""
        guard = worker(redis_timeout=0.2)
        guard.set_mode("off")
        redis_server.stop()
        guard.refresh()
        assert guard.surface_for("GET", "/api/recommendations") is None
        with pytest.raises(Unreachable):
            guard.set_mode("enforce")

    def test_nothing_breaks_that_gives_back_or_writes_out(self, worker, redis_server, caplog):
        """And counts are written once it is back, which is said."""
        guard = worker(redis_timeout=0.2, clock=Clock())
        given = guard.answer(body(AD), guard.rules.surface("ads"), customer=ANNA)
        redis_server.stop()
        guard.release(given)
        guard.refresh()
        redis_server.start()
        guard._stores._connection.breaker.succeeded()
        guard.refresh()
        assert "reached again" in caplog.text
        with redis.Redis.from_url(redis_server.url) as client:
            assert client.keys("guardrail:stats:*")


def test_a_response_waits_for_one_reservation(worker, redis_server):
    """Whatever the number of items and caps; choices are one read before."""
    text = RULES + "".join(
        f"  - {{id: cap-{n}, kind: frequency_cap, per: {per}, max_impressions: 500, window: 7d}}\n"
        for n, per in enumerate(("item", "advertiser", "surface", "category"))
    )
    guard = worker(text, clock=Clock(START))
    ads = [{**AD, "id": str(n), "advertiser": f"a{n}", "signals": [BOUGHT]} for n in range(50)]
    guard.review(ads, customer=ANNA, surface="ads")
    with redis_server.client() as client:
        before = client.info("commandstats")
        guard.review(ads, customer=ANNA, surface="ads")
        after = client.info("commandstats")
    calls = {
        name: stat["calls"] - before.get(name, {"calls": 0})["calls"]
        for name, stat in after.items()
    }
    assert calls["cmdstat_evalsha"] == 1

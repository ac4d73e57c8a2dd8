"""What is kept of a customer is read in one trip: before the app runs, where it shows for whom."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import flask
import pytest
import redis
from redis_cluster import RedisCluster

from guardrail import Guardrail, GuardrailMiddleware
from guardrail.caps import redis as ledger
from guardrail.intercept.session import NAME as SESSION
from guardrail.service import Guard
from tests.intercept.intercept_fakes import Served, serve
from tests.service.shop import AD, ANNA, RULES, SECRET, Clock, body, make_guard, verdicts

REPEATED = """\
  - id: repeated
    kind: repetition
    when: {surface: ads}
    per: item
    window: 7d
    curve: {1: 10, 2: 90}
"""
ADS = "/api/ads"
Make = Callable[..., Guard]


@pytest.fixture
def worker(tmp_path: Any, redis_server: Any) -> Iterator[Make]:
    made: list[Guard] = []
    numbers = itertools.count()

    def make(text: str = RULES, **arguments: Any) -> Guard:
        given = {"redis_url": redis_server.url, "secret": SECRET, "redis_timeout": 2.0} | arguments
        guard = make_guard(tmp_path / f"rules-{next(numbers)}", text, **given)
        made.append(guard)
        # Its heartbeat asks Redis beside the requests, whose trips are counted here.
        guard._pulse.stop()
        guard.review([AD], customer="somebody-else", surface="ads")
        return guard

    yield make
    for guard in made:
        guard.close()


class Shop:
    """An app that shows one ad; ``meanwhile`` is called while it works."""

    def __init__(self, meanwhile: Callable[[], Any] = lambda: None, names: Any = None) -> None:
        self.meanwhile, self.names = meanwhile, names

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.meanwhile()
        if self.names is not None:
            environ["guardrail.customer"] = self.names
        start_response("200 OK", [("Content-Type", "application/json")])
        return [body(AD)]


class Trips:
    """What a server did since this was made, but for what asking costs."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._asked = 0
        self._commands_before = self._commands()
        self._reads_before = self._reads()
        self._asked = 0

    def _reads(self) -> int:
        self._asked += 1
        return int(self._client.info("stats")["total_reads_processed"])

    def _commands(self) -> dict[str, int]:
        self._asked += 1
        return {name: one["calls"] for name, one in self._client.info("commandstats").items()}

    def commands(self) -> dict[str, int]:
        """How often each command was called, those within scripts among them."""
        before = self._commands_before
        found = {
            name.removeprefix("cmdstat_"): calls - before.get(name, 0)
            for name, calls in self._commands().items()
        }
        return {name: calls for name, calls in found.items() if calls and name != "info"}

    def count(self) -> int:
        """How often the server read something: once for each trip."""
        return self._reads() - self._reads_before - self._asked


@pytest.fixture
def client(redis_server: Any) -> Iterator[redis.Redis]:
    with redis_server.client() as made:
        yield made


def ids(served: Served) -> list[str]:
    return [item["id"] for item in json.loads(served.body)["items"]]


class TestTrips:
    """Counted by the server itself."""

    def run(self, client: redis.Redis, app: Any, **environ: Any) -> tuple[int, dict[str, int]]:
        serve(app, path=ADS, **environ)  # connections and scripts are there from now on
        trips = Trips(client)
        assert serve(app, path=ADS, **environ).status == "200 OK"
        return trips.count(), trips.commands()

    def test_one_is_waited_for_where_the_customer_is_known_before_the_app(
        self, worker: Make, client: redis.Redis
    ) -> None:
        """The read is answered while the app works; after the app there is the reservation."""
        seen: list[dict[str, int]] = []

        def wait() -> None:
            (trips,) = began
            while trips.commands().get("get", 0) < 2:
                pass
            seen.append(trips.commands())

        began: list[Trips] = []
        shop = Shop()
        app = GuardrailMiddleware(shop, guard=worker(RULES + REPEATED), customer=lambda _: ANNA)
        serve(app, path=ADS)
        began.append(Trips(client))
        shop.meanwhile = wait
        assert serve(app, path=ADS).status == "200 OK"
        assert seen == [{"get": 2}]
        after = began[0].commands()
        # One more is within the script: the value or, where it was of use to read it, its tag.
        read = after["get"] + after.get("getrange", 0)
        assert (after["evalsha"], read, began[0].count()) == (1, 3, 2)

    def test_two_in_all_whatever_the_rules_and_items(
        self, worker: Make, client: redis.Redis
    ) -> None:
        """Choices and history are one read; every cap and every curve one reservation."""
        many = REPEATED + "".join(
            f"  - {{id: r-{n}, kind: repetition, per: {per}, window: 9d, curve: {{9: 1}}}}\n"
            for n, per in enumerate(["creative", "item", "campaign"] * 5)
        )
        app = GuardrailMiddleware(Shop(), guard=worker(RULES + many), customer=lambda _: ANNA)
        assert self.run(client, app)[0] == 2

    def test_one_is_waited_for_where_flask_says_who_it_is_before_the_view(
        self, worker: Make, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """`@guard.customer`, told by a `before_request` that was added after the guard."""
        guard = worker(RULES + REPEATED)
        monkeypatch.setattr("guardrail.intercept.flask.make_guard", lambda *_: guard)
        app = flask.Flask("shop")
        began: list[Trips] = []
        seen: list[dict[str, int]] = []
        shell = Guardrail(app)
        shell.customer(lambda: flask.g.user)

        @app.before_request
        def load_user() -> None:
            flask.g.user = ANNA

        @app.get(ADS)
        def ads() -> flask.Response:
            while began and began[0].commands().get("get", 0) < 2:
                pass
            seen.extend(trips.commands() for trips in began)
            return flask.Response(body(AD), content_type="application/json")

        serve(app, path=ADS)
        began.append(Trips(client))
        assert serve(app, path=ADS).status == "200 OK"
        assert seen == [{"get": 2}]
        after = began[0].commands()
        read = after["get"] + after.get("getrange", 0)
        assert (after["evalsha"], read, began[0].count()) == (1, 3, 2)

    def test_two_where_the_app_names_the_customer(self, worker: Make, client: redis.Redis) -> None:
        """Both waited for: verdicts need the read, the reservation needs the verdicts."""
        app = GuardrailMiddleware(Shop(names=ANNA), guard=worker(RULES + REPEATED))
        assert self.run(client, app)[0] == 2

    def test_two_after_a_wrong_guess_and_one_that_nobody_waits_for(
        self, worker: Make, client: redis.Redis
    ) -> None:
        """The app has the last word on who it is for."""
        app = GuardrailMiddleware(
            Shop(names="bert"), guard=worker(RULES + REPEATED), customer=lambda _: ANNA
        )
        assert self.run(client, app)[0] == 3

    def test_a_visitor_without_a_name_costs_one_where_no_rule_remembers(
        self, worker: Make, client: redis.Redis
    ) -> None:
        """Nothing is kept of them but impressions, so there is nothing to read ahead."""
        guard = worker()
        cookie = f"{SESSION}={guard.sign('A' * 22)}"
        app = GuardrailMiddleware(Shop(), guard=guard)
        trips, commands = self.run(client, app, HTTP_COOKIE=cookie)
        assert (trips, commands["evalsha"]) == (1, 1)

    def test_the_ledger_is_read_once_for_a_customer_there(
        self, worker: Make, client: redis.Redis
    ) -> None:
        """Beside the choices: with them, if the reservation can be reckoned from it, else in it."""
        app = GuardrailMiddleware(Shop(), guard=worker(), customer=lambda _: ANNA)
        trips, commands = self.run(client, app)
        assert (trips, commands["evalsha"], commands["get"]) == (2, 1, 2)
        assert commands.get("getrange", 0) == (ledger.compiled is not None)

    def test_the_ledger_is_not_read_where_nothing_is_counted(
        self, worker: Make, client: redis.Redis
    ) -> None:
        """The choices alone."""
        elsewhere = RULES.replace("per: campaign", "per: campaign\n    mode: 'off'")
        assert elsewhere != RULES
        app = GuardrailMiddleware(Shop(), guard=worker(elsewhere), customer=lambda _: ANNA)
        trips, commands = self.run(client, app)
        assert (trips, commands["get"]) == (1, 1)

    def test_nothing_is_asked_for_a_page_that_is_not_guarded(
        self, worker: Make, client: redis.Redis
    ) -> None:
        """Nor for one that is only asked for its headers."""
        app = GuardrailMiddleware(Shop(), guard=worker(RULES + REPEATED), customer=lambda _: ANNA)
        serve(app, path=ADS)
        trips = Trips(client)
        serve(app, path="/elsewhere")
        serve(app, path=ADS, REQUEST_METHOD="HEAD")
        assert trips.count() == 0


class TestHistory:
    """What was shown before weighs."""

    @pytest.fixture(params=["memory", "redis"])
    def guard(self, request: Any, worker: Make, tmp_path: Any) -> Iterator[Guard]:
        if request.param == "redis":
            yield worker(RULES + REPEATED, clock=Clock())
            return
        made = make_guard(tmp_path / "memory", RULES + REPEATED, clock=Clock())
        yield made
        made.close()

    def test_it_is_counted_where_no_cap_names_it(self, guard: Guard) -> None:
        """Shown twice; then it weighs 90 and goes, until a week is over."""
        ad = {"id": "plain", "signals": []}
        shown = [guard.review([ad], customer=ANNA, surface="ads").items[0] for _ in range(4)]
        assert [(v.verdict, v.intrusiveness) for v in shown] == [
            ("allow", 0),
            ("allow", 10),
            ("suppress", 90),
            ("suppress", 90),
        ]
        guard._clock.move(7 * 86_400)  # type: ignore[attr-defined]
        assert verdicts(guard.review([ad], customer=ANNA, surface="ads")) == ["allow"]

    def test_one_customer_s_history_is_not_another_s(self, guard: Guard) -> None:
        """Nor is that of a visitor whom nobody named."""
        for _ in range(2):
            guard.review([AD], customer=ANNA, surface="ads")
        assert guard.review([AD], customer="bert", surface="ads").items[0].annoying == 0
        assert guard.review([AD], customer=ANNA, surface="ads").items[0].annoying == 90

    def test_a_session_has_a_history_too(self, guard: Guard) -> None:
        """By its cookie, read ahead like a customer's."""
        cookie = f"{SESSION}={guard.sign('A' * 22)}"
        app = GuardrailMiddleware(Shop(), guard=guard)
        got = [ids(serve(app, path=ADS, HTTP_COOKIE=cookie)) for _ in range(3)]
        assert got == [["ad-1"], ["ad-1"], []]

    def test_nobody_s_history_is_unknown(self, guard: Guard) -> None:
        """A review without a customer."""
        verdict = guard.review([AD], customer=None, surface="ads").items[0]
        assert (verdict.verdict, verdict.unknown[-1:]) == ("allow", ("repeated",))

    def test_a_batch_sees_what_it_showed_itself(self, guard: Guard) -> None:
        """The same customer three times in a row."""
        decided = guard.review_many([([AD], ANNA)] * 3, surface="ads")
        assert [verdicts(one) for one in decided] == [["allow"], ["allow"], ["suppress"]]

    def test_what_is_tried_out_was_never_shown(self, guard: Guard) -> None:
        """`guardrail score` has no history, and says nothing unknown for it."""
        for _ in range(3):
            guard.review([AD], customer=ANNA, surface="ads")
        verdict = guard.score_item(json.dumps(AD).encode(), "ads", ANNA)
        assert verdict.verdict == "allow"
        assert "repeated" not in verdict.unknown
        assert guard.score_body(body(AD), "ads", ANNA).items[0].intrusiveness == 0


class TestReadAhead:
    """It changes when something is read, never what holds."""

    def test_what_the_app_changes_meanwhile_holds(self, worker: Make) -> None:
        """A page where somebody opts out answers by the new choice already."""
        guard = worker()
        set_choices = guard.choices.set
        app = GuardrailMiddleware(
            Shop(lambda: set_choices(ANNA, {"topics_off": ["vice.gambling"], "tolerance": 0})),
            guard=guard,
            customer=lambda _: ANNA,
        )
        environ: dict[str, Any] = {}
        shop = app.app
        app.app = lambda env, start: shop((environ.update(env), env)[1], start)
        serve(app, path=ADS)
        decision = serve(app, path=ADS).iterable._judge._outer["guardrail.decision"]
        assert decision.items[0].tolerance == 0
        guard.choices.erase(ANNA)

    def test_choices_that_were_kept_hold(self, worker: Make) -> None:
        """Read ahead or not."""
        guard = worker()
        guard.choices.set(ANNA, {"tolerance": 12.5})
        for app in (
            GuardrailMiddleware(Shop(), guard=guard, customer=lambda _: ANNA),
            GuardrailMiddleware(Shop(names=ANNA), guard=guard),
        ):
            decision = serve(app, path=ADS).iterable._judge._outer["guardrail.decision"]
            assert decision.items[0].tolerance == 12.5

    def test_another_secret_moves_what_is_read_ahead(self, worker: Make) -> None:
        """Choices and impressions, in the same trip; choices are encrypted anew."""
        worker(RULES + REPEATED, secret="one fine secret").choices.set(ANNA, {"tolerance": 12.5})
        old = worker(RULES + REPEATED, secret="one fine secret")
        old.review([AD], customer={"id": ANNA, "tolerance": 80}, surface="ads")
        guard = worker(RULES + REPEATED, secret="two fine secrets,one fine secret")
        app = GuardrailMiddleware(Shop(), guard=guard, customer=lambda _: ANNA)
        decision = serve(app, path=ADS).iterable._judge._outer["guardrail.decision"]
        assert (decision.items[0].tolerance, decision.items[0].annoying) == (12.5, 10)
        assert worker(secret="two fine secrets").choices.get(ANNA) == {"tolerance": 12.5}

    def test_a_key_of_another_kind_leaves_the_choices_readable(
        self, worker: Make, client: redis.Redis, caplog: Any
    ) -> None:
        """Somebody else writes under our prefix; what was shown is unknown then."""
        guard = worker(RULES + REPEATED)
        guard.choices.set(ANNA, {"tolerance": 12.5})
        client.rpush(guard._stores.keys.caps(guard._stores.keys.pseudonym(ANNA)), "x")
        verdict = guard.review([AD], customer=ANNA, surface="ads").items[0]
        assert (verdict.tolerance, verdict.unknown[-1]) == (12.5, "repeated")
        client.delete(guard._stores.keys.choices(guard._stores.keys.pseudonym(ANNA)))
        client.rpush(guard._stores.keys.choices(guard._stores.keys.pseudonym(ANNA)), "x")
        decision = guard.review([AD], customer=ANNA, surface="ads")
        assert decision.items[0].tolerance == 50
        assert any("can't be read" in problem for problem in decision.problems)

    def test_choices_that_cannot_be_moved_count_as_unread(
        self, worker: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Redis goes away between the two."""
        from guardrail.connection import Unreachable

        guard = worker()
        guard.choices.set(ANNA, {"tolerance": 12.5})

        def gone(*_: object) -> None:
            raise Unreachable("lost")

        monkeypatch.setattr(guard._stores._kept, "opened", gone)
        decision = guard.review([AD], customer=ANNA, surface="ads")
        assert decision.items[0].tolerance == 50

    def test_without_redis_it_is_as_without_history(self, worker: Make, redis_server: Any) -> None:
        """The strictest preset, the rule unknown, the page goes out; in a batch too."""
        guard = worker(RULES + REPEATED, redis_timeout=0.2)
        app = GuardrailMiddleware(Shop(), guard=guard, customer=lambda _: ANNA)
        redis_server.stop()
        for _ in range(5):
            served = serve(app, path=ADS)
            assert ids(served) == ["ad-1"]
            decision = served.iterable._judge._outer["guardrail.decision"]
            assert (decision.items[0].tolerance, decision.items[0].unknown[-1]) == (50, "repeated")
        (batch,) = guard.review_many([([AD], ANNA)], surface="ads")
        assert batch.items[0].unknown[-1] == "repeated"

    def test_over_a_cluster_it_is_read_once_the_app_has_answered(
        self, tmp_path: Any, redis_cluster: RedisCluster
    ) -> None:
        """In one trip, for both keys lie on one node."""
        guard = make_guard(
            tmp_path / "rules",
            RULES + REPEATED,
            redis_url=redis_cluster.url,
            secret=SECRET,
            redis_timeout=2.0,
        )
        app = GuardrailMiddleware(Shop(), guard=guard, customer=lambda _: ANNA)
        assert [ids(serve(app, path=ADS)) for _ in range(3)] == [["ad-1"], ["ad-1"], []]
        guard.close()

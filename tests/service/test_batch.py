"""Many customers at once: decided as one by one, read lazily, each one's trouble their own."""

import itertools
import logging
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis_server import RedisServer

from guardrail.service import batch as service_batch
from guardrail.service.batch import CUSTOMERS_PER_CHUNK
from tests.service.shop import AD, ANNA, BAD, GOOD, RULES, SECRET, Clock, make_guard, verdicts

MORE_RULES = (
    RULES
    + """\
  - {id: item-once, kind: frequency_cap, per: item, max_impressions: 2, window: 1h}
  - id: tired
    kind: frequency_cap
    per: surface
    max_impressions: 4
    window: 1h
    action: score
    weight: 40
"""
)
HISTORY_RULES = (
    MORE_RULES
    + """  - {id: again, kind: repetition, per: item, window: 7d, curve: {1: 10, 2: 75}}
  - id: expecting
    kind: combination
    signs: {acid: {categories: [health.pregnancy]}, hose: {terms: [garden hose]}}
    at_least: 2
    window: 14d
    weight: 57
"""
)
NUMBERS = itertools.count()
STORES = ["memory", "redis"]

items = st.lists(
    st.sampled_from([GOOD, BAD, AD, {**AD, "id": "ad-2"}, {**GOOD, "id": "rake"}, "none"]),
    max_size=4,
)
customers = st.sampled_from(
    ["a", "b", "c", {"id": "a", "tolerance": 80}, {"id": "d", "tolerance": 10}, {}, None, 3.5]
)
letters = st.lists(st.tuples(items, customers), max_size=12)


@pytest.fixture
def store(tmp_path, request):
    """Makes guards with the same clock: in memory, or over one Redis, apart by their prefixes."""
    made = []

    def make(text=RULES, **arguments):
        given = dict(arguments)
        if getattr(request, "param", "memory") == "redis":
            server: RedisServer = request.getfixturevalue("redis_server")
            given = {
                "redis_url": server.url,
                "secret": SECRET,
                "redis_timeout": 2.0,
                "key_prefix": f"test-{next(NUMBERS)}:",
            } | given
        guard = make_guard(tmp_path / f"rules-{next(NUMBERS)}", text, **given)
        made.append(guard)
        return guard

    yield make
    for guard in made:
        guard.close()


def told(decision):
    """A decision without what differs by chance: its id."""
    return {**decision.to_dict(), "decision_id": None}, decision.kept


def counted(guard):
    """What a guard has counted of decisions."""
    stats = guard.stats().to_dict()
    return stats["surfaces"], stats["rules"], stats["outcomes"]


@pytest.mark.parametrize("store", STORES, indirect=True)
@pytest.mark.parametrize(("chunk", "text"), [(3, MORE_RULES), (200, MORE_RULES), (200, None)])
def test_a_batch_decides_as_one_by_one(store, monkeypatch, chunk, text):
    """Any customers in any order, some twice, some unknown; also what is counted is the same.

    Also where rules weigh what was shown before, which the same batch may have shown.
    """
    monkeypatch.setattr(service_batch, "CUSTOMERS_PER_CHUNK", chunk)
    clock = Clock()
    text = text or HISTORY_RULES
    one, many = store(text, clock=clock), store(text, clock=clock)

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(letters, st.sampled_from(["home", "ads"]), st.booleans())
    def same(pairs, surface, count):
        clock.move(7200)
        alone = [
            one.review(listed, customer=customer, surface=surface, count=count)
            for listed, customer in pairs
        ]
        together = many.review_many(iter(pairs), surface=surface, count=count)
        assert [told(d) for d in together] == [told(d) for d in alone]

    same()
    assert counted(many) == counted(one)


@pytest.mark.parametrize("store", STORES, indirect=True)
def test_who_comes_again_has_seen_what_the_first_showed(store):
    """Three ads a day, over five letters in one chunk."""
    guard = store(clock=Clock())
    pairs = [([AD], ANNA), ([AD], "b")] * 5
    shown = [verdicts(d) == ["allow"] for d in guard.review_many(pairs, surface="ads")]
    assert shown == [True, True] * 3 + [False, False] * 2


@pytest.mark.parametrize("store", STORES, indirect=True)
def test_who_comes_again_is_weighed_by_what_the_first_showed(store):
    """A repetition in one chunk: the third time it is too much."""
    guard = store(
        HISTORY_RULES.replace(
            "item-once, kind: frequency_cap", "item-once, mode: off, kind: frequency_cap"
        ),
        clock=Clock(),
    )
    tolerant = {"id": ANNA, "tolerance": 70}
    shown = guard.review_many([([GOOD], tolerant)] * 4, surface="home")
    assert [verdicts(d) for d in shown] == [["allow"], ["allow"], ["suppress"], ["suppress"]]


def test_a_history_that_fails_is_the_failure_of_whom_it_was_asked_for(store, monkeypatch):
    """Nothing is reserved for them; the next chunk is asked anew."""
    monkeypatch.setattr(service_batch, "CUSTOMERS_PER_CHUNK", 2)
    guard = store(HISTORY_RULES, clock=Clock())
    real, calls = guard._stores.reader.histories, itertools.count()

    def fails_once(*given):
        if next(calls) == 0:
            raise RuntimeError(ANNA)
        return real(*given)

    monkeypatch.setattr(guard._stores.reader, "histories", fails_once)
    decisions = guard.review_many([([GOOD], who) for who in "abc"], surface="home")
    assert [d.outcome for d in decisions] == ["failed(RuntimeError)"] * 2 + ["guarded"]


@pytest.mark.parametrize("store", STORES, indirect=True)
def test_what_is_not_shown_after_all_is_given_back_before_the_next_letter(store):
    """A cap that scores takes the fifth item out, whose other caps are free again."""
    text = MORE_RULES.replace("max_impressions: 4", "max_impressions: 1")
    one, many = store(text, clock=Clock()), store(text, clock=Clock())
    pairs = [([{**GOOD, "id": "x"}, GOOD], ANNA), ([GOOD, {**GOOD, "id": "x"}], ANNA)] * 3
    alone = [one.review(listed, customer=ANNA, surface="home") for listed, _ in pairs]
    assert any(v.capped_by == "tired" for d in alone for v in d.items)
    assert [told(d) for d in many.review_many(pairs, surface="home")] == [told(d) for d in alone]


@pytest.mark.parametrize("store", ["redis"], indirect=True)
def test_kept_choices_hold_in_a_batch(store):
    """For whom they were kept, and for nobody else."""
    guard = store()
    guard.choices.set(ANNA, {"personalisation": False})
    first, second, third = guard.review_many(
        [([GOOD], ANNA), ([GOOD], "b"), ([GOOD], {"id": ANNA})], surface="home"
    )
    assert [verdicts(d) for d in (first, second, third)] == [["suppress"], ["allow"], ["suppress"]]


@pytest.mark.parametrize("store", ["redis"], indirect=True)
@pytest.mark.parametrize(("text", "trips"), [(RULES, 2), (HISTORY_RULES, 3)])
def test_two_trips_serve_a_chunk(store, monkeypatch, text, trips):
    """One for the choices, one for the impressions, whoever comes and with whatever items.

    A third where a rule weighs what was shown before.
    """
    guard = store(text)
    guard.review([AD], customer="warm", surface="ads")
    connection = guard._stores._connection
    went, here = [], threading.current_thread()

    def counting(real):
        def called(*given):
            if threading.current_thread() is here:  # the heartbeat has a thread of its own
                went.append(given)
            return real(*given)

        return called

    pairs = [([{**AD, "campaign": f"c-{k % 7}"} for k in range(10)], f"c{n}") for n in range(400)]
    for name in ("call", "send"):
        monkeypatch.setattr(connection, name, counting(getattr(connection, name)))
    monkeypatch.setattr(guard._pulse, "beat", lambda: None)
    guard.review_many(pairs, surface="ads")
    assert len(went) == 2 * trips


def endless(most, read):
    """Pairs of customers who come once; more than ``most`` must not be read."""
    for n in itertools.count():
        assert n < most, "read too far ahead"
        read.append(n)
        yield [GOOD], f"c{n}"


def test_a_stream_is_read_a_chunk_ahead_at_most(store):
    """And not at all before the first decision is asked for."""
    read = []
    stream = store().review_stream(endless(2 * CUSTOMERS_PER_CHUNK, read), surface="home")
    assert read == []
    assert verdicts(next(stream)) == ["allow"]
    assert len(read) == CUSTOMERS_PER_CHUNK
    for _ in range(CUSTOMERS_PER_CHUNK - 1):
        next(stream)
    assert len(read) == CUSTOMERS_PER_CHUNK
    next(stream)
    assert len(read) == 2 * CUSTOMERS_PER_CHUNK
    stream.close()


@pytest.mark.parametrize("number", [0, 1, 199, 200, 201, 400])
def test_a_chunks_edge_loses_nobody(store, number):
    """As many decisions as pairs, in order."""
    guard = store()
    pairs = (([{**GOOD, "id": f"i{n}"}], f"c{n}") for n in range(number))
    assert [d.items[0].id for d in guard.review_stream(pairs, surface="home")] == [
        f"i{n}" for n in range(number)
    ]


@pytest.mark.parametrize("store", STORES, indirect=True)
def test_a_stream_that_is_left_gives_back_what_nobody_took(store):
    """The second and third customer may still see the ad; the first has."""
    text = RULES.replace("max_impressions: 3", "max_impressions: 1")
    guard = store(text, clock=Clock())
    pairs = [([AD], who) for who in ("a", "b", "c")]
    stream = guard.review_stream([*pairs, None], surface="ads")
    next(stream)
    stream.close()
    again = guard.review_many(pairs, surface="ads")
    assert [verdicts(d) for d in again] == [["suppress"], ["allow"], ["allow"]]
    assert guard.stats().to_dict()["outcomes"]["ads"] == {"guarded": 4}


def test_an_error_of_the_source_comes_after_what_it_gave(store):
    """Two customers are decided, then its own error is raised."""

    def broken():
        yield [GOOD], "a"
        yield [GOOD], "b"
        raise LookupError("the list of customers is gone")

    stream = store().review_stream(broken(), surface="home")
    assert [verdicts(next(stream)) for _ in range(2)] == [["allow"], ["allow"]]
    with pytest.raises(LookupError, match="customers is gone"):
        next(stream)


def an_error():
    """Items whose source fails."""
    yield GOOD
    raise RuntimeError(ANNA)


class Unreadable(dict):
    """A customer that can't be read."""

    def get(self, *_):
        raise RuntimeError(ANNA)


@pytest.mark.parametrize(
    ("pair", "kept"),
    [
        ((an_error(), ANNA), []),
        (([GOOD], Unreadable()), []),
        ((7, ANNA), []),
        (([GOOD],), []),
        (None, []),
    ],
)
def test_one_customers_failure_is_theirs_alone(store, caplog, pair, kept):
    """The others are decided; the log names no id."""
    guard = store(clock=Clock())
    with caplog.at_level(logging.ERROR):
        decisions = guard.review_many([([AD], "a"), pair, ([AD], "a")], surface="home")
    assert [d.outcome[:7] for d in decisions] == ["guarded", "failed(", "guarded"]
    assert decisions[1].kept == kept
    assert ANNA not in caplog.text
    outcomes = guard.stats().to_dict()["outcomes"]["home"]
    assert outcomes["guarded"] == 2
    assert sum(outcomes.values()) == 3


@pytest.mark.parametrize("step", ["read_objects", "reviewed", "who_is"])
def test_a_step_that_fails_for_one_fails_for_one(store, monkeypatch, step):
    """Whatever step it is."""
    real, calls = getattr(service_batch, step), itertools.count()

    def fails_once(*given, **more):
        if next(calls) == 1:
            raise RuntimeError(ANNA)
        return real(*given, **more)

    monkeypatch.setattr(service_batch, step, fails_once)
    decisions = store().review_many([([AD], who) for who in "abc"], surface="ads")
    assert [d.outcome for d in decisions] == ["guarded", "failed(RuntimeError)", "guarded"]
    shown = [{"id": "ad-1", "campaign": "c-1"}]
    assert [d.kept for d in decisions] == [shown, [], shown]


@pytest.mark.parametrize("error", [ValueError, RuntimeError])
def test_a_ledger_that_fails_for_many_is_asked_again_only_where_nothing_was_counted(
    store, monkeypatch, error
):
    """A cap that can't be is found beforehand; after anything else, counting twice is possible."""
    guard = store(clock=Clock())
    ledger = guard._stores.ledger
    many, asked = ledger.reserve_many, []

    def fails(wanted, **more):
        asked.append([one.customer for one in wanted])
        if len(wanted) > 1 or len(asked) == 3:
            raise error
        return many(wanted, **more)

    monkeypatch.setattr(ledger, "reserve_many", fails)
    decisions = guard.review_many([([AD], who) for who in "abc"], surface="ads")
    outcomes = [d.outcome for d in decisions]
    if error is ValueError:
        assert outcomes == ["guarded", "failed(ValueError)", "guarded"]
        assert [len(one) for one in asked] == [3, 1, 1, 1]
    else:
        assert outcomes == ["failed(RuntimeError)"] * 3
        assert [len(one) for one in asked] == [3]


def test_choices_that_fail_for_all_are_read_one_by_one(store, monkeypatch, caplog):
    """So that nobody's refusal is passed over."""
    guard = store()
    guard.choices.set(ANNA, {"personalisation": False})

    def fails(_):
        raise RuntimeError(ANNA)

    monkeypatch.setattr(guard._stores, "kept_choices_of", fails)
    decisions = guard.review_many([([GOOD], ANNA), ([GOOD], "b")], surface="home")
    assert [verdicts(d) for d in decisions] == [["suppress"], ["allow"]]
    assert ANNA not in caplog.text


@pytest.mark.parametrize("store", ["redis"], indirect=True)
def test_redis_goes_away_in_the_middle_and_the_rest_goes_on(store, monkeypatch, request, caplog):
    """Caps by their own on_failure, choices taken for strict; each decision says so."""
    monkeypatch.setattr(service_batch, "CUSTOMERS_PER_CHUNK", 2)
    text = RULES.replace("window: 24h", "window: 24h\n    on_failure: suppress")
    guard = store(text, redis_timeout=0.2)
    server = request.getfixturevalue("redis_server")
    personal = {**AD, "campaign": None, "signals": GOOD["signals"]}

    def pairs():
        for n in range(6):
            if n == 4:
                server.stop()
            yield [AD, personal, {"id": "page", "kind": "recommendation", "signals": []}], f"c{n}"

    decisions = list(guard.review_stream(pairs(), surface="ads"))
    assert [verdicts(d) for d in decisions] == [["allow", "allow", "allow"]] * 4 + [
        ["suppress", "suppress", "allow"]
    ] * 2
    assert all(d.outcome == "guarded" for d in decisions)
    assert decisions[3].problems == ()
    assert [problem.split(":")[0] for problem in decisions[4].problems][-1] == "caps"
    assert decisions[4].items[0].capped_by == "campaign-daily"
    assert caplog.text.count("can't be reached") == 1


def test_what_is_off_passes_as_it_came(store):
    """As everywhere; a trial tries it as in observe and counts nothing."""
    guard = store(mode="off")
    (decision,) = guard.review_many([([BAD], ANNA)], surface="home")
    assert (decision.outcome, decision.mode, decision.kept) == ("not_covered", "off", [BAD])
    (tried,) = guard.score_stream([([BAD], ANNA)], surface="home")
    assert (tried.outcome, tried.items[0].would) == ("observed", "suppress")
    assert guard.stats().to_dict()["outcomes"] == {"home": {"not_covered": 1}}


@pytest.mark.parametrize("store", STORES, indirect=True)
def test_a_trial_looks_at_caps_and_takes_nothing(store):
    """What was shown before counts; what is tried does not."""
    guard = store(clock=Clock())
    guard.review([AD], customer=ANNA, surface="ads")
    for _ in range(2):
        (tried,) = guard.score_stream([([AD] * 3, ANNA)], surface="ads")
        assert verdicts(tried) == ["allow", "allow", "suppress"]
    assert guard.stats().to_dict()["outcomes"] == {"ads": {"guarded": 1}}


def test_a_heart_that_fails_stops_nobody(store, monkeypatch, caplog):
    """What was in force stays in force."""
    guard = store()

    def fails():
        raise RuntimeError(ANNA)

    monkeypatch.setattr(guard._pulse, "beat", fails)
    assert [verdicts(d) for d in guard.review_many([([GOOD], "a")], surface="home")] == [["allow"]]
    assert "heartbeat" in caplog.text
    assert ANNA not in caplog.text


def test_the_moment_may_be_given(store):
    """For a letter that is made today and goes out tomorrow."""
    guard = store(clock=Clock())
    (decision,) = guard.review_many([([AD], ANNA)], surface="ads", now_ms=1_900_000_000_000)
    assert decision.at == "2030-03-17T17:46:40Z"

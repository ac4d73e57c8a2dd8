"""Counts of how facts came about: kept by the hour beside the counts of decisions."""

from __future__ import annotations

from guardrail.facts import Tally
from guardrail.keys import Keys
from guardrail.record import Counters, RedisCounters, cells_of_facts, facts_in, hour_of
from record.moody import Moody

HOUR = 3_600_000
AT = 498_706 * HOUR
TALLY = Tally({("signals[].data", "present"): 3, ("title", "missing"): 2, ("reason", "missing"): 0})


def test_facts_are_read_back_as_they_were_counted() -> None:
    """Summed over responses and surfaces apart, in alphabetical order."""
    counters = Counters()
    for surface in ("home", "ads", "home"):
        counters.note(hour_of(AT), cells_of_facts(surface, TALLY))
    found = facts_in(counters.snapshot(AT, AT))
    assert list(found) == ["ads", "home"]
    assert found["home"].responses == 2
    assert found["home"].counted == {("signals[].data", "present"): 6, ("title", "missing"): 4}


def test_a_response_without_items_is_a_response_too() -> None:
    """It was looked at, and nothing was in it."""
    counters = Counters()
    counters.note(AT, cells_of_facts("home", Tally()))
    assert facts_in(counters.snapshot(AT, AT))["home"] == (1, Tally())


def test_facts_are_kept_by_the_hour() -> None:
    """Their course in time is of no use and would cost memory."""
    assert hour_of(AT) == hour_of(AT + HOUR - 1) == AT
    assert hour_of(AT + HOUR) == AT + HOUR


def test_decisions_know_nothing_of_facts() -> None:
    """`stats` leaves out what is no count of a decision."""
    counters = Counters()
    counters.note(AT, cells_of_facts("home", TALLY))
    stats = counters.stats(AT, AT)
    assert stats.empty
    assert stats.minutes == ()


def test_all_processes_add_up_in_redis(connection: Moody, keys: Keys) -> None:
    """One hash for an hour, which expires; no name of a surface or fact stands in it."""
    one, two = RedisCounters(connection, keys), RedisCounters(connection, keys)
    for counters in (one, two):
        counters.note(hour_of(AT), cells_of_facts("home", TALLY))
        assert counters.flush(AT)
    found = facts_in(one.snapshot(AT, AT + HOUR))
    assert found["home"].responses == 2
    assert found["home"].counted["signals[].data", "present"] == 6
    key = keys.stats(AT // HOUR)
    fields = connection._client.hkeys(key)
    assert not any(b"home" in field or b"signals" in field for field in fields)
    assert 0 < connection._client.ttl(key) <= 8 * 24 * 3600

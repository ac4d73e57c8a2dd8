"""The switch for the mode: thrown once, it holds for every worker for as long as one asks."""

from __future__ import annotations

from collections.abc import Iterator

import fakeredis
import pytest

from guardrail.connection import Connection, Unreachable
from guardrail.keys import Keys
from guardrail.record import ModeSwitch, RedisModeSwitch, Switch
from record.moody import Moody

DAYS_30 = 30 * 24 * 3600


@pytest.fixture(params=["memory", "redis"])
def switch(request: pytest.FixtureRequest, keys: Keys) -> Iterator[Switch]:
    if request.param == "memory":
        yield ModeSwitch()
        return
    connection = Connection(fakeredis.FakeRedis())
    yield RedisModeSwitch(connection, keys)
    connection.close()


def test_nothing_switched_says_nothing(switch: Switch) -> None:
    """An empty answer lowers nothing."""
    assert switch.get() == {}


def test_everything_and_single_surfaces_are_switched_apart(switch: Switch) -> None:
    """The last word on each holds."""
    switch.set("observe")
    switch.set("off", "home")
    switch.set("enforce", "ads")
    switch.set("observe", "home")
    assert switch.get() == {"*": "observe", "home": "observe", "ads": "enforce"}


def test_what_is_no_mode_is_refused(switch: Switch) -> None:
    """The error names the modes there are, and nothing is switched."""
    with pytest.raises(ValueError, match="'on' is no mode; it is one of off, observe, enforce"):
        switch.set("on")
    assert switch.get() == {}


def test_the_answer_is_a_copy(switch: Switch) -> None:
    """Who changes it changes nothing for others."""
    switch.get()["*"] = "off"
    assert switch.get() == {}


def test_every_worker_sees_the_switch_and_no_field_shows_a_surface(
    connection: Moody, keys: Keys
) -> None:
    """One sets, another gets."""
    RedisModeSwitch(connection, keys).set("off", "home")
    assert RedisModeSwitch(connection, keys).get() == {"home": "off"}
    (field,) = connection._client.hkeys(keys.mode())
    assert b"home" not in field


def test_reading_starts_the_thirty_days_anew(connection: Moody, keys: Keys) -> None:
    """A switch that was thrown must not expire while anybody asks."""
    switch = RedisModeSwitch(connection, keys)
    switch.set("off")
    client = connection._client
    assert DAYS_30 - 60 < client.ttl(keys.mode()) <= DAYS_30
    client.expire(keys.mode(), 5)
    switch.get()
    assert DAYS_30 - 60 < client.ttl(keys.mode()) <= DAYS_30


@pytest.mark.parametrize(
    "value", ["off", "{", '{"mode": "on"}', '{"surface": "home"}', "[]", b'{"mode": "\xff"}']
)
def test_a_value_of_somebody_else_is_left_out(
    connection: Moody, keys: Keys, value: str | bytes
) -> None:
    """The rest still holds."""
    switch = RedisModeSwitch(connection, keys)
    switch.set("observe")
    connection._client.hset(keys.mode(), "other", value)
    assert switch.get() == {"*": "observe"}


def test_after_a_new_secret_the_lower_word_holds_until_one_is_said_anew(
    connection: Moody, keys: Keys
) -> None:
    """The surface then has another code; what was switched before must not be lost or bind on."""
    RedisModeSwitch(connection, keys).set("off", "home")
    renewed = RedisModeSwitch(connection, Keys("another-secret-here", keys.prefix))
    assert renewed.get() == {"home": "off"}
    renewed.set("observe", "home")
    assert renewed.get() == {"home": "observe"}
    assert len(connection._client.hkeys(keys.mode())) == 1


def test_two_words_on_one_surface_give_the_lower(connection: Moody, keys: Keys) -> None:
    """Two workers with different secrets both switched."""
    switch = RedisModeSwitch(connection, keys)
    switch.set("observe", "home")
    connection._client.hset(keys.mode(), "old", '{"mode": "off", "surface": "home"}')
    assert switch.get() == {"home": "off"}


def test_an_unreachable_redis_is_said(connection: Moody, keys: Keys) -> None:
    """Neither getting nor setting pretends."""
    connection.mood = "down"
    switch = RedisModeSwitch(connection, keys)
    with pytest.raises(Unreachable):
        switch.get()
    with pytest.raises(Unreachable):
        switch.set("off")

"""The guard as a Redis user with the least rights: those of docs/how-to/redis.md and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from redis_cluster import RedisCluster
from redis_server import RedisServer

from contract.places import START, cap
from guardrail.caps import RedisLedger
from guardrail.caps.ledger import Wanted
from guardrail.caps.redis import compiled
from guardrail.choices import RedisChoices
from guardrail.connection import Connection, Unreachable, connect
from guardrail.keys import Keys
from guardrail.record import Cell, RedisCounters, RedisModeSwitch

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "redis.md"
OLD, BOTH = Keys("first secret"), Keys("second secret,first secret")
PASSWORD = "a-password-for-the-test"


def rights() -> list[str]:
    """The words of the ``ACL SETUSER`` line that the page shows."""
    found = re.search(r"^ACL SETUSER guardrail (.+)$", HOW_TO.read_text(), re.MULTILINE)
    assert found
    return found[1].replace("<password>", PASSWORD).split()


COMMANDS = [word for word in rights() if word.startswith("+")]
FOR_CLUSTERS = {"+cluster|slots", "+asking"}
FOR_COMPILED = set() if compiled else {"+getrange"}
"""What only a guard asks whose parts are compiled."""


def everything(connection: Connection) -> None:
    """All that the guard ever asks of Redis; raises where it may not."""
    identity, before = BOTH.identity("anna"), OLD.identity("anna")
    ledger = RedisLedger(connection, OLD)
    ledger.reserve(before, [[cap("a", 9)]], now_ms=START)
    ledger = RedisLedger(connection, BOTH)
    taken = ledger.reserve(identity, [[cap("a", 9)]])  # by Redis's own time
    ledger.reserve_many([Wanted(identity, [[cap("a", 9)]])] * 2)
    ledger.counts(identity, [("a", 60)])
    ledger.release(taken)
    ledger.reserve(identity, [[cap("b", 1, 1)]], now_ms=START)
    for one in ledger.reserve_many([Wanted(identity, [[cap("c")]])], now_ms=START):
        if not isinstance(one, Exception):
            ledger.release(one)
    RedisLedger(connection, OLD).reserve("read", [[cap("a")]], packed=b"")
    alone = ledger.reserve("alone", [[cap("a")]])
    ledger.release(alone)
    choices = RedisChoices(connection, OLD)
    choices.set(before, {"gpc": True})
    choices = RedisChoices(connection, BOTH)
    assert choices.get(identity) == {"gpc": True}
    choices.set(identity, {"gpc": False})
    choices.erase(identity)
    ledger.erase(identity)
    RedisModeSwitch(connection, OLD).set("observe", "home")
    switch = RedisModeSwitch(connection, BOTH)
    switch.set("off", "home")
    assert switch.get() == {"home": "off"}
    counters = RedisCounters(connection, BOTH)
    counters.note(START, {Cell("cap", "", "rule", value="granted"): 1})
    if not counters.flush(START):
        raise Unreachable("denied")
    assert counters.stats(START, START).caps == {"rule": {"granted": 1}}


def ask_for_a_slot_under_way(client: Any) -> None:
    """What is read to find a node, and what a node is told that is just being given a slot."""
    client.get(OLD.caps("c"))
    client.send(client._seeds[0], lambda node: node.execute_command("ASKING"))


@pytest.fixture
def admin(redis_server: RedisServer) -> Iterator[redis.Redis]:
    if not redis_server.ours:
        pytest.skip("the users of the server of GUARDRAIL_TEST_REDIS_URL are not ours")
    with redis_server.client() as client:
        yield client
        client.acl_deluser("guardrail")


def as_user(admin: redis.Redis, server: RedisServer, words: list[str]) -> Connection:
    """A connection of the user with these rights; the scripts are not known yet."""
    admin.execute_command("ACL", "SETUSER", "guardrail", "reset", *words)
    admin.flushall()
    admin.script_flush()
    path = server.url.removeprefix("unix://")
    return connect(f"unix://guardrail:{PASSWORD}@{path}", 5.0)


def test_the_documented_rights_are_enough(admin: redis.Redis, redis_server: RedisServer) -> None:
    """Everything that the guard asks, with exactly those commands and keys."""
    connection = as_user(admin, redis_server, rights())
    everything(connection)
    assert admin.execute_command("ACL", "LOG") == []
    connection.close()


@pytest.mark.parametrize(
    "left_out", [word for word in COMMANDS if word not in FOR_CLUSTERS | FOR_COMPILED]
)
def test_each_right_is_needed(admin: redis.Redis, redis_server: RedisServer, left_out: str) -> None:
    """Without any one of them something is refused."""
    words = [word for word in rights() if word != left_out]
    connection = as_user(admin, redis_server, words)
    # A rename that is refused leaves the key where it is, and a MULTI leaves EXEC alone: no word
    # says "denied" then, but what should have happened did not.
    silent = {"+renamenx": AssertionError, "+multi": Unreachable}
    error = silent.get(left_out, Exception)
    with pytest.raises(error, match=None if left_out in silent else "denied"):
        everything(connection)
    connection.close()


def test_no_other_key_can_be_touched(admin: redis.Redis, redis_server: RedisServer) -> None:
    """What does not begin with the guard's prefix is somebody else's."""
    connection = as_user(admin, redis_server, rights())
    with pytest.raises(Unreachable, match="denied"):
        connection.call(lambda client: client.set("basket:anna", "empty"))
    elsewhere = RedisLedger(connection, Keys("one", "shop:"))
    with pytest.raises(Exception, match="denied"):
        elsewhere.reserve("c", [[cap("a")]])
    connection.close()


def test_a_cluster_needs_two_more(redis_cluster: RedisCluster) -> None:
    """To be told where the slots are, and to be sent on while one is being moved."""
    clients = redis_cluster.clients()

    def user(words: list[str]) -> Connection:
        for client in clients:
            client.execute_command("ACL", "SETUSER", "guardrail", "reset", *words)
        hosts = redis_cluster.url.removeprefix("redis+cluster://")
        return connect(f"redis+cluster://guardrail:{PASSWORD}@{hosts}", 5.0)

    try:
        connection = user(rights())
        for k in range(9):
            assert RedisLedger(connection, OLD).reserve(f"c{k}", [[cap("a")]]).grants[0].granted
        connection.close()
        for without in FOR_CLUSTERS:
            connection = user([word for word in rights() if word != without])
            with pytest.raises(Exception, match="denied"):
                connection.call(ask_for_a_slot_under_way)
            connection.close()
    finally:
        for client in clients:
            client.execute_command("ACL", "DELUSER", "guardrail")
            client.close()

"""A Redis Cluster: each customer on one node, found again when slots move or a node is gone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis_cluster import RedisCluster

from contract.places import START, cap, read_ahead
from guardrail.caps import LedgerError, RedisLedger
from guardrail.caps.ledger import Wanted
from guardrail.choices import RedisChoices
from guardrail.connection import Connection, connect
from guardrail.connection.cluster import key_of, slot_of
from guardrail.keys import Keys
from guardrail.record import RedisModeSwitch
from guardrail.service import Guard

KEYS = Keys("a secret for clusters")
CUSTOMERS = [KEYS.pseudonym(f"customer-{k}") for k in range(12)]


class Clock:
    """Seconds that a test moves by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connection(redis_cluster: RedisCluster, clock: Clock) -> Iterator[Connection]:
    made = connect(redis_cluster.url, 2.0, clock=clock)
    yield made
    made.close()


@pytest.fixture
def ledger(connection: Connection) -> RedisLedger:
    return RedisLedger(connection, KEYS)


def place_of(cluster: RedisCluster, customer: str) -> int:
    """Which of the nodes has a customer's key."""
    third = -(-16384 // len(cluster.nodes))
    return slot_of(KEYS.caps(customer)) // third


def test_slots_are_those_of_the_cluster_itself(redis_cluster: RedisCluster) -> None:
    """As `CLUSTER KEYSLOT` says, with braces and without."""
    with redis_cluster.nodes[0].client() as client:
        for key in ("a", "guardrail:caps:{abc}", "x{}y", "x{a", "{a}{b}", "ü", KEYS.caps("c")):
            assert client.execute_command("CLUSTER", "KEYSLOT", key) == slot_of(key)
    assert slot_of(b"a") == slot_of("a")


@pytest.mark.parametrize(
    ("args", "key"),
    [
        (("GET", "k"), "k"),
        (("EVALSHA", "sha", 1, "k", "v"), "k"),
        (("EVAL", "text", "0"), None),
        (("PING",), None),
        (("CLUSTER", "SLOTS"), None),
        (("SCRIPT LOAD", "text"), None),
    ],
)
def test_a_command_goes_by_its_first_key(args: tuple[object, ...], key: str | None) -> None:
    """Scripts name theirs after the number of keys."""
    assert key_of(args) == key


def test_impressions_are_counted_on_every_node(
    redis_cluster: RedisCluster, ledger: RedisLedger
) -> None:
    """Reserve, count, give back and erase for customers all over the cluster."""
    for customer in CUSTOMERS:
        first = ledger.reserve(customer, [[cap("a")]], now_ms=START)
        assert first.grants[0].granted
        assert not ledger.reserve(customer, [[cap("a")]], now_ms=START).grants[0].granted
        ledger.release(first)
        assert ledger.counts(customer, [("a", 60)], now_ms=START) == [0]
        ledger.reserve(customer, [[cap("a")]], now_ms=START)
    for node in redis_cluster.nodes:
        with node.client() as client:
            assert client.dbsize()
    for customer in CUSTOMERS:
        ledger.erase(customer)
        assert ledger.counts(customer, [("a", 60)], now_ms=START) == [0]


def test_what_was_read_ahead_holds_on_every_node(ledger: RedisLedger) -> None:
    """Tag and value lie where the customer does."""
    for customer in CUSTOMERS:
        for granted in (True, True, False):
            packed = read_ahead(ledger._connection, ledger, customer)
            (grant,) = ledger.reserve(customer, [[cap("a", 2)]], packed=packed).grants
            assert grant.granted is granted
        (grant,) = ledger.reserve(customer, [[cap("a", 2)]], packed=b"").grants
        assert not grant.granted


def test_many_customers_go_in_one_trip_to_each_node(ledger: RedisLedger) -> None:
    """In order, and each exactly, although their keys lie on several nodes."""
    wanted = [Wanted(customer, [[cap("a", 2)]]) for customer in CUSTOMERS * 3]
    done = ledger.reserve_many(wanted, now_ms=START)
    assert [one.grants[0].granted for one in done if not isinstance(one, LedgerError)] == (
        [True] * 24 + [False] * 12
    )


def test_the_guard_runs_on_a_cluster(redis_cluster: RedisCluster, tmp_path: Path) -> None:
    """Counts, choices and the switched mode are kept there, too."""
    (tmp_path / "rules.yaml").write_text("guardrail: 1\n")
    guard = Guard.from_arguments(
        {"rules": tmp_path, "redis_url": redis_cluster.url, "secret": "s" * 20}
    )
    guard.choices.set("anna", {"tolerance": "strict"})
    assert guard.choices.get("anna") == {"tolerance": "strict"}
    guard.review([{"id": "a", "signals": []}], customer={"id": "anna"})
    guard.refresh()
    assert guard.stats().surfaces["default"]["enforce"] == {"allow": 1}
    guard.set_mode("observe")
    assert guard.modes()["guardrail mode"] == "observe"
    guard.close()


def test_a_mode_is_switched_in_one_transaction(connection: Connection) -> None:
    """All of its keys lie on one node."""
    switch = RedisModeSwitch(connection, KEYS)
    switch.set("observe", "home")
    switch.set("off")
    assert switch.get() == {"home": "observe", "*": "off"}


def test_choices_of_a_previous_secret_are_no_error(connection: Connection) -> None:
    """They may lie on another node and are not moved then; the customer starts anew."""
    old, new = Keys("old"), Keys("new,old")
    RedisChoices(connection, old).set(old.identity("anna"), {"gpc": True})
    assert RedisChoices(connection, new).get(new.identity("anna")) in (None, {"gpc": True})


def migrate(source: redis.Redis, target: redis.Redis, slot: int) -> None:
    """Begin to move a slot: from now on the source says ASK for what it no longer has."""
    ids = [client.execute_command("CLUSTER", "MYID").decode() for client in (source, target)]
    target.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[0])
    source.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[1])


def assign(clients: list[redis.Redis], owner: redis.Redis, slot: int) -> None:
    """Say to every node whose slot it is."""
    name = owner.execute_command("CLUSTER", "MYID").decode()
    for client in sorted(clients, key=lambda client: client is not owner):
        client.execute_command("CLUSTER", "SETSLOT", slot, "NODE", name)


def test_a_slot_that_moves_loses_no_impression(
    redis_cluster: RedisCluster, ledger: RedisLedger, clock: Clock
) -> None:
    """Neither while it is being moved (ASK) nor after it (MOVED), within the same call."""
    customer, clients = CUSTOMERS[0], redis_cluster.clients()
    slot, home = slot_of(KEYS.caps(customer)), place_of(redis_cluster, customer)
    source, target = clients[home], clients[(home + 1) % 3]
    ledger.reserve(customer, [[cap("a", 4)]], now_ms=START)
    migrate(source, target, slot)
    try:
        port = redis_cluster.ports[(home + 1) % 3]
        source.migrate("127.0.0.1", port, KEYS.caps(customer), 0, 5000)
        ledger.reserve(customer, [[cap("a", 4)]], now_ms=START)
        many = ledger.reserve_many([Wanted(customer, [[cap("a", 4)]])], now_ms=START)
        assert not isinstance(many[0], LedgerError)
        assert ledger.counts(customer, [("a", 60)], now_ms=START) == [3]
        assign(clients, target, slot)
        assert ledger.counts(customer, [("a", 60)], now_ms=START) == [3]
        clock.now += 2
        many = ledger.reserve_many([Wanted(customer, [[cap("a", 4)]])] * 2, now_ms=START)
        assert [one.grants[0].granted for one in many if not isinstance(one, LedgerError)] == [
            True,
            False,
        ]
        ledger.erase(customer)
    finally:
        target.delete(KEYS.caps(customer))
        migrate(target, source, slot)
        assign(clients, source, slot)
        for client in clients:
            client.close()


def test_a_node_that_hangs_is_left_alone_and_the_others_go_on(
    redis_cluster: RedisCluster, clock: Clock
) -> None:
    """After three timeouts nobody waits for it; customers elsewhere never notice."""
    connection = connect(redis_cluster.url, 0.2, clock=clock)
    ledger = RedisLedger(connection, KEYS)
    for customer in CUSTOMERS:
        ledger.reserve(customer, [[cap("a")]], now_ms=START)
    redis_cluster.nodes[1].freeze()
    try:
        said: dict[bool, list[str]] = {True: [], False: []}
        began = time.monotonic()
        for customer in CUSTOMERS * 2:
            try:
                assert ledger.counts(customer, [("a", 60)], now_ms=START) == [1]
                word = "ok"
            except LedgerError as error:
                word = str(error).rpartition("(")[2].rstrip(")")
            said[place_of(redis_cluster, customer) == 1].append(word)
        waited = time.monotonic() - began
        assert set(said[False]) == {"ok"}
        assert said[True][:3] == ["timeout"] * 3
        assert set(said[True][3:]) == {"open"}
        assert waited < 2
        assert connection.breaker.state(clock()) == "open"
    finally:
        redis_cluster.nodes[1].thaw()
    clock.now += 1
    assert [ledger.counts(c, [("a", 60)], now_ms=START) for c in CUSTOMERS] == [[1]] * 12
    assert connection.breaker.state(clock()) == "closed"
    connection.close()


def test_a_seed_that_is_gone_is_passed_over(redis_cluster: RedisCluster) -> None:
    """The next call asks the next node that the URL names."""
    port = redis_cluster.ports[2]
    connection = connect(f"redis+cluster://127.0.0.1:{port},127.0.0.1:1/0", 2.0)
    ledger = RedisLedger(connection, KEYS)
    with pytest.raises(LedgerError, match="refused"):
        ledger.counts(CUSTOMERS[0], [("a", 60)])
    assert ledger.counts(CUSTOMERS[0], [("a", 60)]) == [0]
    connection.close()


def test_a_slot_that_no_node_has_is_an_error(redis_cluster: RedisCluster) -> None:
    """Of its customers alone."""
    customer = CUSTOMERS[0]
    clients = redis_cluster.clients()
    home, slot = place_of(redis_cluster, customer), slot_of(KEYS.caps(customer))
    for client in clients:
        client.execute_command("CLUSTER", "DELSLOTS", slot)
    try:
        connection = connect(redis_cluster.url, 2.0)
        ledger = RedisLedger(connection, KEYS)
        for _ in range(2):
            with pytest.raises(LedgerError, match="busy"):
                ledger.counts(customer, [("a", 60)])
        other = next(c for c in CUSTOMERS if slot_of(KEYS.caps(c)) != slot)
        assert ledger.counts(other, [("a", 60)]) == [0]
        connection.close()
    finally:
        clients[home].execute_command("CLUSTER", "ADDSLOTS", slot)
        for client in clients:
            client.close()


@pytest.mark.parametrize(
    "url",
    ["redis+cluster://a:1,:2", "redis+cluster://a:1/3", "redis+cluster://", "redis+cluster://a:x"],
)
def test_a_cluster_url_that_is_none_is_refused(url: str) -> None:
    """A node without a name or port, or a database, which a cluster does not have."""
    with pytest.raises(ValueError, match=r"redis\+cluster://host:port,host:port"):
        connect(url)


def test_a_cluster_is_named_without_its_password() -> None:
    """In errors as in the repr; making the connection sends nothing."""
    connection = connect("rediss+cluster://user:hunter2@a.example:7000,[::1]:7001/0")
    assert connection.where == "Redis Cluster at a.example:7000"
    assert "hunter2" not in repr(connection)
    connection.close()

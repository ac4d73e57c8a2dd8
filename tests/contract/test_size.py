"""The sum on paper, held against what a real Redis holds."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from contract.places import START
from guardrail.caps import CapRequest, RedisLedger
from guardrail.caps.ledger import Wanted
from guardrail.caps.size import Use, allocated, counting, need
from guardrail.connection import Connection, connect
from guardrail.keys import Keys
from guardrail.rulefile import load
from guardrail.ruleset import Rule, RuleSet, Sign, When

DISTINCT = {"item": 10_000, "creative": 1000, "campaign": 200, "advertiser": 100}
RULES = Path(__file__).parents[2] / "rules"


@pytest.fixture
def connection(redis_url: str) -> Iterator[Connection]:
    made = connect(redis_url, 5.0)
    yield made
    made.close()


def use(**more: float) -> Use:
    return Use(1000, 4.0, 5, DISTINCT)._replace(**more)  # type: ignore[arg-type]


def cap(per: str = "item", limit: int = 5, window: int = 86_400, **more: object) -> Rule:
    return Rule(
        id=f"by-{per}", kind="frequency_cap", per=per, max_impressions=limit, window=window, **more
    )  # type: ignore[arg-type]


def is_jemalloc(connection: Connection) -> bool:
    return "jemalloc" in str(connection.call(lambda client: client.info("memory")))


@pytest.mark.redis
@pytest.mark.parametrize(("responses", "items"), [(1, 3), (4, 5)])
def test_paper_and_redis_agree(connection: Connection, responses: int, items: int) -> None:
    """A week of a hundred and fifty customers under two caps, within 5 % of the bytes."""
    rules = RuleSet(rules=(cap("item", 5, 7 * 86_400), cap("campaign", 30, 86_400)))
    expected = need(rules, use(responses=responses, items=items, sensitive=0, choosing=0))
    keys, rng = Keys("a secret of the test"), random.Random(3)
    ledger = RedisLedger(connection, keys)
    names = [keys.pseudonym(f"c-{k}") for k in range(150)]
    step = 86_400_000 // responses
    for turn in range(7 * responses):
        wanted = []
        for name in names:
            asks = [
                [
                    CapRequest("i", f"i{rng.randrange(10_000)}", 5, 7 * 86_400),
                    CapRequest("c", f"c{rng.randrange(200)}", 30, 86_400),
                ]
                for _ in range(items)
            ]
            wanted.append(Wanted(name, asks))
        ledger.reserve_many(wanted, now_ms=START + turn * step)
    lengths = connection.call(lambda client: [client.strlen(keys.caps(name)) for name in names])
    mean = sum(lengths) / len(lengths)  # type: ignore[arg-type]
    assert mean == pytest.approx(expected.value_bytes, rel=0.05)
    if not is_jemalloc(connection):
        return
    used = connection.call(lambda client: [client.memory_usage(keys.caps(n)) for n in names])
    # MEMORY USAGE knows nothing of the expiry's table entry and of buckets: up to 48 bytes.
    spare = expected.customer_bytes - sum(used) / len(used)  # type: ignore[arg-type]
    assert 0 <= spare <= 0.12 * mean + 48


@pytest.mark.redis
def test_the_allocator_is_redis_s_own(redis_url: str) -> None:
    """The classes of jemalloc, seen through the cost of values that grow."""
    with redis.Redis.from_url(redis_url) as client:
        if "jemalloc" not in str(client.info("memory")["mem_allocator"]):
            pytest.skip("this Redis does not use jemalloc")
        client.set("k", b"x" * 300)
        base = client.memory_usage("k") - allocated(300 + 6)  # type: ignore[operator]
        for length in (600, 1000, 2500, 5000):
            client.set("k", b"x" * length)
            assert client.memory_usage("k") - base == allocated(length + 6)  # type: ignore[operator]


def test_every_rule_that_counts_is_seen() -> None:
    """Caps by every scope, repetition, and combinations over a window; nothing that is off."""
    rules = (
        *(cap(per) for per in ("item", "campaign", "advertiser", "surface", "all", "category")),
        cap("item", mode="off"),
        Rule(id="again", kind="repetition", per="creative", window=86_400),
        Rule(id="story", kind="combination", signs={"a": Sign(), "b": Sign()}, window=86_400),
        Rule(id="page", kind="combination", signs={"a": Sign()}),
        Rule(id="signal", kind="signal"),
    )
    found = counting(RuleSet(rules=rules), use())
    assert [one.per for one in found] == [
        *("item", "campaign", "advertiser", "surface", "all", "category"),
        "creative",
        "sign",
    ]
    assert [round(one.counters, 1) for one in found] == [20.0, 19.1, 18.2, 1.0, 1.0, 1.0, 19.8, 1.5]


def test_a_limit_bounds_what_is_kept_and_more_of_anything_never_costs_less() -> None:
    """A tight cap on few things keeps few impressions."""
    few = use(distinct={**DISTINCT, "item": 2})
    tight, loose = (counting(RuleSet(rules=(cap("item", n),)), few)[0] for n in (1, 50))
    assert tight.entries == pytest.approx(2)
    assert loose.entries == pytest.approx(8)
    rules = load(RULES)
    base = need(rules, use())
    for more in ({"responses": 9.0}, {"items": 9}, {"customers": 2000}, {"choosing": 0.9}):
        assert need(rules, use(**more)).memory_bytes >= base.memory_bytes
    assert need(rules, use(peak=8)).calls_per_second == 2 * base.calls_per_second


def test_categories_that_a_cap_names_are_its_counters() -> None:
    """However often they are shown."""
    named = cap("category", when=When(category=("vice.alcohol", "vice.gambling")))
    assert counting(RuleSet(rules=(named,)), use(responses=99))[0].counters <= 2


def test_what_counts_nothing_needs_nothing() -> None:
    """But the read of choices."""
    empty = need(RuleSet(), use(choosing=0))
    assert (empty.customer_bytes, empty.memory_bytes, empty.bytes_per_counter) == (0, 0, 0)
    assert empty.shards == 1
    assert empty.calls_per_second == pytest.approx(1000 * 4 / 86_400 * 4)

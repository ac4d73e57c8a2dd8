"""Fill a Redis with synthetic customers, and hold what it takes against the sum on paper.

    python -m benchmarks.fill --url redis://localhost:6379/15 --customers 100000

Impressions are reserved by the ledger itself, spread over the longest window; the Redis named is
emptied first. Prints what ``guardrail size`` says and what Redis says.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

import redis

from guardrail.caps import CapRequest, RedisLedger
from guardrail.caps.ledger import Wanted
from guardrail.caps.plan import MOST_IMPRESSIONS
from guardrail.caps.size import HEAD, Use, need
from guardrail.connection import connect
from guardrail.keys import Keys
from guardrail.rulefile import load

ROOT = Path(__file__).resolve().parent.parent
TOGETHER = 250
SCOPES = ("item", "campaign", "advertiser", "creative")


def main() -> int:
    told = arguments()
    rules = load(told.rules)
    distinct = dict(zip(SCOPES, (10_000, 200, 100, 1000), strict=True))
    use = Use(told.customers, told.responses, told.items, distinct, choosing=0.0)
    paper = need(rules, use)
    longest = max(one.lifetime for one in paper.counting)
    keys = Keys("a secret of the benchmark", "guardrail:")
    connection = connect(told.url, 10.0)
    ledger = RedisLedger(connection, keys)
    rng = random.Random(11)
    limits = {rule.id: rule.max_impressions or MOST_IMPRESSIONS for rule in rules.rules}
    with redis.Redis.from_url(told.url) as client:
        client.flushdb()
        client.config_resetstat()
        before = int(client.info("memory")["used_memory"])
        days = longest / 86_400
        rounds = max(1, round(told.responses * days))
        began = time.monotonic()
        now = int(time.time() * 1000)
        step = longest * 1000 // rounds
        for turn in range(rounds):
            at = now - longest * 1000 + (turn + 1) * step
            for first in range(0, told.customers, TOGETHER):
                some = range(first, min(first + TOGETHER, told.customers))
                wanted = [
                    Wanted(keys.identity(f"c-{k}"), asks(paper.counting, use, limits, rng))
                    for k in some
                ]
                ledger.reserve_many(wanted, now_ms=at)
            print(f"\r{turn + 1}/{rounds} responses of each", end="", file=sys.stderr)
        print(file=sys.stderr)
        spent = time.monotonic() - began
        script = client.info("commandstats").get("cmdstat_evalsha", {})
        copy(client, keys, told.copies)
        used = int(client.info("memory")["used_memory"]) - before
        held = client.dbsize()
        counters = sum(one.counters for one in paper.counting)
        rows = (
            ("customers", told.customers * told.copies, held),
            ("counters a customer", counters, mean_counters(client)),
            ("bytes a customer", paper.customer_bytes, used / held),
            ("bytes a counter", paper.bytes_per_counter, used / held / mean_counters(client)),
            ("µs a reservation", 0, script.get("usec_per_call", 0)),
        )
        print(f"| {rounds} responses of {told.items} items, {spent:.0f} s | on paper | in Redis |")
        print("|---|---|---|")
        for name, said, seen in rows:
            print(f"| {name} | {said:,.1f} | {seen:,.1f} |")
        for customers in (10**6, 10**7, 10**8):
            print(
                f"| GiB for {customers:,} | {customers * paper.customer_bytes / 2**30:,.1f} "
                f"| {customers * used / held / 2**30:,.1f} |"
            )
        if told.flush:
            client.flushdb()
    connection.close()
    return 0


def copy(client, keys, copies):
    """Every customer again under so many names, with what they hold and for as long."""
    if copies < 2:
        return
    for name in list(client.scan_iter("*", count=1000)):
        value, life = client.get(name), client.pttl(name)
        trip = client.pipeline(transaction=False)
        for k in range(copies - 1):
            trip.set(keys.caps(keys.pseudonym(f"{name}-{k}")), value, px=life)
        trip.execute()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--rules", default=str(ROOT / "rules"))
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--responses", type=float, default=2.0, help="per customer and day")
    parser.add_argument("--items", type=int, default=4)
    parser.add_argument("--copies", type=int, default=1, help="of each, under other names")
    parser.add_argument("--flush", action="store_true")
    return parser.parse_args()


def asks(counting, use, limits, rng):
    """One response's: each item of it under each rule that counts it."""
    out = []
    for _ in range(int(use.items)):
        item = []
        for one in counting:
            kinds = use.distinct.get(one.per, 3)
            if one.per in use.distinct or rng.random() < use.sensitive:
                limit = limits[one.rule]
                name = f"{one.rule}\x00{one.per}\x00{rng.randrange(kinds)}"
                item.append(CapRequest(one.rule, name, limit, one.lifetime))
        out.append(item)
    return out


def mean_counters(client):
    """Counters that a customer holds, over some; the form is that of state.lua."""
    return sum(records_in(client.get(client.randomkey())) for _ in range(300)) / 300


def records_in(raw):
    at = HEAD + raw[0] % 16 * 4 + (int.from_bytes(raw[1:6]) >> 26) * 6
    found = 0
    while at < len(raw):
        at += 7 + int.from_bytes(raw[at : at + 2]) % 4096 * 2
        found += 1
    return found


if __name__ == "__main__":
    sys.exit(main())

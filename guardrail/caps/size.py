"""How much a ledger in Redis takes: bytes, calls and network, from the rules and what is shown.

The form of a customer's impressions is that of `state.lua`; what a key costs beside its value was
measured on Redis 7.0 (docs/explanation/size.md). Estimates are on the high side: all things are
shown alike, which makes the most different counters.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from guardrail.caps.ledger import CapRequest
from guardrail.caps.plan import MOST_COUNTERS, MOST_HELD, MOST_IMPRESSIONS, Codes, plan
from guardrail.ruleset import Rule, RuleSet

DAY = 86_400
HEAD, RETENTION, MOMENT, RECORD, ENTRY = 26, 4, 6, 7, 2
MOST_MOMENTS = 4096
KEY_OVERHEAD = 136
"""Bytes of a key and its expiry beside the value: two table entries of 24, their buckets, the
name in 48, the value's object."""
CHOICES_VALUE = 256
"""Bytes of a customer's encrypted choices (about six refusals), as allocated."""
SPARE = 1.3
"""Memory to provision per byte used: fragmentation, buffers of clients and replicas."""
CALL_US, ASKED_US, HELD_US = 42.0, 1.0, 0.2
"""Microseconds of Redis's time for a reservation: each call, each counter asked, each held. So
it is where nothing was reckoned beforehand; else it is a fraction of it.
"""
READ_US = 6.0
"""The same for the read of choices and history."""
BUSY_AT_MOST = 0.6
"""The share of one Redis core to plan with."""

# What jemalloc hands out: 8, 16, 24 ... 64, then four steps to each doubling, up to 32 MiB.
_CLASSES: tuple[int, ...] = (
    *range(8, 65, 8),
    *((64 << n) * k // 4 for n in range(20) for k in range(5, 9)),
)


class Use(NamedTuple):
    """What an operator expects.

    ``customers``: who are seen within the longest window. ``responses``: guarded ones with capped
    items, per customer and day. ``items``: in each of them, that caps concern. ``distinct``: how
    many different things there are, by scope. ``sensitive``: share of items that are of a category
    which a rule names. ``choosing``: share of customers who stated choices. ``peak``: the busiest
    second over the average one.
    """

    customers: int
    responses: float
    items: float
    distinct: Mapping[str, int]
    sensitive: float = 0.1
    choosing: float = 0.1
    peak: float = 4.0


class Counting(NamedTuple):
    """One counting rule: ``counters`` and impressions (``entries``) that a customer holds.

    ``lifetime`` in seconds; ``asked``: counters of it that one response asks.
    """

    rule: str
    per: str
    lifetime: int
    counters: float
    entries: float
    asked: float


class Need(NamedTuple):
    """What Redis needs. Bytes of one customer and of all, calls and bytes a second at the peak.

    ``busy``: cores of Redis that the calls take; ``shards``: so that none is busier than 60 %.
    """

    counting: tuple[Counting, ...]
    counters: float
    moments: float
    value_bytes: int
    customer_bytes: int
    memory_bytes: int
    provision_bytes: int
    calls_per_second: float
    bytes_in_per_second: float
    bytes_out_per_second: float
    busy: float
    shards: int

    @property
    def bytes_per_counter(self) -> float:
        """All that a customer costs, for each counter held; 0 where nothing is counted."""
        return self.customer_bytes / self.counters if self.counters else 0.0

    @property
    def crowded(self) -> bool:
        """Whether a customer would have more counters or impressions than the ledger holds."""
        held = sum(one.entries for one in self.counting)
        return self.counters > MOST_COUNTERS or held > MOST_HELD


def allocated(size: int) -> int:
    """Bytes that the allocator hands out for so many."""
    return _CLASSES[bisect_left(_CLASSES, size)]


def _allocated_on_average(size: int) -> int:
    """The same for values that differ by up to 15 % from customer to customer."""
    sizes = [size * percent // 100 for percent in range(85, 116)]
    return max(allocated(size), sum(map(allocated, sizes)) // len(sizes))


def counting(rules: RuleSet, use: Use) -> tuple[Counting, ...]:
    """What each rule that counts holds of a customer, rule by rule."""
    return tuple(
        _counted(rule, rules, use)
        for rule in rules.rules
        if rule.mode != "off" and (rule.kind == "frequency_cap" or rule.remembers)
    )


def _counted(rule: Rule, rules: RuleSet, use: Use) -> Counting:
    per, distinct, items = _scope(rule, rules, use)
    lifetime = max(rule.window, rule.cooldown)
    shown = use.responses * lifetime / DAY
    impressions = shown * items
    counters = (
        distinct * -math.expm1(impressions * math.log1p(-1 / distinct))
        if distinct > 1
        else (min(1.0, impressions))
    )
    # A cap lets no more through; impressions of one response share an entry.
    most = min(rule.max_impressions or MOST_IMPRESSIONS, MOST_IMPRESSIONS)
    entries = min(impressions, counters * min(most, max(shown, 1.0)))
    return Counting(rule.id, per, lifetime, counters, entries, min(items, distinct))


def _scope(rule: Rule, rules: RuleSet, use: Use) -> tuple[str, int, float]:
    """What a rule counts by, how many different there are, and how many of it in a response."""
    if rule.kind == "combination":
        return "sign", len(rule.signs), use.items * use.sensitive
    if rule.per == "category":
        named = rule.when.category
        count = len(named) if named is not None else len(rules.categories)
        return rule.per, max(count, 1), use.items * use.sensitive
    if rule.per == "surface":
        return rule.per, max(len(rules.surfaces), 1), 1.0
    if rule.per == "all":
        return rule.per, 1, 1.0
    return rule.per, max(use.distinct[rule.per], 1), use.items


def need(rules: RuleSet, use: Use) -> Need:
    """The sum for an operator's numbers under a rule set."""
    found = counting(rules, use)
    counters = sum(one.counters for one in found)
    longest = max((one.lifetime for one in found), default=0)
    moments = min(use.responses * longest / DAY, MOST_MOMENTS)
    value = 0
    if counters:
        retentions = len({one.lifetime for one in found})
        records = RECORD * counters + ENTRY * sum(one.entries for one in found)
        value = math.ceil(HEAD + RETENTION * retentions + MOMENT * moments + records)
    customer = KEY_OVERHEAD + _allocated_on_average(value + 6) if value else 0
    memory = use.customers * customer
    memory += round(use.customers * use.choosing * (KEY_OVERHEAD + CHOICES_VALUE))
    per_second = use.customers * use.responses / DAY * use.peak
    asked = sum(one.asked for one in found)
    reserving, reading = (1, 1) if counters else (0, 1)
    sent = _bytes_of_asks(found) if counters else 0
    # What is counted is read along with the choices, and sent back with what is new.
    answered = 40 + CHOICES_VALUE * use.choosing + value
    micros = reading * READ_US
    micros += reserving * (CALL_US + ASKED_US * asked + HELD_US * counters)
    busy = per_second * micros / 1e6
    return Need(
        counting=found,
        counters=counters,
        moments=moments,
        value_bytes=value,
        customer_bytes=customer,
        memory_bytes=memory,
        provision_bytes=math.ceil(memory * SPARE),
        calls_per_second=per_second * (reserving + reading),
        bytes_in_per_second=per_second * (sent + value + 90),
        bytes_out_per_second=per_second * answered,
        busy=busy,
        shards=max(1, math.ceil(busy / BUSY_AT_MOST)),
    )


def _bytes_of_asks(found: Sequence[Counting]) -> float:
    """Bytes of a reservation on the wire, laid out as the ledger lays them out."""
    most = max(1, round(max(one.asked for one in found)))
    asks = [
        [
            CapRequest(one.rule, f"{one.rule}{k}", 9, one.lifetime)
            for one in found
            if k < round(one.asked)
        ]
        for k in range(most)
    ]
    laid_out = plan(asks, 0, True, 0, [Codes(lambda _: b"5byte")])
    # The command, the script's digest, the key and the lengths of all of them.
    return 150 + len(laid_out.body) + len(laid_out.asks) + sum(map(len, laid_out.codes))

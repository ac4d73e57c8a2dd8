"""What the guard remembers of its work: counts of decisions, and the mode that was switched to."""

from guardrail.record.cells import Cell
from guardrail.record.counters import Counters, Counting
from guardrail.record.facts import Facts, cells_of_facts, facts_in, hour_of
from guardrail.record.mode import ModeSwitch, RedisModeSwitch, Switch
from guardrail.record.redis import RedisCounters
from guardrail.record.stats import MinuteCount, Stats

__all__ = [
    "Cell",
    "Counters",
    "Counting",
    "Facts",
    "MinuteCount",
    "ModeSwitch",
    "RedisCounters",
    "RedisModeSwitch",
    "Stats",
    "Switch",
    "cells_of_facts",
    "facts_in",
    "hour_of",
]

"""What the guard remembers of its work: counts of decisions, and the mode that was switched to."""

from guardrail.record.counters import Counters, Counting
from guardrail.record.mode import ModeSwitch, RedisModeSwitch, Switch
from guardrail.record.redis import RedisCounters
from guardrail.record.stats import MinuteCount, Stats

__all__ = [
    "Counters",
    "Counting",
    "MinuteCount",
    "ModeSwitch",
    "RedisCounters",
    "RedisModeSwitch",
    "Stats",
    "Switch",
]

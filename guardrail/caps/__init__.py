"""The ledger of impressions: what frequency caps count, in memory or in Redis."""

from guardrail.caps.batch import Batch
from guardrail.caps.ledger import CapRequest, Grant, Ledger, LedgerError, Reservation, Wanted
from guardrail.caps.memory import MemoryLedger
from guardrail.caps.redis import RedisLedger

__all__ = [
    "Batch",
    "CapRequest",
    "Grant",
    "Ledger",
    "LedgerError",
    "MemoryLedger",
    "RedisLedger",
    "Reservation",
    "Wanted",
]

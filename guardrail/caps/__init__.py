"""The ledger of impressions: what frequency caps count, in memory or in Redis."""

from guardrail.caps.batch import Batch, CapRow, taken_by
from guardrail.caps.ledger import (
    Awaited,
    CapRequest,
    Grant,
    Ledger,
    LedgerError,
    Reservation,
    Wanted,
)
from guardrail.caps.memory import MemoryLedger
from guardrail.caps.redis import RedisLedger

__all__ = [
    "Awaited",
    "Batch",
    "CapRequest",
    "CapRow",
    "Grant",
    "Ledger",
    "LedgerError",
    "MemoryLedger",
    "RedisLedger",
    "Reservation",
    "Wanted",
    "taken_by",
]

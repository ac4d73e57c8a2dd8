"""One Redis, or a cluster, reached within a bounded time or reported as unreachable at once.

Nothing is retried: a response waits for one attempt, and after three failed ones for none until
the server has answered a probe.
"""

from typing import TYPE_CHECKING

from guardrail.connection.address import connect
from guardrail.connection.breaker import Breaker
from guardrail.connection.connection import Connection
from guardrail.connection.hurry import hurry
from guardrail.connection.script import Script, after_moves
from guardrail.connection.unreachable import Unreachable, reason

if TYPE_CHECKING:
    from guardrail.connection.connection import Client

__all__ = [
    "Breaker",
    "Client",
    "Connection",
    "Script",
    "Unreachable",
    "after_moves",
    "connect",
    "hurry",
    "reason",
]

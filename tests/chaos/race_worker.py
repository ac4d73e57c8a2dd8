"""Sixty-four threads of one process that ask a ledger when they are told to.

Argument: the Redis URL. It says "ready", then reads one JSON object a line and answers with one:
``{"now": ms or null, "limit": n, "window": s, "customers": [...]}``: every thread asks once for
every customer, all at the same time; the answer is ``{customer: [moments of what was granted]}``.
``"for": seconds`` lets them ask on and on for so long. Every second thread reads before it asks.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from contract.places import read_ahead

from guardrail.caps import CapRequest, RedisLedger
from guardrail.connection import connect
from guardrail.keys import Keys

THREADS = 64


def main() -> None:
    keys = Keys("a secret for the race")
    connection = connect(sys.argv[1], 10.0)
    ledger = RedisLedger(connection, keys)
    together = Barrier(THREADS)

    def ask(k: int, told: dict[str, object]) -> list[tuple[str, int]]:
        together.wait(60)
        end = time.monotonic() + float(told.get("for", 0.0))  # type: ignore[arg-type]
        got: list[tuple[str, int]] = []
        while True:
            for customer in told["customers"]:  # type: ignore[attr-defined]
                cap = CapRequest("rule", "counter", told["limit"], told["window"])  # type: ignore[arg-type]
                name = keys.identity(customer)
                packed = read_ahead(connection, ledger, name) if k % 2 else None
                reserved = ledger.reserve(name, [[cap]], now_ms=told["now"], packed=packed)  # type: ignore[arg-type]
                got += [(customer, at) for _, at in reserved.taken]
            if time.monotonic() >= end:
                return got

    with ThreadPoolExecutor(THREADS) as pool:
        say("ready")
        for line in sys.stdin:
            told = json.loads(line)
            granted: dict[str, list[int]] = {c: [] for c in told["customers"]}
            for got in pool.map(ask, range(THREADS), [told] * THREADS):
                for customer, at in got:
                    granted[customer].append(at)
            say(json.dumps(granted))
    connection.close()


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

"""Sixteen threads of one process that all want the same impression; prints what they got.

Every second one has read before what was counted.

Arguments: the Redis URL, the customer, the limit. It says "ready" and waits for a line.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from contract.places import read_ahead
from guardrail.caps import CapRequest, RedisLedger
from guardrail.connection import connect
from guardrail.keys import Keys

THREADS = 16

if __name__ == "__main__":
    url, customer, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
    connection = connect(url, 10.0)
    ledger = RedisLedger(connection, Keys("one"))
    together = Barrier(THREADS)

    def want(k: int) -> bool:
        packed = read_ahead(connection, ledger, customer) if k % 2 else None
        together.wait(10)
        ask = [CapRequest("rule", "counter", limit, 3600)]
        return ledger.reserve(customer, [ask], packed=packed).grants[0].granted

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with ThreadPoolExecutor(THREADS) as pool:
        sys.stdout.write(f"{sum(pool.map(want, range(THREADS)))}\n")
    connection.close()

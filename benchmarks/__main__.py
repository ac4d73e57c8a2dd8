"""``make bench``: the cost against F (orjson loads+dumps of the same body) and R (a PING)."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from pathlib import Path

import orjson

from benchmarks.bodies import body
from benchmarks.measure import interleaved, ratio
from guardrail.extract import extract
from guardrail.service import Guard

ROOT = Path(__file__).resolve().parent.parent
CUSTOMER = {"id": "c-1", "tolerance": "balanced"}
ROUNDS = 200


def main() -> None:
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, medians of {ROUNDS} turns\n"
    )
    print("| quantity | items | of F | quartiles |\n|---|---|---|---|")
    guard = Guard.from_arguments(
        {"rules": ROOT / "rules", "redis_url": None, "unknown_identity": "allow"}
    )
    uncapped = Guard.from_arguments({"rules": _without_caps(), "unknown_identity": "allow"})
    for count in (10, 50, 200):
        _body_to_body(count, guard, uncapped)
    url = os.environ.get("GUARDRAIL_TEST_REDIS_URL")
    if url:
        print("\nCaps against one PING (R):\n")
        print("| quantity | items | of R | quartiles |\n|---|---|---|---|")
        _caps(url)
    else:
        print("\n(caps against a PING: set GUARDRAIL_TEST_REDIS_URL to a Redis that may be filled)")


def _without_caps() -> str:
    """The shipped rule set less its caps, in a folder of its own."""
    folder = Path(tempfile.mkdtemp())
    for file in (ROOT / "rules").rglob("*"):
        if file.is_file() and "caps" not in file.name and not file.name.endswith(".test.yaml"):
            target = folder / file.relative_to(ROOT / "rules")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    return str(folder)


def _body_to_body(count: int, guard: Guard, uncapped: Guard) -> None:
    plain, mixed = body(count, share=0.0), body(count)
    surface = guard.rules.surface("home")
    quantities = {
        "F": lambda: orjson.dumps(orjson.loads(mixed)),
        "extract alone": lambda: extract(mixed, surface),
        "body to body, nothing acted on": lambda: uncapped.answer(
            plain, surface, customer=CUSTOMER
        ),
        "body to body, 23 % worth acting on": lambda: uncapped.answer(
            mixed, surface, customer=CUSTOMER
        ),
        "the same with caps in memory": lambda: guard.answer(
            mixed, surface, customer=CUSTOMER, count=False
        ),
    }
    times = interleaved(quantities, ROUNDS)
    for name in list(quantities)[1:]:
        median, low, high = ratio(times[name], times["F"])
        print(f"| {name} | {count} | {median:.2f} | {low:.2f}–{high:.2f} |")


def _caps(url: str) -> None:
    from guardrail.caps import CapRequest, RedisLedger
    from guardrail.connection import connect
    from guardrail.keys import Keys

    connection = connect(url, 1.0)
    keys = Keys("a secret of the benchmark", "guardrail:bench:")
    ledger = RedisLedger(connection, keys)
    asks = [
        [CapRequest(f"r{r}", f"r{r}:{i % (30 if r else 50)}", 10**6, 86_400) for r in range(5)]
        for i in range(50)
    ]
    customers = iter(range(10**9))

    def fresh() -> None:
        ledger.reserve(keys.identity(f"bench-{next(customers)}"), asks)

    def ping() -> object:
        return connection.call(lambda client: client.ping())

    quantities = {"R": ping, "5 caps x 50 items, one call, a new customer": fresh}
    times = interleaved(quantities, ROUNDS)
    median, low, high = ratio(times["5 caps x 50 items, one call, a new customer"], times["R"])
    print(f"| 5 caps x 50 items, one call | 50 | {median:.1f} | {low:.1f}–{high:.1f} |")


if __name__ == "__main__":
    sys.exit(main())

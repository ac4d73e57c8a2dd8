"""Under a real server: requests a second that are kept, and how late answers come."""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import which

from benchmarks import rulesets, stores
from benchmarks.measure import Ratio
from benchmarks.report import Must, Row, missing

KEPT = "Requests a second kept: gunicorn, one sync worker, Flask jsonify, 50 items, full guard"
LATE = "p99 from the intended moment, open loop at half of what the bare app can"
CLIENTS = 4
SLICES = 5
SECONDS = 2.0
PATIENCE = 5.0
_READY = re.compile(r"Listening at: http://127\.0\.0\.1:(\d+)")


def served(folder: Path, turns: int) -> Iterator[Row]:
    """Both; the bare and the guarded app take turns, so ``turns`` says nothing here."""
    del turns
    if which("redis-server") is None:
        yield missing(KEPT, "requests a second", stores.NO_SERVER)
        return
    rules = rulesets.twenty(folder / "served", caps=True)
    with ExitStack() as stack:
        url = stack.enter_context(stores.server(folder))
        guarded = {
            "BENCH_RULES": str(rules),
            "GUARDRAIL_REDIS_URL": url,
            "GUARDRAIL_REDIS_TIMEOUT": "2",
            "GUARDRAIL_SECRET": stores.SECRET,
        }
        ports = [stack.enter_context(gunicorn(extra)) for extra in ({}, guarded)]
        for port in ports:
            closed_loop(port, SECONDS / 2)
        bare, full = zip(*(_turn_of_rates(ports) for _ in range(SLICES)), strict=True)
        kept = [other / own for own, other in zip(bare, full, strict=True)]
        found = _spread(kept)
        yield Row(KEPT, "full guard", 50, "of the bare app's", found, Must(0.55, least=True))
        yield Row(KEPT, "the bare app", 50, "requests/s", _spread(bare))
        rate = statistics.median(bare) / 2
        late = [
            [percentile(open_loop(port, rate, 2 * SECONDS), 0.99) for port in ports]
            for _ in range(SLICES)
        ]
        found = _spread([after / before for before, after in late])
        yield Row(LATE, "guarded against bare", 50, "x", found, Must(1.6))
        for name, which_one in (("the bare app", 0), ("guarded", 1)):
            yield Row(LATE, name, 50, "ms", _spread([one[which_one] * 1e3 for one in late]))
        yield Row(LATE, "the rate", 50, "requests/s", Ratio(rate, rate, rate))


def _turn_of_rates(ports: Sequence[int]) -> list[float]:
    return [closed_loop(port, SECONDS) for port in ports]


def _spread(figures: Sequence[float]) -> Ratio:
    low, median, high = statistics.quantiles(figures, n=4)
    return Ratio(median, low, high)


def percentile(figures: Sequence[float], share: float) -> float:
    """The figure that ``share`` of them do not exceed."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@contextmanager
def gunicorn(extra: dict[str, str]) -> Iterator[int]:
    """The benchmark's app with one sync worker on a port that the system chose."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "benchmarks.app:app"],
        cwd=rulesets.ROOT,
        env={**os.environ, **extra},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    try:
        port = None
        for line in process.stderr:
            if found := _READY.search(line):
                port = int(found[1])
            if "Booting worker" in line:
                break
        if port is None:
            raise RuntimeError("gunicorn did not start")
        # What it says later is read and dropped, lest it waits for somebody to read it.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield port
    finally:
        process.terminate()
        process.wait()


def closed_loop(port: int, seconds: float) -> float:
    """Requests a second that clients get who ask again as soon as they are answered."""
    ended = time.perf_counter() + seconds
    done = [0] * CLIENTS

    async def client(which_one: int) -> None:
        while time.perf_counter() < ended:
            await ask(port, f"c-{which_one}-{done[which_one] % 500}")
            done[which_one] += 1

    async def all_of_them() -> None:
        await asyncio.gather(*map(client, range(CLIENTS)))

    started = time.perf_counter()
    asyncio.run(all_of_them())
    return sum(done) / (time.perf_counter() - started)


def open_loop(port: int, rate: float, seconds: float) -> list[float]:
    """Seconds from the moment at which each request was due until its answer was there.

    Requests are sent at fixed moments whether or not earlier ones are answered. What nobody
    answers within ``PATIENCE`` seconds counts as that late.
    """
    late: list[float] = []

    async def one(due: float, number: int) -> None:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        try:
            await asyncio.wait_for(ask(port, f"c-{number % 2000}"), PATIENCE)
        except (TimeoutError, OSError):
            late.append(PATIENCE)
        else:
            late.append(time.perf_counter() - due)

    async def all_of_them() -> None:
        start = time.perf_counter() + 0.1
        count = int(rate * seconds)
        await asyncio.gather(*(one(start + number / rate, number) for number in range(count)))

    asyncio.run(all_of_them())
    return late


async def ask(port: int, customer: str) -> bytes:
    """One request on a connection of its own; raises where the answer is no 200."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET /home?{customer} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"
    writer.write(request.encode())
    answer = await reader.read(-1)
    writer.close()
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"the app answered {answer[:40]!r}")
    return answer

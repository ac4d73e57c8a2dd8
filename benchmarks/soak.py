"""``make soak``: minutes at full load against gunicorn and Redis, to see whether anything grows.

    python -m benchmarks.soak [--seconds 600] [--workers 2] [--clients 8] [--customers 5000]

A redis-server and gunicorn are started on free ports with the app of examples/nginx/shop.py, whose
ads are capped. The clients ask without pause; memory is sampled from /proc and from INFO. Prints
a table and writes a chart beside it (``--svg``). Exits 1 where memory still grows in the second
half by more than 5 %, where a page failed, or where a cap was exceeded.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import redis

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 3
GROWTH = 1.05
SECRET = "a secret of the soak alone"


class Sample(NamedTuple):
    """One look: seconds since the start, pages so far, MiB of all workers and of Redis."""

    at: float
    pages: int
    workers: float
    redis: float
    keys: int


class Load:
    """Clients that ask without pause, and what they were shown."""

    def __init__(self, port: int, customers: int) -> None:
        self._port = port
        self._customers = customers
        self._lock = threading.Lock()
        self.stopped = threading.Event()
        self.pages = 0
        self.failed = 0
        self.shown: Counter[tuple[str, str]] = Counter()
        self.slowest: list[float] = []

    def run(self, which: int) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        turn = which
        while not self.stopped.is_set():
            # Customers come back, and now and then one that was never there.
            name = f"c-{turn % self._customers}" if turn % 10 else f"new-{which}-{turn}"
            turn += 7
            began = time.perf_counter()
            try:
                connection.request("GET", f"/api/ads?{name}")
                response = connection.getresponse()
                items = json.loads(response.read())["items"]
                good = response.status == 200
            except Exception:  # noqa: BLE001 - it is counted
                connection.close()
                good, items = False, []
            spent = time.perf_counter() - began
            with self._lock:
                self.pages += 1
                self.failed += not good
                self.shown.update((name, item["campaign"]) for item in items)
                self.slowest.append(spent)
                if len(self.slowest) > 100_000:
                    del self.slowest[:50_000]
        connection.close()


def main() -> int:
    told = arguments()
    with (
        tempfile.TemporaryDirectory() as folder,
        server(folder) as url,
        gunicorn(url, told.workers) as (port, master),
        redis.Redis.from_url(url) as client,
    ):
        load = Load(port, told.customers)
        threads = [threading.Thread(target=load.run, args=(k,)) for k in range(told.clients)]
        for thread in threads:
            thread.start()
        samples = list(watch(load, client, master, told.seconds))
        load.stopped.set()
        for thread in threads:
            thread.join()
    report(load, samples, told)
    if told.svg:
        Path(told.svg).write_text(chart(samples))
    return verdict(load, samples)


def watch(load: Load, client: redis.Redis, master: int, seconds: float) -> Iterator[Sample]:
    """Twenty looks, and one at the beginning."""
    began = time.monotonic()
    for turn in range(21):
        left = began + seconds * turn / 20 - time.monotonic()
        if left > 0:
            load.stopped.wait(left)
        used = client.info("memory")["used_memory"] / 2**20
        rss = sum(resident(pid) for pid in children(master))
        yield Sample(time.monotonic() - began, load.pages, rss, used, client.dbsize())


def children(master: int) -> list[int]:
    told = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return [int(pid) for pid in told]


def resident(pid: int) -> float:
    """MiB of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


@contextmanager
def server(folder: str) -> Iterator[str]:
    path = f"{folder}/redis.sock"
    process = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--dir", folder],
        stdout=subprocess.DEVNULL,
    )
    try:
        while not Path(path).exists():
            time.sleep(0.05)
        yield f"unix://{path}"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def gunicorn(url: str, workers: int) -> Iterator[tuple[int, int]]:
    """The port, and the process that has the workers."""
    environ = {
        **os.environ,
        "GUARDRAIL_REDIS_URL": url,
        "GUARDRAIL_SECRET": SECRET,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "--workers", str(workers)]
    process = subprocess.Popen(
        [
            *command,
            "--worker-class",
            "gthread",
            "--threads",
            "4",
            "examples.nginx.shop:application",
        ],
        cwd=ROOT,
        env=environ,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    try:
        port = 0
        booted = 0
        for line in process.stderr:
            if found := re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", line):
                port = int(found[1])
            booted += "Booting worker" in line
            if booted == workers:
                break
        drain = threading.Thread(target=process.stderr.read, daemon=True)
        drain.start()
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()
        drain.join(5)


def report(load: Load, samples: list[Sample], told: argparse.Namespace) -> None:
    print(f"\n{told.workers} workers, {told.clients} clients, {told.customers:,} who come back\n")
    print("| s | pages | pages/s | workers MiB | Redis MiB | keys |\n|---|---|---|---|---|---|")
    for before, now in itertools.pairwise(samples):
        rate = (now.pages - before.pages) / (now.at - before.at)
        print(
            f"| {now.at:.0f} | {now.pages:,} | {rate:,.0f} | {now.workers:.1f} "
            f"| {now.redis:.2f} | {now.keys:,} |"
        )
    slow = sorted(load.slowest)
    print(f"\npages that failed: {load.failed}; shown beyond a cap: {beyond(load)}")
    p50, p99 = slow[len(slow) // 2] * 1e3, slow[-len(slow) // 100] * 1e3
    print(f"one page: p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    half = samples[len(samples) // 2]
    print(f"workers, second half: {samples[-1].workers / half.workers - 1:+.1%}")
    per_key = [s.redis * 2**20 / s.keys for s in (half, samples[-1]) if s.keys]
    print(f"Redis, bytes a key (all of Redis over keys): {per_key[0]:.0f}, then {per_key[-1]:.0f}")


def beyond(load: Load) -> int:
    return sum(max(0, n - LIMIT) for n in load.shown.values())


def verdict(load: Load, samples: list[Sample]) -> int:
    half, last = samples[len(samples) // 2], samples[-1]
    grew = last.workers > half.workers * GROWTH
    return int(bool(load.failed or beyond(load) or grew))


def chart(samples: list[Sample]) -> str:
    """Workers' and Redis's memory over time, each as a share of its own highest value."""
    width, height, edge = 640, 240, 40
    end = samples[-1].at or 1.0

    def line(values: list[float], colour: str, name: str, row: int) -> str:
        most = max(values) or 1.0
        points = " ".join(
            f"{edge + s.at / end * (width - 2 * edge):.1f},"
            f"{height - edge - v / most * (height - 2 * edge):.1f}"
            for s, v in zip(samples, values, strict=True)
        )
        label = f"{name}: up to {most:.1f} MiB"
        return (
            f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>'
            f'<text x="{edge}" y="{16 + 15 * row}" fill="{colour}">{label}</text>'
        )

    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="12"><title>Memory at full load</title>'
        f'<path d="M{edge} {edge}V{height - edge}H{width - edge}" fill="none" stroke="#888"/>'
        f"{line([s.workers for s in samples], '#1f6f8b', 'workers', 0)}"
        f"{line([s.redis for s in samples], '#b5532a', 'Redis', 1)}"
        f'<text x="{width - edge}" y="{height - edge + 16}" text-anchor="end" fill="#555">'
        f"{end:.0f} s</text></svg>\n"
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--customers", type=int, default=5000)
    parser.add_argument("--svg")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

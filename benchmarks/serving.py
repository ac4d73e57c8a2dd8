"""Under a real server: requests a second that are kept, and how late answers come."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count, islice
from pathlib import Path
from shutil import which

from benchmarks import rulesets, stores
from benchmarks.load import closed_loop, open_loop
from benchmarks.measure import Ratio
from benchmarks.report import Must, Row, missing

KEPT = "Requests a second kept: gunicorn, one sync worker, Flask jsonify, 50 items, full guard"
LATE = "p99 from the intended moment, open loop at half of what the bare app can"
LATE_OWN = "The same at half of what the guarded app can"
AS_BUSY = "the bare app, made to compute for as long as the guard does"
TURNS = 15
TURN_SECONDS = 0.7
SLICES = 5
SECONDS = 4.0
_customers = count(step=100_000)
"""The first customer of each slice: others each time, lest one comes to the end of a cap."""
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
        beside = {**guarded, "GUARDRAIL_REDIS_URL": f"unix://{folder / stores.SOCKET}"}
        ports = [stack.enter_context(gunicorn(extra)) for extra in ({}, guarded)]
        with gunicorn(beside) as by_socket:
            for port in (*ports, by_socket):
                closed_loop(port, 1.0)
            rates = [_turn_of_rates((*ports, by_socket), turn) for turn in range(TURNS)]
        bare, full, beside_it = zip(*rates, strict=True)
        found, found_beside = (
            _spread([other / own for own, other in zip(bare, one, strict=True)])
            for one in (full, beside_it)
        )
        yield Row(KEPT, "full guard", 50, "of the bare app's", found, Must(0.55, least=True))
        yield Row(KEPT, "the same, Redis at a unix socket", 50, "of the bare app's", found_beside)
        yield Row(KEPT, "the bare app", 50, "requests/s", _spread(bare))
        longer = 1 / statistics.median(full) - 1 / statistics.median(bare)
        ports.append(stack.enter_context(gunicorn({"BENCH_SPIN": str(longer)})))
        closed_loop(ports[-1], 1.0)
        yield from _late(LATE, ports, statistics.median(bare) / 2, Must(1.6))
        yield from _late(LATE_OWN, ports, statistics.median(full) / 2, None)


def _late(section: str, ports: Sequence[int], rate: float, must: Must | None) -> Iterator[Row]:
    """How late answers come at a rate: of the bare app, the guarded one, and one as busy."""
    late = [
        [percentile(open_loop(port, rate, SECONDS, first=first), 0.99) for port in ports]
        for first in islice(_customers, SLICES)
    ]
    against = [_spread([one[k] / one[0] for one in late]) for k in range(len(ports))]
    yield Row(section, "guarded against bare", 50, "x", against[1], must)
    yield Row(section, f"{AS_BUSY}, against bare", 50, "x", against[2])
    for k, name in enumerate(("the bare app", "guarded", AS_BUSY)):
        yield Row(section, name, 50, "ms", _spread([one[k] * 1e3 for one in late]))
    yield Row(section, "the rate", 50, "requests/s", Ratio(rate, rate, rate))


def _turn_of_rates(ports: Sequence[int], turn: int) -> list[float]:
    # Other customers each time, lest one comes to the end of a cap.
    return [closed_loop(port, TURN_SECONDS, first=turn * 150) for port in ports]


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

"""Four processes of sixty-four threads each, started once, asked as often as a test likes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from chaos.race_worker import THREADS

PROCESSES = 4
RACERS = THREADS * PROCESSES
ROOT = Path(__file__).parents[2]
Granted = dict[str, list[int]]


class Racers:
    """All racers on one Redis. ``customers`` are asked for in every race."""

    def __init__(self, processes: Sequence[subprocess.Popen[str]], customers: list[str]) -> None:
        self._processes = processes
        self.customers = customers

    def race(
        self,
        limits: int | Sequence[int],
        *,
        now: int | None,
        window: int = 60,
        seconds: float = 0.0,
    ) -> Granted:
        """What all got together, by customer. ``limits``: one for all, or one for each process."""
        each = [limits] * PROCESSES if isinstance(limits, int) else limits
        for process, limit in zip(self._processes, each, strict=True):
            told = {
                "now": now,
                "limit": limit,
                "window": window,
                "customers": self.customers,
                "for": seconds,
            }
            assert process.stdin
            process.stdin.write(json.dumps(told) + "\n")
            process.stdin.flush()
        together: Granted = {customer: [] for customer in self.customers}
        for process in self._processes:
            assert process.stdout
            for customer, moments in json.loads(process.stdout.readline()).items():
                together[customer] += moments
        return {customer: sorted(moments) for customer, moments in together.items()}

    def counts(self, limits: int | Sequence[int], *, now: int, window: int = 60) -> list[int]:
        """How many were granted, customer by customer."""
        return [len(m) for m in self.race(limits, now=now, window=window).values()]


@contextmanager
def racers(url: str, customers: int) -> Iterator[Racers]:
    """Start them, and end them."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "chaos.race_worker", url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        )
        for _ in range(PROCESSES)
    ]
    try:
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        yield Racers(processes, [f"customer-{k}" for k in range(customers)])
    finally:
        for process in processes:
            process.kill()
            process.communicate()

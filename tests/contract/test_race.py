"""Who asks at the same time never gets more than there is, and gets all of it."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from contract.places import START, Place, cap

THREADS = 64
WORKER = Path(__file__).with_name("race_worker.py")
ROOT = Path(__file__).parents[2]


def test_threads_racing_for_five_get_exactly_five(place: Place) -> None:
    """Sixty-four threads, one cap of five; two of three have read before, at various moments."""
    ledger, together = place.ledger(), Barrier(THREADS)

    def want(k: int) -> bool:
        early = place.packed("c") if k % 3 == 1 else None
        together.wait(30)
        packed = place.packed("c") if k % 3 == 2 else early
        return ledger.reserve("c", [[cap("a", 5)]], now_ms=START, packed=packed).grants[0].granted

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(want, range(THREADS))) == 5
    assert ledger.counts("c", [("a", 60)], now_ms=START) == [5]


def test_racing_releases_give_back_exactly_what_was_taken(place: Place) -> None:
    """Threads that reserve and release at once leave nothing behind and lose nothing."""
    ledger, together = place.ledger(), Barrier(16)
    ledger.reserve("c", [[cap("a", 99)]] * 3, now_ms=START)

    def come_and_go(k: int) -> None:
        together.wait(30)
        packed = place.packed("c") if k % 2 else None
        reservation = ledger.reserve("c", [[cap("a", 99)]] * 2, now_ms=START, packed=packed)
        ledger.release(reservation)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(come_and_go, range(16)))
    assert ledger.counts("c", [("a", 60)], now_ms=START) == [3]


def test_processes_racing_for_five_get_exactly_five(redis_url: str) -> None:
    """Four processes with sixteen threads each, on one Redis."""
    command = [sys.executable, str(WORKER), redis_url, "customer", "5"]
    workers = [
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        )
        for _ in range(4)
    ]
    try:
        for worker in workers:
            assert worker.stdout
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            assert worker.stdin
            worker.stdin.write("go\n")
            worker.stdin.flush()
        assert sum(int(worker.communicate(timeout=60)[0]) for worker in workers) == 5
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()

"""``make bench-instructions``: instructions a response, which a busy machine does not change.

    python -m benchmarks.instructions [--keep]

Each quantity runs in a process of its own under `valgrind --tool=cachegrind --cache-sim=no`, once
with few rounds and once with more: the difference is what the rounds took. Ratios are against F
counted in the same way. Repeated runs differ by far less than a hundredth.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from shutil import which

from benchmarks import bodies, page, rulesets
from benchmarks.path import PurePath
from benchmarks.scoring import ACTED, floor

FEW, MORE = 1, 5
BODIES = 40
ITEMS = 50
_REFS = re.compile(r"I\s+refs:\s+([\d,]+)")
_Made = tuple[Callable[[bytes], object], list[bytes]]


def _path(surface: str, share: float, step: str) -> _Made:
    with tempfile.TemporaryDirectory() as folder:
        path = PurePath(rulesets.twenty(Path(folder)), surface)
    made = list(islice(bodies.bodies(ITEMS, share=share), BODIES))
    return getattr(path, step), made


QUANTITIES: Mapping[str, Callable[[], _Made]] = {
    "F": lambda: (floor, _path("kept", 0.0, "read")[1]),
    "F, of bodies 23 % acted on": lambda: (floor, _path("kept", ACTED, "read")[1]),
    "finding items and members": lambda: _path("kept", 0.0, "locate"),
    "reading": lambda: _path("kept", 0.0, "read"),
    "reading and judging by 20 rules": lambda: _path("kept", 0.0, "read_and_judge"),
    "body to body, nothing acted on, signals kept": lambda: _path("kept", 0.0, "answer"),
    "body to body, nothing acted on, signals cut out": lambda: _path("home", 0.0, "answer"),
    "body to body, 23 % acted on, signals kept": lambda: _path("kept", ACTED, "answer"),
    "body to body, 23 % acted on, signals cut out": lambda: _path("home", ACTED, "answer"),
}
SMALL_FLOOR = "F, of bodies 23 % acted on"


def main() -> int:
    """Count, or run what is counted (``--rounds``)."""
    told = _arguments()
    if told.rounds is not None:
        run, made = QUANTITIES[told.name]()
        for _ in range(1 + told.rounds):
            for body in made:
                run(body)
        return 0
    if which("valgrind") is None:
        print("instructions a response: valgrind is not installed")
        return 0
    counted = {name: instructions(name) for name in QUANTITIES}
    print(table(counted))
    if told.keep:
        page.put("instructions", table(counted))
    return 0


def instructions(name: str) -> float:
    """Instructions of one response."""
    few, more = (_counted(name, rounds) for rounds in (FEW, MORE))
    return (more - few) / ((MORE - FEW) * BODIES)


def _counted(name: str, rounds: int) -> int:
    print(f"counting: {name}, {rounds} rounds", file=sys.stderr, flush=True)
    valgrind = [
        "valgrind",
        "--tool=cachegrind",
        "--cache-sim=no",
        "--cachegrind-out-file=/dev/null",
    ]
    ours = [sys.executable, "-m", "benchmarks.instructions", "--name", name, "--rounds"]
    done = subprocess.run(
        [*valgrind, *ours, str(rounds)],
        cwd=rulesets.ROOT,
        # Hashes decide how often a dict looks twice.
        env={**os.environ, "PYTHONHASHSEED": "0"},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    found = _REFS.search(done.stderr)
    if done.returncode or found is None:
        raise RuntimeError(f"nothing was counted for {name}:\n{done.stderr[-2000:]}")
    return int(found[1].replace(",", ""))


def table(counted: Mapping[str, float]) -> str:
    """Markdown: instructions, and what they are of F."""
    out = [f"| {ITEMS} items | instructions a response | of F |", "|---|---|---|"]
    for name, figure in counted.items():
        least = counted[SMALL_FLOOR if "23 %" in name else "F"]
        out.append(f"| {name} | {figure:,.0f} | {figure / least:.2f} |")
    return "\n".join(out)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instructions")
    parser.add_argument("--keep", action="store_true", help="in docs/reference/performance.md")
    parser.add_argument("--name", choices=list(QUANTITIES), help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

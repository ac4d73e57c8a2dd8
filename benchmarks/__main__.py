"""``make bench``: what the guard costs, as ratios against floors taken in the same run.

    python -m benchmarks [--quick] [--turns N] [--only SECTION] [--json FILE] [--keep]

``--keep`` puts the tables into docs/reference/performance.md; ``--quick`` leaves out what starts
web servers. What must hold and does not is marked NOT MET.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import others, page, report, scoring, serving, stores, whole
from benchmarks.report import Row

_Section = Callable[[Path, int], Iterator[Row]]
SECTIONS: dict[str, _Section] = {
    "scoring": scoring.alone,
    "pure": whole.pure,
    "answer": whole.answer,
    "others": others.others,
    "growth": whole.growth,
    "shell": whole.shell,
    "peers": scoring.peers,
    "caps": stores.caps,
    "limits": stores.limits_peer,
    "stores": stores.path,
    "servers": serving.served,
}
SLOW = frozenset({"servers"})


def main() -> int:
    """Measure, print, and write what was asked for."""
    told = _arguments()
    chosen = told.only or [name for name in SECTIONS if not (told.quick and name in SLOW)]
    machine = report.machine()
    described = ", ".join(f"{key} {value}" for key, value in machine.items())
    parts = [f"{described}; medians of up to {told.turns} turns.\n"]
    rows: list[Row] = []
    print(parts[0])
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen:
            measured = list(SECTIONS[name](Path(folder), told.turns))
            rows += measured
            parts.append(report.table(measured))
            print(parts[-1], flush=True)
    text = "\n".join(parts)
    if told.keep:
        page.put("figures", text)
    if told.json:
        told.json.write_text(json.dumps(report.as_json(rows, machine), indent=1) + "\n")
    missed = [row for row in rows if row.verdict == "NOT MET"]
    for row in missed:
        print(f"NOT MET: {row.section}: {row.name}", file=sys.stderr)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="nothing that starts a web server")
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--only", action="append", choices=list(SECTIONS))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--keep", action="store_true", help="in docs/reference/performance.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

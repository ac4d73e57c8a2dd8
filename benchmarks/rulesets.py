"""The rule sets that are measured: twenty rules, two hundred, the shipped ones, less their caps."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from guardrail.model import METHODS

ROOT = Path(__file__).resolve().parent.parent
TWENTY = ROOT / "benchmarks" / "rules20"
SHIPPED = ROOT / "rules"
CUSTOMER = {"id": "c-1", "tolerance": "balanced", "age_band": "adult"}
KEPT = """guardrail: 1

surfaces:
  kept:
    match: {path: /kept, methods: [GET]}
    kind: recommendation
    items: items
    treatments: [drop_reason, replace]
    fallback: fallback/home.json
    keep_signals: true
"""


def twenty(folder: Path, *, caps: bool = False) -> Path:
    """The benchmark's rules, with or without its caps."""
    return _copied(TWENTY, folder, lambda name: caps or name != "caps.yaml")


def shipped(folder: Path) -> Path:
    """The shipped rules less their caps, with a surface that keeps its signals."""
    out = _copied(SHIPPED, folder, lambda name: "caps" not in name)
    (out / "kept.yaml").write_text(KEPT)
    return out


def many(folder: Path, count: int = 200) -> Path:
    """The twenty rules and so many more that there are ``count``."""
    out = twenty(folder)
    (out / "more.yaml").write_text(more(count - 20))
    return out


def more(count: int) -> str:
    """Rules of the same kinds on facts that no body of the benchmark has all of."""
    methods = sorted(METHODS)
    kinds: list[Callable[[int], str]] = [
        lambda n: f"signal, when: {{data: income, method: {methods[n % 4]}, context: place-{n}}}",
        lambda n: f"signal, when: {{data: [device, voice], party: second, context: place-{n}}}",
        lambda n: f"context, when: {{context: [place-{n}, room-{n}]}}",
        lambda n: f"signal, when: {{party: first, category: topic-{n}.part}}",
        lambda n: f'inference_depth, when: {{depth: ">={3 + n % 4}", purpose: entertainment}}',
        lambda n: f"manner, terms: [sentence number {n}, another phrase {n}]",
    ]
    rules = (
        f"  - {{id: more-{n}, kind: {kinds[n % len(kinds)](n)}, title: More {n}, weight: 50}}\n"
        for n in range(count)
    )
    return "guardrail: 1\n\nrules:\n" + "".join(rules)


def _copied(source: Path, folder: Path, wanted: Callable[[str], bool]) -> Path:
    for file in source.rglob("*"):
        if file.is_file() and not file.name.endswith(".test.yaml") and wanted(file.name):
            target = folder / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    return folder

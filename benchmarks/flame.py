"""``python -m benchmarks.flame``: where the time of one `Guard.answer` goes, as a picture.

A timer interrupts many calls, and each time the stack of Python functions is noted (work in C
counts for the function that called it). Writes an SVG, widths in percent, and prints the table of
the functions that take most themselves.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import NamedTuple
from xml.sax.saxutils import escape

from benchmarks import bodies, page, rulesets
from benchmarks.scoring import ACTED
from guardrail.service import Guard

EVERY = 0.0005
WIDTH, ROW, TOP, LEAST = 960, 20, 58, 0.4
COLOURS = {
    "extract": "#2f6f9f",
    "score": "#a0522d",
    "decide": "#7a5195",
    "treat": "#b8860b",
    "act": "#2e7d5b",
    "service": "#5f6b7a",
    "record": "#8c564b",
    "pipeline": "#b03a5b",
    "other": "#777777",
}
Stack = tuple[str, ...]


class Block(NamedTuple):
    """One function below those that called it. ``left`` and ``share`` in percent of all."""

    name: str
    level: int
    left: float
    share: float


def sampled(run: Callable[[], object], root: str, seconds: float) -> Counter[Stack]:
    """How often each stack below the function ``root`` was found while ``run`` ran again and again.

    Names are ``package.module.function``, ours without ``guardrail.``.
    """
    found: Counter[Stack] = Counter()
    left = [round(seconds / EVERY)]
    own = f"{__name__}.sampled.note"

    def note(_: int, frame: FrameType | None) -> None:
        left[0] -= 1
        stack: list[str] = []
        while frame is not None:
            stack.append(_name(frame))
            frame = frame.f_back
        stack.reverse()
        # The timer may go off while a stack is noted; that is no part of what runs.
        if root in stack and own not in stack:
            found[tuple(stack[stack.index(root) :])] += 1

    before = signal.signal(signal.SIGALRM, note)
    signal.setitimer(signal.ITIMER_REAL, EVERY, EVERY)
    try:
        while left[0] > 0:
            run()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return found


def _name(frame: FrameType) -> str:
    module = str(frame.f_globals.get("__name__", "")).removeprefix("guardrail.")
    return f"{module}.{frame.f_code.co_qualname.replace('.<locals>', '')}"


def blocks(found: Counter[Stack]) -> Iterator[Block]:
    """The picture's blocks, callers above, the widest first."""
    yield from _below(found, 0, 0.0, sum(found.values()))


def _below(found: Counter[Stack], level: int, left: float, total: int) -> Iterator[Block]:
    groups: dict[str, Counter[Stack]] = {}
    for stack, many in found.items():
        if len(stack) > level:
            groups.setdefault(stack[level], Counter())[stack] += many
    for name, group in sorted(groups.items(), key=lambda one: -sum(one[1].values())):
        share = 100 * sum(group.values()) / total
        yield Block(name, level, left, share)
        yield from _below(group, level + 1, left, total)
        left += share


def own_shares(found: Counter[Stack]) -> list[tuple[str, float, float]]:
    """Of each function: its own share and that with what it called, in percent, most first."""
    total = sum(found.values())
    own: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for stack, many in found.items():
        own[stack[-1]] += many
        for name in set(stack):
            whole[name] += many
    return [
        (name, 100 * many / total, 100 * whole[name] / total) for name, many in own.most_common()
    ]


def package_of(name: str) -> str:
    """The step of the pipeline that a function belongs to."""
    first = name.partition(".")[0]
    return first if first in COLOURS else "other"


def svg(found: Counter[Stack], title: str) -> str:
    """An icicle: time runs nowhere, width is the share of it, callers stand above."""
    shown = [block for block in blocks(found) if block.share >= LEAST]
    height = TOP + ROW * (1 + max(block.level for block in shown)) + 8
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="sans-serif" font-size="11" role="img"><title>{escape(title)}</title>',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="8" y="18" font-size="14" fill="#222">{escape(title)}</text>',
    ]
    used = [name for name in COLOURS if any(package_of(block.name) == name for block in shown)]
    for place, name in enumerate(used):
        x = 8 + place * 92
        out.append(f'<rect x="{x}" y="30" width="12" height="12" fill="{COLOURS[name]}"/>')
        out.append(f'<text x="{x + 17}" y="40" fill="#222">{name}</text>')
    out += [_drawn(block) for block in shown]
    return "\n".join([*out, "</svg>"]) + "\n"


def _drawn(block: Block) -> str:
    scale = (WIDTH - 16) / 100
    x, width = 8 + block.left * scale, block.share * scale
    y = TOP + block.level * ROW
    said = f"{block.name} {block.share:.1f} %"
    short = block.name.rpartition(".")[2]
    room = int((width - 6) / 6.2)
    text = next(
        (one for one in (said, f"{short} {block.share:.1f} %", short) if len(one) <= room), ""
    )
    label = f'<text x="{x + 4:.1f}" y="{y + 14}" fill="#fff">{escape(text)}</text>' if text else ""
    box = f'x="{x:.1f}" y="{y}" width="{max(width - 1, 0.5):.1f}" height="{ROW - 1}"'
    colour = COLOURS[package_of(block.name)]
    return f'<g><title>{escape(said)}</title><rect {box} fill="{colour}"/>{label}</g>'


def table(found: Counter[Stack]) -> str:
    """Markdown: the functions that take most themselves."""
    out = ["| function | itself | with what it calls |", "|---|---|---|"]
    for name, own, whole in own_shares(found)[:15]:
        out.append(f"| `{name}` | {own:.1f} % | {whole:.1f} % |")
    return "\n".join([f"{sum(found.values()):,} samples.", "", *out])


def main() -> int:
    """Sample, draw, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flame")
    default = rulesets.ROOT / "docs" / "images" / "answer.svg"
    parser.add_argument("--svg", type=Path, default=default)
    parser.add_argument("--keep", action="store_true", help="in docs/reference/performance.md")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--share", type=float, default=ACTED, help="of items worth acting on")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rules = rulesets.twenty(Path(folder))
        given = {"rules": rules, "redis_url": None, "unknown_identity": "allow"}
        with closing(Guard.from_arguments(given)) as guard:
            surface = guard.rules.surface("home")
            made = list(islice(bodies.bodies(50, share=told.share), 256))
            turn = [0]

            def run() -> None:
                turn[0] += 1
                guard.answer(made[turn[0] % len(made)], surface, customer=rulesets.CUSTOMER)

            for _ in made:
                run()
            found = sampled(run, "service.guard.Guard.answer", told.seconds)
    title = f"One Guard.answer: 50 items, 20 rules, {told.share:.0%} acted on, signals cut out"
    told.svg.write_text(svg(found, title))
    text = table(found)
    print(text)
    if told.keep:
        page.put("profile", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

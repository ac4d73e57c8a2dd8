"""Figures beside what they have to be, as a table and as JSON. What is not met says so."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measure import Ratio


class Must(NamedTuple):
    """What a figure has to be: at most, or at least (``least``), this much."""

    bound: float
    least: bool = False

    def met(self, figure: float) -> bool:
        """Whether a figure is within it, at the two digits that are printed."""
        figure = round(figure, 2)
        return figure >= self.bound if self.least else figure <= self.bound

    def text(self) -> str:
        """As it stands in the table."""
        return f"{'≥' if self.least else '≤'} {self.bound:g}"


class Row(NamedTuple):
    """One figure. ``unit``: what it is a multiple of, such as ``F``. ``ratio`` None: ``why``."""

    section: str
    name: str
    items: int | None
    unit: str
    ratio: Ratio | None
    must: Must | None = None
    why: str = ""

    @property
    def verdict(self) -> str:
        """``met``, ``NOT MET``, or empty where nothing is asked or nothing was measured."""
        if self.must is None or self.ratio is None:
            return ""
        return "met" if self.must.met(self.ratio.median) else "NOT MET"


def missing(section: str, name: str, why: str) -> Row:
    """The row of something that could not be measured here."""
    return Row(section, name, None, "", None, why=why)


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def table(rows: Iterable[Row]) -> str:
    """Markdown, a table for each section in the order in which they come."""
    out: list[str] = []
    section = None
    for row in rows:
        if row.section != section:
            section = row.section
            out += ["", f"**{section}**", "", "| | items | median | quartiles | must | |"]
            out.append("|---|---|---|---|---|---|")
        items = "" if row.items is None else str(row.items)
        if row.ratio is None:
            out.append(f"| {row.name} | {items} | {row.why} | | | |")
            continue
        median, low, high = (_number(figure) for figure in row.ratio)
        must = row.must.text() if row.must else ""
        out.append(
            f"| {row.name} | {items} | {median} {row.unit} | {low}–{high} | {must} "
            f"| {row.verdict} |"
        )
    return "\n".join(out[1:]) + "\n"


def _number(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.2f}"


def as_json(rows: Sequence[Row], told: Mapping[str, str]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "machine": dict(told),
        "rows": [
            {
                "section": row.section,
                "name": row.name,
                "items": row.items,
                "unit": row.unit,
                "median": row.ratio and round(row.ratio.median, 4),
                "quartiles": row.ratio and [round(row.ratio.low, 4), round(row.ratio.high, 4)],
                "must": row.must and row.must.text(),
                "met": row.verdict == "met" if row.verdict else None,
                "why": row.why or None,
            }
            for row in rows
        ],
    }

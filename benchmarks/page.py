"""Measured tables are put into the page that explains them, between two marks."""

from __future__ import annotations

from pathlib import Path

from benchmarks.rulesets import ROOT

PAGE = ROOT / "docs" / "reference" / "performance.md"


def put(name: str, text: str, page: Path = PAGE) -> None:
    """Replace what stands between the marks of that name; raises ValueError where there is none."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, found, rest = page.read_text().partition(begin)
    _, also, after = rest.partition(end)
    if not (found and also):
        raise ValueError(
            f"{page.name} has no place for {name}; it would be two lines, {begin.strip()} and {end}"
        )
    page.write_text(f"{before}{begin}\n{text.strip()}\n\n{end}{after}")

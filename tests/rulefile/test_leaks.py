"""What is cut out of links and markup, as rule files list it."""

from __future__ import annotations

from pathlib import Path

from guardrail.rulefile import load
from guardrail.ruleset import Leaks

SHIPPED = Path(__file__).resolve().parents[2] / "rules"


def test_the_lists_of_several_files_add_up(tmp_path: Path) -> None:
    """In the order of the files; what stands in several counts once."""
    (tmp_path / "a.yaml").write_text(
        'guardrail: 1\nleaks: {parameters: [segment, "seg_*"]}\nsurfaces: {s: {keep_leaks: true}}\n'
    )
    (tmp_path / "b.yaml").write_text(
        'guardrail: 1\nleaks: {parameters: [42, segment], macros: ["{{a b}}", "%%P:*%%"]}\n'
    )
    (tmp_path / "c.yaml").write_text("guardrail: 1\nsurfaces: {t: {}}\n")
    rules = load(tmp_path)
    assert rules.leaks == Leaks(("segment", "seg_*", "42"), ("{{a b}}", "%%P:*%%"))
    assert rules.surfaces["s"].keep_leaks
    assert not rules.surfaces["t"].keep_leaks


def test_without_a_list_nothing_is_cut(tmp_path: Path) -> None:
    """No file has to have one."""
    (tmp_path / "a.yaml").write_text("guardrail: 1\n")
    assert load(tmp_path).leaks == Leaks()


def test_the_shipped_lists_are_short_and_leave_the_auction_alone() -> None:
    """About a dozen keys, half as many macros, none that billing or a landing page needs."""
    leaks = load(SHIPPED).leaks
    assert len(leaks.parameters) <= 15
    assert len(leaks.macros) <= 8
    assert {"segment", "aud", "cohort"} <= set(leaks.parameters)
    assert not [name for name in leaks.macros if "AUCTION" in name or "CLICK" in name]
    assert not [name for name in leaks.parameters if name.startswith(("utm", "id", "gclid"))]

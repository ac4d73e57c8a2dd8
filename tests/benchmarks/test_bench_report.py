"""Figures, what they have to be, and whether they are."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import Counter
from itertools import count

import pytest

from benchmarks import __main__ as command
from benchmarks import flame, instructions, measure, page, report, serving
from benchmarks.measure import Quantity, Ratio
from benchmarks.report import Must, Row, missing


def test_a_figure_that_is_not_met_says_so():
    """At most and at least; the bound itself is met, at the two digits that are printed."""
    most, least = Must(0.4), Must(10, least=True)
    assert (most.met(0.4), most.met(0.404), most.met(0.41)) == (True, True, False)
    assert (least.met(10), least.met(9.99)) == (True, False)
    row = Row("s", "n", 50, "F", Ratio(0.5, 0.4, 0.6), most)
    assert row.verdict == "NOT MET"
    assert "| n | 50 | 0.50 F | 0.40–0.60 | ≤ 0.4 | NOT MET |" in report.table([row])


def test_what_could_not_be_measured_keeps_its_row():
    """With the reason in the figure's place, and null in JSON."""
    row = missing("s", "zen-engine", "not installed")
    assert "| zen-engine |  | not installed |" in report.table([row])
    told = json.loads(json.dumps(report.as_json([row], report.machine())))
    assert told["rows"][0]["median"] is None
    assert told["rows"][0]["met"] is None
    assert told["rows"][0]["why"] == "not installed"


def test_quantities_take_turns_on_the_same_inputs():
    """Each turn has new ones, and every quantity sees the same."""
    seen: dict[str, list[int]] = {"a": [], "b": []}
    quantities = {
        "a": Quantity(seen["a"].append),
        "b": Quantity(seen["b"].append, lambda given: given * 10),
    }
    times = measure.interleaved(quantities, count(), turns=4, batch=2)
    assert seen["a"] == list(range(2 * (4 + measure.WARM)))
    assert seen["b"] == [10 * one for one in seen["a"]]
    assert {name: len(spent) for name, spent in times.items()} == {"a": 4, "b": 4}


def test_a_ratio_is_the_median_of_ratios_of_the_same_turn():
    """Not the ratio of medians: a slow moment hits both."""
    assert measure.ratio([2.0, 20.0, 2.0], [1.0, 10.0, 1.0]) == (2.0, 2.0, 2.0)
    assert measure.added([1.0, 2.0], [3.0, 4.0]) == [4.0, 6.0]


def test_the_picture_shows_every_caller_above_what_it_calls():
    """Well-formed, to scale, each block with its share as a tooltip."""
    found = Counter({("service.a", "extract.b"): 30, ("service.a", "score.c<x>"): 10})
    blocks = list(flame.blocks(found))
    assert [(b.name, b.level, b.left, b.share) for b in blocks] == [
        ("service.a", 0, 0.0, 100.0),
        ("extract.b", 1, 0.0, 75.0),
        ("score.c<x>", 1, 75.0, 25.0),
    ]
    drawn = ET.fromstring(flame.svg(found, "a & b"))
    space = "{http://www.w3.org/2000/svg}"
    titles = [title.text for title in drawn.iter(f"{space}title")]
    assert titles == ["a & b", "service.a 100.0 %", "extract.b 75.0 %", "score.c<x> 25.0 %"]
    assert flame.own_shares(found)[0] == ("extract.b", 75.0, 75.0)


def test_samples_begin_at_the_root():
    """What called it is left out, and what does not come from it."""

    def root() -> int:
        return sum(range(2000))

    name = f"{__name__}.test_samples_begin_at_the_root.root"
    found = flame.sampled(root, name, 0.05)
    assert found
    assert {stack[0] for stack in found} == {name}


def test_instructions_are_of_the_floor_of_the_same_bodies():
    """Bodies that are acted on are a little smaller, so they have a floor of their own."""
    counted = dict.fromkeys(instructions.QUANTITIES, 300.0)
    counted["F"], counted[instructions.SMALL_FLOOR] = 100.0, 150.0
    said = instructions.table(counted)
    assert "| body to body, nothing acted on, signals kept | 300 | 3.00 |" in said
    assert "| body to body, 23 % acted on, signals kept | 300 | 2.00 |" in said


def test_a_percentile_is_one_of_the_figures():
    """The one that so many do not exceed."""
    assert serving.percentile([*range(100)], 0.99) == 99
    assert serving.percentile([5.0], 0.99) == 5.0


def test_quick_leaves_out_what_starts_servers(capsys, monkeypatch, tmp_path):
    """The others run, the table and the JSON are written, the exit code is 0."""
    ran: list[str] = []

    def section(name: str):
        def measured(_, turns):
            ran.append(f"{name} {turns}")
            yield Row(name, "it", 50, "F", Ratio(1.0, 1.0, 1.0), Must(0.5))

        return measured

    monkeypatch.setattr(command, "SECTIONS", {name: section(name) for name in command.SECTIONS})
    out = tmp_path / "out.json"
    kept: list[str] = []
    monkeypatch.setattr(command.page, "put", lambda name, text: kept.append(text))
    argv = ["bench", "--quick", "--turns", "3", "--json", str(out), "--keep"]
    monkeypatch.setattr("sys.argv", argv)
    assert command.main() == 0
    assert ran == [f"{name} 3" for name in command.SECTIONS if name != "servers"]
    assert len(json.loads(out.read_text())["rows"]) == len(ran)
    said = capsys.readouterr()
    assert [text.strip() for text in kept] == [said.out.strip()]
    assert said.err.count("NOT MET") == len(ran)


def test_a_table_takes_the_place_of_the_one_before(tmp_path):
    """Between its marks; the rest of the page stays."""
    written = tmp_path / "page.md"
    written.write_text("a\n<!-- figures -->\nold\n<!-- end of figures -->\nb\n")
    page.put("figures", "new", written)
    page.put("figures", "newer", written)
    assert written.read_text() == ("a\n<!-- figures -->\n\nnewer\n\n<!-- end of figures -->\nb\n")
    with pytest.raises(ValueError, match="no place for others"):
        page.put("others", "x", written)


@pytest.mark.parametrize("name", ["figures", "instructions", "profile"])
def test_the_page_has_a_place_for_every_table(name):
    """So that what is measured last is what is read."""
    text = page.PAGE.read_text()
    assert text.index(f"<!-- {name} -->") < text.index(f"<!-- end of {name} -->")


@pytest.mark.parametrize("name", command.SECTIONS)
def test_every_section_can_be_asked_for_alone(name, monkeypatch):
    """By its name."""
    monkeypatch.setattr("sys.argv", ["bench", "--only", name])
    assert command._arguments().only == [name]

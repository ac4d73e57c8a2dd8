"""Surfaces for known recommenders: each loads, reads a real response, and gives it back whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from guardrail.act import blank, splice
from guardrail.act.placed import DROP, KEEP, Placed
from guardrail.extract import extract
from guardrail.rulefile import check, load
from guardrail.ruleset import Surface

ROOT = Path(__file__).resolve().parents[2]
READY = sorted((ROOT / "docs/surfaces").glob("*.yaml"))
SAMPLES = sorted(Path(__file__).parent.glob("*.json"))
IDS: dict[str, list[str]] = {
    "personalize": ["B00005U21H", "B0002J1M9K", "1099511"],
    "gorse": ["movie-77", "movie-12", "movie-5"],
    "gorse-ids": ["movie-77", "movie-12", "movie-5"],
    "algolia": ["D06270-9132-995", "M0E20000000E6M2", "A0E2000000022"],
    "shopify": ["6909110124599", "6909110026295"],
    "google-retail": ["sku-1001", "sku-1002"],
    "generic": ["4711", "sku-2"],
    "several": ["1", "2", "3"],
    "keyed": ["sku-1", "sku-2", "sku-3"],
    "rows": ["1", "2", "3"],
}


def sample(name: str) -> bytes:
    return (Path(__file__).parent / f"{name}.json").read_bytes()


def ready(path: Path) -> Surface:
    (surface,) = load(path).surfaces.values()
    return surface


def name_of(path: Path) -> str:
    return path.stem


def test_every_ready_surface_has_a_sample():
    """And nothing else is missing from this table."""
    assert {path.stem for path in READY} <= {path.stem for path in SAMPLES} == set(IDS)


@pytest.mark.parametrize("path", READY, ids=name_of)
def test_a_ready_surface_loads(path: Path):
    """`guardrail check` has nothing to say; the surface is named like the file."""
    assert not check([path])
    assert ready(path).name == path.stem


@pytest.mark.parametrize("path", READY, ids=name_of)
def test_a_ready_surface_reads_its_sample_without_a_fault(path: Path):
    """Every id, in order, and no field that holds something else."""
    reads = extract(sample(path.stem), ready(path)).items
    assert [read.item.id for read in reads] == IDS[path.stem]
    assert [read.problems for read in reads] == [()] * len(reads)
    assert all(read.readable for read in reads)


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("personalize", ["Folic acid, 90 tablets", "Garden hose, 20 m", "Enamel kettle"]),
        ("algolia", ["Leather jacket", "Rain coat", "Wool scarf"]),
        ("shopify", ["Pregnancy test, two in a box", "Enamel kettle"]),
        ("google-retail", ["Prenatal vitamins", "Garden hose"]),
        ("generic", ["Garden hose", "Enamel kettle"]),
    ],
)
def test_titles_are_found_where_the_response_has_them(name: str, titles: list[str]):
    """In the item or in an object within it."""
    reads = extract(sample(name), ready(ROOT / f"docs/surfaces/{name}.yaml")).items
    assert [read.item.title for read in reads] == titles


@pytest.mark.parametrize("path", READY, ids=name_of)
def test_an_item_can_be_taken_out_and_the_rest_stays_byte_for_byte(path: Path):
    """The first item goes, nothing else changes but what `strip` names."""
    surface = ready(path)
    body = sample(path.stem)
    found = extract(body, surface)
    plan: list[Placed] = [DROP, *[KEEP] * (len(found.items) - 1)]
    left = extract(splice(body, found, surface, plan), surface)
    assert [read.item.id for read in left.items] == IDS[path.stem][1:]
    assert [read.item for read in left.items] == [read.item for read in found.items[1:]]
    assert extract(blank(body, surface), surface).items == ()


def proposed(path: Path, *more: str) -> tuple[Surface, str]:
    from guardrail.cli import main

    result = CliRunner().invoke(main, ["surface", "--from", str(path), *more])
    assert result.exit_code == 0, result.output
    return _loaded(result.stdout), result.stdout


def _loaded(text: str) -> Surface:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "proposed.yaml"
        target.write_text(text)
        assert not check([target])
        (surface,) = load(target).surfaces.values()
    return surface


@pytest.mark.parametrize("path", SAMPLES, ids=name_of)
def test_a_proposed_surface_reads_the_sample_that_it_was_made_from(path: Path):
    """It loads as it is printed, finds every item, and no field holds something else."""
    surface, _ = proposed(path)
    assert surface.name == path.stem
    reads = extract(path.read_bytes(), surface).items
    assert [read.item.id for read in reads] == IDS[path.stem]
    assert [read.problems for read in reads] == [()] * len(reads)


@pytest.mark.parametrize(
    ("name", "items", "fields"),
    [
        (
            "personalize",
            "itemList",
            {"id": "itemId", "title": "metadata.TITLE", "reason": "unused.reason"},
        ),
        ("gorse", ".", {"id": "Id"}),
        (
            "algolia",
            "results[].hits",
            {"id": "objectID", "title": "name", "advertiser": "brand"},
        ),
        ("shopify", "products", {"advertiser": "vendor"}),
        ("google-retail", "results", {"title": "product.title"}),
        ("several", "viewed | bought", {"id": "sku", "title": "name"}),
        ("keyed", "recommendations{}", {}),
        ("rows", "data.rows[].", {}),
    ],
)
def test_the_proposal_is_what_a_person_would_write(name: str, items: str, fields: dict[str, Any]):
    """The lists that hold the items, not those inside of items."""
    surface, _ = proposed(Path(__file__).parent / f"{name}.json")
    assert surface.items == items
    assert surface.fields == fields


def test_a_proposal_says_what_is_missing():
    """Signals always matter; categories that are the sender's own names are not mapped."""
    folder = Path(__file__).parent
    assert "# Missing: categories. Join a catalogue" in proposed(folder / "gorse.json")[1]
    assert "# Missing: title." in proposed(folder / "gorse.json")[1]
    retail = proposed(folder / "google-retail.json")[1]
    assert "# Not mapped: what stands under product.categories" in retail
    assert "# Missing: signals" in retail
    assert 'count_fields: ["total"]' in proposed(folder / "generic.json")[1]


def test_a_bid_response_is_known_by_its_lists(tmp_path: Path):
    """seatbid[].bid is OpenRTB; its fields need no mapping."""
    bids = {"id": "r-1", "seatbid": [{"seat": "s", "bid": [{"id": "b-1"}, {"id": "b-2"}]}]}
    path = tmp_path / "bids.json"
    path.write_text(json.dumps(bids))
    surface, _ = proposed(path, "--name", "auction")
    assert (surface.name, surface.shape, surface.kind) == ("auction", "openrtb-2.6", "ad")
    assert [read.item.id for read in extract(path.read_bytes(), surface).items] == ["b-1", "b-2"]


def test_ids_are_known_by_their_names_and_else_by_their_ends(tmp_path: Path):
    """`article_id` is an id; a flag or a date is none, nor what all items share."""
    path = tmp_path / "s.json"
    rows = [{"article_id": n, "shop_id": 1, "made": None, "sponsored": n > 1} for n in range(3)]
    path.write_text(
        json.dumps({"data": {"shelf": rows}, "a.b": [{"id": 1}], "": [{"id": 2}], "n": 3})
    )
    surface, shown = proposed(path)
    assert (surface.items, surface.fields) == ("data.shelf", {"id": "article_id"})
    assert "Found under their own names: sponsored." in shown


def test_signals_and_fields_that_are_there_are_found(tmp_path: Path):
    """Categories that rules know are mapped, one or many; nested objects are looked into."""
    path = tmp_path / "s.json"
    item = {"ref": {"sku": "a"}, "taxonomy": "iab-content-2.2:305", "why": "Because"}
    path.write_text(json.dumps([{**item, "signals": [{"data": "likes"}]}]))
    surface, shown = proposed(path)
    assert surface.fields == {"id": "ref.sku", "categories": "taxonomy", "reason": "why"}
    assert "Missing: signals" not in shown


def test_lists_that_lie_too_deep_are_not_looked_for(tmp_path: Path):
    """No response has its items there, and a search must end."""
    from guardrail.cli import main

    deep: Any = [{"id": 1}]
    for _ in range(9):
        deep = {"a": deep}
    path = tmp_path / "s.json"
    path.write_text(json.dumps(deep))
    assert CliRunner().invoke(main, ["surface", "--from", str(path)]).exit_code == 3

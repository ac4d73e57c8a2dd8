"""Taxonomy ids: known ones, their ancestors, and what is a slug."""

from __future__ import annotations

import os
import runpy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail import taxonomy, taxonomy_ids

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("GUARDRAIL_EVIDENCE_DIR", ROOT.parent / "shared" / "data"))
LISTED = sorted(t for t in taxonomy.TAXONOMIES if taxonomy.ids(t))


def test_a_node_leads_to_its_parents_up_to_the_top() -> None:
    """Pregnancy, reproductive health, diseases, medical health."""
    assert taxonomy.ancestors("iab-content-2.2", "305") == ("305", "302", "287", "286")
    assert taxonomy.ancestors("iab-content-1.0", "IAB7-39") == ("iab7-39", "iab7")


@pytest.mark.parametrize(
    ("name", "node", "parent"),
    [
        ("iab-ad-product-2.0", "1037", "1036"),
        ("iab-ad-product-2.0", "1426", "1425"),
        ("iab-audience-1.1", "1391", "1389"),
        ("iab-audience-1.1", "1172", "1132"),
        ("iab-content-2.2", "Rm3SiT", "v9i3on"),
        ("iab-content-2.2", "497", "496"),
    ],
)
def test_parents_come_from_the_tiers(name: str, node: str, parent: str) -> None:
    """Where the published parent column is wrong or a row is displaced, the tiers are right."""
    assert taxonomy.ancestors(name, node)[1] == parent


def test_the_top_level_has_no_parent() -> None:
    """A node that the published table calls its own parent is one of the top level."""
    assert taxonomy.ancestors("iab-ad-product-2.0", "1000") == ("1000",)


def test_ids_are_the_same_in_any_case() -> None:
    """Categories are compared in lower case, ids with them."""
    assert taxonomy.known("iab-content-3.1", "RM3SIT") is True
    assert taxonomy.split("IAB-Content-3.1:Rm3SiT") == ("iab-content-3.1", "rm3sit")


@pytest.mark.parametrize("name", ["custom", "google-product", "iab-ad-product-1.0"])
def test_where_nothing_is_listed_any_id_may_be_right(name: str) -> None:
    """Neither known nor unknown, and its own only ancestor."""
    assert taxonomy.known(name, "anything") is None
    assert taxonomy.ancestors(name, "Anything") == ("anything",)
    assert taxonomy.ids(name) == frozenset()


def test_an_id_that_is_not_listed_is_unknown() -> None:
    """It has no ancestors but itself."""
    assert taxonomy.known("iab-content-2.2", "99999") is False
    assert taxonomy.ancestors("iab-content-2.2", "99999") == ("99999",)


def test_version_2_1_has_the_tree_of_2_2() -> None:
    """Both versions share their ids."""
    assert taxonomy.ids("iab-content-2.1") == taxonomy.ids("iab-content-2.2")


@pytest.mark.parametrize("text", ["health", "health.pregnancy", "a.b-c.d_e.1", "iab"])
def test_slugs(text: str) -> None:
    """Lower-case words joined by dots."""
    assert taxonomy.is_slug(text)
    assert taxonomy.split(text) is None


@pytest.mark.parametrize(
    "text", ["305", "iab7", "iab7-39", "30.5", "Health", "a..b", ".a", "a.", "", "a b", "x:1", "ä"]
)
def test_what_is_no_slug(text: str) -> None:
    """A bare id is none: nobody could say of which taxonomy."""
    assert not taxonomy.is_slug(text)


@pytest.mark.parametrize("text", [":305", "iab-content-2.2:", ":", ""])
def test_half_a_pair_is_none(text: str) -> None:
    """Both the taxonomy and the id must be there."""
    assert taxonomy.split(text) is None


def test_only_the_first_colon_parts_a_pair() -> None:
    """An id of one's own may hold more of them."""
    assert taxonomy.split("custom:a:b") == ("custom", "a:b")


@given(st.sampled_from(LISTED), st.data())
def test_every_way_up_ends_and_stays_in_the_taxonomy(name: str, data: st.DataObject) -> None:
    """No circles, no unknown parents."""
    node = data.draw(st.sampled_from(sorted(taxonomy.ids(name))))
    way = taxonomy.ancestors(name, node)
    assert way[0] == node
    assert len(set(way)) == len(way) <= 7
    assert set(way) <= taxonomy.ids(name)


def test_the_shipped_ids_are_what_the_tool_makes(tmp_path: Path) -> None:
    """The constants agree with the published files."""
    if not (DATA / "iab").is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"no taxonomy files in {DATA}")
        pytest.skip("the taxonomy files are not here; set GUARDRAIL_EVIDENCE_DIR")
    tool = runpy.run_path(str(ROOT / "tools" / "make_taxonomy_ids.py"))
    made = tmp_path / "made.py"
    tool["main"]([str(DATA / "iab"), str(made)])
    assert made.read_text() == Path(taxonomy_ids.__file__).read_text()

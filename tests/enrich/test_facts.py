"""What a catalogue calls things, and what the guard makes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.enrich.facts import categories_of, facts_of, fields_in, id_text, text
from guardrail.extract.facts import category_fault, normal_category


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("health.pregnancy", ("health.pregnancy",)),
        ("Health.Pregnancy | home", ("health.pregnancy", "home", "custom:home")),
        ("a.b;b.c ; a.b", ("a.b", "b.c")),
        ('["a.b", "b;c"]', ("a.b", "custom:b;c")),
        ("[broken", ("custom:[broken",)),
        ("iab-content-2.2:305", ("iab-content-2.2:305",)),
        ("305", ("custom:305",)),
        (305, ("custom:305",)),
        ("Pregnancy Tests", ("custom:pregnancy tests",)),
        ("Health > Vitamins  B", ("custom:health", "custom:health > vitamins b")),
        (["a.b", ["b.c", None, True]], ("a.b", "b.c")),
        ({"@type": "CategoryCode", "codeValue": "Garden Hoses"}, ("custom:garden hoses",)),
    ],
)
def test_a_categories_cell_becomes_names_that_rules_know(cell, names):
    """Slugs and taxonomy:id stay; the shop's own names get a taxonomy, with their parents."""
    assert categories_of(cell) == names


@pytest.mark.parametrize("cell", [None, "", "  ", "|;", [], "[]", {}, True])
def test_a_cell_that_says_nothing_leaves_categories_unknown(cell):
    """An item is not made harmless by an empty cell."""
    assert categories_of(cell) is None


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("5081", ("google-product:5081",)),
        (5081, ("google-product:5081",)),
        (
            "Health & Beauty > Health Care",
            ("google-product:health & beauty", "google-product:health & beauty > health care"),
        ),
        ("491 - Health & Beauty", ("google-product:491", "google-product:health & beauty")),
    ],
)
def test_a_google_category_is_an_id_or_a_path_with_its_parents(cell, names):
    """As the product data specification allows both."""
    assert categories_of(None, cell) == names


def test_cells_alike_give_the_very_same_tuple():
    """A million items share the few categories that there are."""
    assert categories_of("a|b") is categories_of("a|b")


def test_columns_are_known_by_many_names():
    """In any case, with spaces, with the prefix of feeds; the likeliest name wins."""
    assert fields_in(["Item ID", "g:title", "Product Type", "BRAND", "price"]) == {
        "id": "Item ID",
        "title": "g:title",
        "categories": "Product Type",
        "advertiser": "BRAND",
    }
    assert fields_in(["sku", "id"])["id"] == "id"
    assert "id" not in fields_in(["price"])
    assert fields_in(["google product category"]) == {
        "google_product_category": "google product category"
    }


def test_a_row_gives_its_id_and_what_it_says():
    """Numbers are ids too; what is no text is no title."""
    row = {"id": 7, "name": " Hose ", "category": "garden", "brand": {"name": "Gardena"}}
    assert facts_of(row, fields_in(row)) == ("7", ("Hose", ("garden", "custom:garden"), "Gardena"))
    row = {"id": True, "name": 3, "brand": 4}
    assert facts_of(row, fields_in(row)) == (None, (None, None, None))


def test_texts_are_cut_at_their_longest():
    """A catalogue may hold whole descriptions in its titles."""
    assert len(text("x" * 10_000) or "") == 500
    assert id_text(" a ") == "a"
    assert id_text("") is None


@given(st.text(max_size=60))
def test_whatever_a_cell_says_is_a_category_that_extraction_would_take(cell):
    """No catalogue can bring in a name that a response could not have said."""
    for name in categories_of(cell) or ():
        assert name == normal_category(name)
        assert category_fault(name) is None

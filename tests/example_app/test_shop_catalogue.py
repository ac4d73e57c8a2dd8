"""The goods: enough of them, each with what a page and a rule need."""

from __future__ import annotations

import json

import pytest
from shop_page import ROOT

from example_app.catalogue import GOODS, load_catalogue
from example_app.picture import DRAWINGS, PLAIN, TONES, picture_of
from guardrail import Guardrail
from guardrail.extract import read_objects
from guardrail.rulefile import load

CATALOGUE = load_catalogue()
SENSITIVE = {
    "health.pregnancy",
    "health.weight",
    "health.sexual",
    "health.disability",
    "health.mental",
    "money.hardship",
    "belief.religion",
    "vice.alcohol",
    "vice.gambling",
    "life.bereavement",
}


def test_there_is_a_shop_to_walk_through() -> None:
    """Some three hundred products in about thirty ordinary categories, none empty."""
    categories = {p.categories[0] for p in CATALOGUE.products.values()}
    assert len(CATALOGUE.products) >= 300
    assert len(categories - SENSITIVE) >= 30
    assert len({p.title for p in CATALOGUE.products.values()}) == len(CATALOGUE.products)


def test_the_guard_leaves_ordinary_goods_alone() -> None:
    """Chosen from purchases, nothing but the sensitive categories is touched at balanced."""
    guard = Guardrail(rules=str(ROOT / "rules"), catalog=str(GOODS))
    signals = [{"data": "purchase_history", "method": "observed", "party": "first"}]
    items = [{"id": name, "signals": signals} for name in CATALOGUE.products]
    customer = {"id": "c-1", "tolerance": "balanced", "age_band": "adult", "jurisdiction": "GB"}
    # One by one, each for somebody else: what several tell together is another matter.
    touched = {
        name
        for item in items
        for name in [str(item["id"])]
        for verdict in guard.review([item], customer={**customer, "id": name}).items
        if verdict.verdict != "allow"
    }
    assert touched
    for name in touched:
        category = CATALOGUE.products[name].categories[0]
        assert category in SENSITIVE | {"health", "life.separation"}, name


def test_every_sensitive_category_has_a_product_and_a_weight() -> None:
    """What the shop sells of them is what the shipped rules know."""
    categories = {c for p in CATALOGUE.products.values() for c in p.categories}
    assert categories >= SENSITIVE
    assert set(load(ROOT / "rules").categories) >= SENSITIVE


@pytest.mark.parametrize("product", CATALOGUE.products.values(), ids=lambda p: p.id)
def test_a_product_is_whole(product: object) -> None:
    """Id, title and category are there, the price is text, and what goes with it is for sale."""
    from example_app.catalogue import Product

    assert isinstance(product, Product)
    assert product.id
    assert product.title
    assert product.categories
    assert product.price.startswith("£")
    assert product.goes_with
    assert set(product.goes_with) <= set(CATALOGUE.products) - {product.id}


def test_best_sellers_are_ordinary() -> None:
    """Everybody sees them, so none may be about anything sensitive."""
    assert len(set(CATALOGUE.best_sellers)) == len(CATALOGUE.best_sellers) >= 10
    for name in CATALOGUE.best_sellers:
        assert not SENSITIVE & set(CATALOGUE.products[name].categories), name


@pytest.mark.parametrize("name", ["home", "ads"])
def test_fallback_items_are_readable_and_use_nothing_personal(name: str) -> None:
    """Ten items each, without a problem, with ids of their own."""
    surface = load(ROOT / "rules").surfaces[name]
    items = json.loads((ROOT / "rules" / "fallback" / f"{name}.json").read_text("utf-8"))
    reads = read_objects(items, surface)
    assert len({item["id"] for item in items}) == len(items) == 10
    assert [read.problems for read in reads] == [()] * 10
    assert {read.item.signals for read in reads} == {()}
    assert not {c for read in reads for c in read.item.categories or ()} & SENSITIVE


def test_a_fallback_item_with_the_id_of_a_product_is_that_product() -> None:
    """Title, price and categories agree with the catalogue."""
    for name in ("home", "ads"):
        for item in json.loads((ROOT / "rules" / "fallback" / f"{name}.json").read_text("utf-8")):
            if product := CATALOGUE.products.get(item["id"]):
                assert (item["title"], item["price"]) == (product.title, product.price)
                assert item["categories"] == list(product.categories)


def test_every_product_has_a_drawing_of_its_own_kind() -> None:
    """No product falls back to the parcel, and each drawing named is in the sprite."""
    sprite = (ROOT / "example_app" / "templates" / "_art.html").read_text("utf-8")
    for product in CATALOGUE.products.values():
        picture = picture_of(product.to_item("", []))
        assert picture.drawing != PLAIN, product.id
        assert picture.tone in range(TONES)
    for drawing in {*DRAWINGS.values(), PLAIN}:
        assert f'id="art-{drawing}"' in sprite


def test_an_item_without_category_gets_the_plain_drawing() -> None:
    """As does one of a category that nobody drew."""
    assert picture_of({"id": "x"}).drawing == PLAIN
    assert picture_of({"id": "x", "categories": ["moon.rocks"]}).drawing == PLAIN
    assert picture_of({"id": "x", "categories": ["books.rare.maps"]}).drawing == "books"

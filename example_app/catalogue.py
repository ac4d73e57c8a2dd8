"""What the shop sells, and how a product becomes a native item."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

Item = dict[str, Any]
Signal = dict[str, Any]

HERE = Path(__file__).parent


class Product(NamedTuple):
    """One thing for sale. ``price`` is written text, ``goes_with`` what others buy with it."""

    id: str
    title: str
    categories: tuple[str, ...]
    price: str
    goes_with: tuple[str, ...]

    def to_item(self, reason: str, signals: Sequence[Signal]) -> Item:
        """The product as a recommendation, with the reason shown and the facts it rests on."""
        return {
            "id": self.id,
            "kind": "recommendation",
            "title": self.title,
            "reason": reason,
            "categories": list(self.categories),
            "signals": list(signals),
            "price": self.price,
        }


class Catalogue(NamedTuple):
    """All products by id, and the best sellers in order."""

    products: Mapping[str, Product]
    best_sellers: tuple[str, ...]

    def of_category(self, category: str) -> Iterable[Product]:
        """The products of a category, in the order of the catalogue."""
        return (p for p in self.products.values() if category in p.categories)


GOODS = HERE / "catalogue.csv"
"""What is for sale: read here for the pages, and by the guard for shelves of bare ids."""


def load_catalogue(path: Path = GOODS) -> Catalogue:
    """Read the catalogue. Raises KeyError where a column is missing."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    products = {row["id"]: _product(row) for row in rows}
    ranked = sorted((int(row["best_seller"]), row["id"]) for row in rows if row["best_seller"])
    return Catalogue(products, tuple(name for _, name in ranked))


def _product(row: Mapping[str, str]) -> Product:
    categories, others = row["categories"].split("|"), row["goes_with"].split("|")
    return Product(row["id"], row["title"], tuple(categories), row["price"], tuple(others))

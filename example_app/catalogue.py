"""What the shop sells, and how a product becomes a native item."""

from __future__ import annotations

import json
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


def load_catalogue(path: Path = HERE / "catalogue.json") -> Catalogue:
    """Read the catalogue. Raises KeyError where a product lacks a key."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    products = {
        p["id"]: Product(
            p["id"], p["title"], tuple(p["categories"]), p["price"], tuple(p["goes_with"])
        )
        for p in raw["products"]
    }
    return Catalogue(products, tuple(raw["best_sellers"]))

"""An ordinary catalogue of a few thousand goods, in the words of public product taxonomies."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GOODS = (
    "Clothing and Accessories",
    "Collectables and Antiques",
    "Computer Software",
    "Consumer Electronics",
    "Consumer Packaged Goods",
    "Durable Goods",
    "Gifts and Holiday Items",
    "Media",
    "Pet Ownership",
    "Sporting Goods",
    "Vehicles",
)
"""The top levels of the IAB Ad Product Taxonomy that are things in a shop, harmless or not."""
SHELVES = (
    "Arts & Entertainment",
    "Autos & Vehicles",
    "Beauty & Fitness",
    "Books & Literature",
    "Computers & Electronics",
    "Food & Drink",
    "Games",
    "Hobbies & Leisure",
    "Home & Garden",
    "Pets & Animals",
    "Shopping",
    "Sports",
    "Travel & Transportation",
)
"""The same of the W3C Topics Taxonomy, whose words are those of Google's own verticals."""
VARIANTS = (
    "{}, pack of 6",
    "{}, wine red",
    "{} for left-handed people",
    "Premium {}, extra strong",
    "{} gift set, for him and her",
    "{}, stainless steel, 40 cm",
    "Organic {}, alcohol-free and fragrance-free",
    "{} with a lifetime guarantee",
    "{}, navy and rifle green",
    "The little book of {}",
)
"""Ordinary titles, with words in them that sound like a subject and are none."""
BOUGHT = [{"data": "purchase_history", "method": "observed", "party": "first"}]


def nouns(data: Path) -> Iterator[tuple[str, str | None]]:
    """What goods are called, and the id in the Ad Product Taxonomy 2.0 where it has one."""
    path = data / "iab" / "Ad Product Taxonomy 2.0.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file, delimiter="\t"):
            if len(row) > 5 and row[3] in GOODS:
                yield row[2].strip(), f"iab-ad-product-2.0:{row[0].strip()}"
    path = data / "interests" / "topics_nonsensitive.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for topic in csv.DictReader(file):
            shelf, _, rest = topic["topic"].removeprefix("/").partition("/")
            if shelf in SHELVES and rest:
                yield rest.rpartition("/")[2], None


def catalogue(data: Path) -> list[dict[str, Any]]:
    """A few thousand items in native shape, each chosen from what the customer bought here."""
    return [
        {
            "id": f"{number}-{variant}",
            "title": pattern.format(noun),
            "categories": [category] if category else [],
            "signals": BOUGHT,
        }
        for number, (noun, category) in enumerate(nouns(data))
        for variant, pattern in enumerate(VARIANTS)
    ]

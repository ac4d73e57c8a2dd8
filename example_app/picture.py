"""Which drawing stands for an item: by its first category, so that no image file is needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from zlib import crc32

TONES = 6

DRAWINGS = {
    "home.kitchen": "kettle",
    "home.living": "lamp",
    "home.bedroom": "pillow",
    "home.bath": "tub",
    "home.tools": "hammer",
    "garden": "sprout",
    "books": "books",
    "books.history": "column",
    "books.nature": "leaf",
    "sports.running": "shoe",
    "sports.cycling": "wheel",
    "sports.yoga": "mat",
    "sports.camping": "tent",
    "sports.swimming": "waves",
    "food": "jar",
    "food.tea": "cup",
    "tech.audio": "headphones",
    "tech.office": "pen",
    "tech.photo": "camera",
    "travel": "rucksack",
    "toys": "blocks",
    "beauty": "soap",
    "care": "plaster",
    "fashion": "jumper",
    "fashion.shoes": "boot",
    "crafts": "brush",
    "pets": "paw",
    "music": "ukulele",
    "family": "basket",
    "health": "bottle",
    "money": "coins",
    "belief": "window",
    "vice.alcohol": "glass",
    "vice.gambling": "cards",
    "vice.tobacco": "pipe",
    "life": "candle",
    "life.separation": "rings",
    "health.weight": "scale",
    "health.mental": "cloud",
    "health.disability": "ear",
    "shop": "letter",
}
PLAIN = "parcel"


class Picture(NamedTuple):
    """A drawing in the page's sprite and the number of its colour tone."""

    drawing: str
    tone: int


def picture_of(item: Mapping[str, Any]) -> Picture:
    """The drawing of an item's first category, or of the nearest category above it."""
    categories = item.get("categories") or [""]
    slug = str(categories[0])
    # Not hash(): it differs between workers, and the page would flicker between two colours.
    tone = crc32(str(item.get("id")).encode()) % TONES
    while slug:
        if slug in DRAWINGS:
            return Picture(DRAWINGS[slug], tone)
        slug = slug.rpartition(".")[0]
    return Picture(PLAIN, tone)

"""Which drawing stands for an item: by a word of its title or its first category, for there are
no image files.
"""

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
WORDS = {
    "torch": "lamp",
    "lantern": "lamp",
    "light": "lamp",
    "lamp": "lamp",
    "throw": "pillow",
    "cushion": "pillow",
    "pillow": "pillow",
    "socks": "jumper",
    "gloves": "jumper",
    "vest": "jumper",
    "vests": "jumper",
    "jacket": "jumper",
    "cap": "jumper",
    "rug": "mat",
    "mat": "mat",
    "basket": "basket",
    "baskets": "basket",
    "tea": "cup",
    "mugs": "cup",
    "book": "books",
    "towel": "tub",
    "towels": "tub",
    "lotion": "bottle",
    "vitamin": "bottle",
    "tablets": "bottle",
}
"""Where the category has another drawing: what is running gear need not be a shoe."""
PLAIN = "parcel"


class Picture(NamedTuple):
    """A drawing in the page's sprite and the number of its colour tone."""

    drawing: str
    tone: int


def picture_of(item: Mapping[str, Any]) -> Picture:
    """The drawing of what its title names, else of its first category or the nearest above it."""
    categories = item.get("categories") or [""]
    slug = str(categories[0])
    # Not hash(): it differs between workers, and the page would flicker between two colours.
    tone = crc32(str(item.get("id")).encode()) % TONES
    # From the end: in "tea towels" the last word is the thing.
    for word in reversed(str(item.get("title", "")).lower().replace(",", " ").split()):
        if word in WORDS:
            return Picture(WORDS[word], tone)
    while slug:
        if slug in DRAWINGS:
            return Picture(DRAWINGS[slug], tone)
        slug = slug.rpartition(".")[0]
    return Picture(PLAIN, tone)

"""Response bodies like a shop's: about 424 bytes an item, a quarter of them worth acting on."""

from __future__ import annotations

import json
import random

DATA = ("purchase_history", "browsing_history", "search_history", "likes", "profile", "cart")
ORDINARY = (
    "home.kitchen",
    "garden",
    "books.fiction",
    "sports.running",
    "toys",
    "electronics.audio",
)
SENSITIVE = ("health.pregnancy", "money.debt", "belief.religion")


def body(count: int, share: float = 0.23, seed: int = 7) -> bytes:
    """A response with ``count`` items, ``share`` of them intrusive (a guess about a sensitive
    subject, bought from a third party).
    """
    rng = random.Random(seed)
    return json.dumps(
        {"items": [_item(n, rng, rng.random() < share) for n in range(count)]}
    ).encode()


def _item(n: int, rng: random.Random, intrusive: bool) -> dict[str, object]:
    category = rng.choice(SENSITIVE if intrusive else ORDINARY)
    signal = {
        "data": rng.choice(DATA),
        "method": "inferred" if intrusive else "observed",
        "party": "third" if intrusive else "first",
        "category": category,
        "age_seconds": rng.randrange(10_000),
    }
    return {
        "id": f"sku-{rng.randrange(10**9)}",
        "kind": "recommendation",
        "title": f"Item number {n} of the {category.split('.')[-1]} range, {rng.randrange(999)}",
        "reason": "Because of what you looked at lately",
        "categories": [category],
        "signals": [signal],
        "price": float(f"{rng.randrange(1, 900)}.{rng.randrange(100):02d}"),
        "image": f"https://cdn.example/{rng.randrange(10**12):x}.jpg",
        "url": f"/p/{rng.randrange(10**9)}",
        "advertiser": f"brand-{rng.randrange(20)}",
        "campaign": f"c-{rng.randrange(12)}",
        "stock": rng.randrange(100),
    }

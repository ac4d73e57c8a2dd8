"""Response bodies like a shop's, new ones each time: about 424 bytes an item.

Ids, prices, ages and brands are new in every body; titles and reasons are a catalogue's, which
come again and again. So do the combinations of signals, for a recommender has a few dozen ways to
choose; in ``mixed`` bodies they are combined freely, and most have never been seen before.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

ORDINARY = (
    "home.kitchen", "home.garden", "books.fiction", "books.cookery", "sports.running", "toys",
    "electronics.audio", "fashion.shoes", "food.pantry", "music.folk",
)  # fmt: skip
_OWN = (
    ("purchase_history", "observed"), ("cart", "observed"), ("search_history", "observed"),
    ("browsing_history", "observed"), ("watch_history", "observed"), ("likes", "declared"),
    ("profile", "declared"), ("purchase_history", "inferred"), ("search_history", "inferred"),
    ("likes", "inferred"), ("current_item", "observed"),
)  # fmt: skip
_PLACES = ("shop", "app", "letter", None)
_RNG = random.Random(24)
WAYS = (
    *((one,) for one in _OWN),
    *((_RNG.choice(_OWN), _RNG.choice(_OWN)) for _ in range(8)),
    *((_RNG.choice(_OWN), _RNG.choice(_OWN), _RNG.choice(_OWN)) for _ in range(5)),
)
"""The signals of each way in which a recommender of the benchmark chooses."""
_WORDS = (
    "Enamel Oak Linen Copper Woven Folding Quiet Narrow Bright Simple Heavy Small".split(),
    "Kettle Shelf Lamp Basket Chair Notebook Jacket Speaker Planter Blanket Bottle Clock".split(),
    "in green|in grey|with lid|for two|set of four|second edition|by the sea".split("|"),
)
TITLES = tuple(f"{a} {b.lower()} {c}" for a in _WORDS[0] for b in _WORDS[1] for c in _WORDS[2])
REASONS = tuple(
    f"{why} {what}"
    for why in ("Because of", "Goes well with", "Others chose it after", "More like")
    for what in ("what you bought lately", "your last order", "your list", "things in your basket")
)
NOSY = "We noticed what you looked at last night"


def body(count: int, share: float = 0.23, seed: int = 7) -> bytes:
    """A response with ``count`` items, ``share`` of them intrusive; the same for the same seed."""
    return next(bodies(count, share=share, seed=seed))


def bodies(
    count: int, *, share: float = 0.0, seed: int = 7, mixed: bool = False
) -> Iterator[bytes]:
    """Ever new responses of ``count`` items, ``share`` of which exceed a balanced tolerance.

    Of these a third is only said badly (its reason may go), a third is a guess about health by
    somebody else (it is replaced), a third is about belief (it has to go).
    """
    rng = random.Random(seed)
    while True:
        yield encoded([item(rng, how, mixed=mixed) for how in hows(count, share, rng)])


def bare(count: int, *, seed: int = 7, ids_only: bool = False) -> Iterator[bytes]:
    """Responses whose items say nothing of why they were chosen. ``ids_only``: nor of what."""
    rng = random.Random(seed)
    while True:
        items = [item(rng, "ordinary") for _ in range(count)]
        left_out = {"signals", "categories", "reason"}
        yield encoded(
            [
                {"id": one["id"]}
                if ids_only
                else {key: value for key, value in one.items() if key not in left_out}
                for one in items
            ]
        )


def encoded(items: Sequence[Mapping[str, Any]]) -> bytes:
    """The body that holds those items."""
    return json.dumps({"items": items}).encode()


def hows(count: int, share: float, rng: random.Random) -> list[str]:
    """Of each item what is wrong with it, in any order: exactly ``share`` of them, rounded."""
    wrong = round(count * share)
    listed = [("said", "guessed", "forbidden")[n % 3] for n in range(wrong)]
    listed += ["ordinary"] * (count - wrong)
    rng.shuffle(listed)
    return listed


def item(rng: random.Random, how: str, *, mixed: bool = False) -> dict[str, Any]:
    """One item. ``how``: ordinary, said (badly), guessed or forbidden."""
    category = rng.choice(ORDINARY)
    chosen = rng.choices(_OWN, k=rng.choice((1, 1, 2, 3))) if mixed else rng.choice(WAYS)
    signals = [_signal(rng, *one, category, mixed=mixed) for one in chosen]
    if how == "said":
        # Of what is on the page now much may be said.
        signals = [_signal(rng, *rng.choice(_OWN[:-1]), category, mixed=mixed)]
    if how in ("guessed", "forbidden"):
        category = "health.pregnancy" if how == "guessed" else "belief.religion"
        signals = [_signal(rng, "browsing_history", "inferred", category, party="third")]
    return {
        "id": f"sku-{rng.randrange(10**9)}",
        "kind": "recommendation",
        "title": rng.choice(TITLES),
        "reason": NOSY if how == "said" else rng.choice(REASONS),
        "categories": [category],
        "signals": signals,
        "price": float(f"{rng.randrange(1, 900)}.{rng.randrange(100):02d}"),
        "image": f"https://cdn.example/{rng.randrange(10**12):x}.jpg",
        "url": f"/p/{rng.randrange(10**9)}",
        "advertiser": f"brand-{rng.randrange(20)}",
        "campaign": f"c-{rng.randrange(12)}",
    }


def _signal(
    rng: random.Random,
    data: str,
    method: str,
    category: str,
    *,
    party: str = "first",
    mixed: bool = False,
) -> dict[str, Any]:
    place = rng.choice(_PLACES) if mixed else _PLACES[len(data) % len(_PLACES)]
    said = {
        "data": data,
        "method": method,
        "party": party,
        "context": place,
        "category": category,
        "age_seconds": rng.randrange(10_000),
    }
    return {key: value for key, value in said.items() if value is not None}

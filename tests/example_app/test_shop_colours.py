"""Every text can be read on what it stands on, in light and in dark."""

from __future__ import annotations

import re

import pytest
from shop_page import ROOT

CSS = (ROOT / "example_app" / "static" / "shop.css").read_text("utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
    for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
)
PAIRS = [
    *((text, ground) for text in ("ink", "soft", "brand") for ground in ("paper", "card")),
    *((v, g) for v in ("allow", "soften", "suppress", "backfill") for g in ("paper", "card")),
    *((v, f"{v}-tint") for v in ("allow", "soften", "suppress", "backfill")),
    ("paper", "brand"),
]


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out(scheme: dict[str, str], text: str, ground: str) -> None:
    """At least 4.5 to 1, as WCAG 2.2 asks at level AA (1.4.3)."""
    light, dark = sorted((luminance(scheme[text]), luminance(scheme[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5

"""What goes out when a response can't be judged."""

from __future__ import annotations

from guardrail.config import Settings
from guardrail.model import Customer
from guardrail.ruleset import Surface


def stated_on_failure(surface: Surface, settings: Settings) -> str | None:
    """What somebody wrote down for every customer alike: the surface's word, else the setting's."""
    return surface.on_failure or settings.on_failure


def on_failure(surface: Surface, settings: Settings, customer: Customer | None) -> str:
    """``pass`` or ``blank``: as stated, else a blank for ads, children and the opted out."""
    stated = stated_on_failure(surface, settings)
    if stated:
        return stated
    if surface.kind == "ad":
        return "blank"
    at_risk = customer and (customer.age_band == "child" or not customer.personalisation)
    return "blank" if at_risk else "pass"

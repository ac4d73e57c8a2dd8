"""What a customer may read: why something was chosen, never what was guessed about them."""

from guardrail.say.catalogue import LANGUAGES
from guardrail.say.why import Why, why

__all__ = ["LANGUAGES", "Why", "why"]

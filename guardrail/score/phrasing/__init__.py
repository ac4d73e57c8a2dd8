"""How copy gets personal, by language: tables of phrases, and the patterns made of them."""

from guardrail.score.phrasing.grammar import PhraseError, pattern_of, runs
from guardrail.score.phrasing.tongue import SHIPPED, Tongue, merged, tongues

__all__ = ["SHIPPED", "PhraseError", "Tongue", "merged", "pattern_of", "runs", "tongues"]

"""Tolerance and choices that the guard keeps for customers, in memory or in Redis."""

from guardrail.choices.by_customer import ChoicesByCustomer
from guardrail.choices.memory import MemoryChoices
from guardrail.choices.redis import RedisChoices
from guardrail.choices.store import NAMES, Choices

__all__ = ["NAMES", "Choices", "ChoicesByCustomer", "MemoryChoices", "RedisChoices"]

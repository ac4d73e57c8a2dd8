"""The kinds of rule: one file each, one row each in `KINDS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from guardrail.model import Signal
from guardrail.ruleset import Rule, When
from guardrail.score.kinds import (
    combination,
    context,
    frequency_cap,
    inference_depth,
    manner,
    repetition,
    sensitive_category,
    signal,
)
from guardrail.score.kinds.ground import UNKNOWN, Answer, Objection, Unknown
from guardrail.score.view import View
from guardrail.score.vocabulary import Vocabulary


class Kind(NamedTuple):
    """``concern``: the default concern for a rule's conditions. ``judge``: its answer on an item
    whose conditions hold; None for a cap and a repetition, which only the ledger can answer, and
    for a combination, which no single item can. ``owns_category``: it meets the `category`
    condition by itself.
    """

    concern: Callable[[When], str]
    judge: Callable[[Rule, View, Signal, Vocabulary], Answer] | None
    owns_category: bool = False


KINDS: Mapping[str, Kind] = {
    "sensitive_category": Kind(sensitive_category.concern, sensitive_category.judge, True),
    "inference_depth": Kind(inference_depth.concern, inference_depth.judge),
    "frequency_cap": Kind(frequency_cap.concern, None),
    "signal": Kind(signal.concern, signal.judge),
    "manner": Kind(manner.concern, manner.judge),
    "context": Kind(context.concern, context.judge),
    "combination": Kind(combination.concern, None),
    "repetition": Kind(repetition.concern, None),
}

__all__ = ["KINDS", "UNKNOWN", "Answer", "Kind", "Objection", "Unknown"]

"""The fixed words of rule files: every key whose value is one of a list."""

from __future__ import annotations

from typing import Annotated

from guardrail.model import (
    AGE_BANDS,
    CONCERNS,
    DATA_KINDS,
    KINDS,
    METHODS,
    MODES,
    PARTIES,
    PRECISIONS,
    PURPOSES,
)
from guardrail.rulefile.fields import Choice, ParsedText, say, wrong
from guardrail.rulefile.suggest import did_you_mean
from guardrail.ruleset import CAP_SCOPES, REPETITION_SCOPES, TREATMENTS, UNKNOWN
from guardrail.say import LANGUAGES

_NO_LABEL = "there is no such treatment, a label softens next to nothing; explain is the nearest"
_NO_SUPPRESS = "what no treatment softens is suppressed anyway; leave it out"
Mode = Annotated[str, Choice("mode", MODES)]
Kind = Annotated[str, Choice("kind of item", KINDS)]
Purpose = Annotated[str, Choice("purpose", PURPOSES)]
Data = Annotated[str, Choice("kind of data", DATA_KINDS)]
Method = Annotated[str, Choice("method", METHODS)]
Party = Annotated[str, Choice("party", PARTIES)]
Precision = Annotated[str, Choice("precision", PRECISIONS)]
Treatment = Annotated[
    str,
    Choice("treatment", TREATMENTS, {"label": _NO_LABEL, "suppress": _NO_SUPPRESS}),
]
DataOrUnknown = Annotated[str, Choice("kind of data", DATA_KINDS | {UNKNOWN})]
MethodOrUnknown = Annotated[str, Choice("method", METHODS | {UNKNOWN})]
PartyOrUnknown = Annotated[str, Choice("party", PARTIES | {UNKNOWN})]
PrecisionOrUnknown = Annotated[str, Choice("precision", PRECISIONS | {UNKNOWN})]
AgeBand = Annotated[str, Choice("age band", AGE_BANDS)]


Mention = Annotated[str, Choice("mention", ("person", "place"))]
Concern = Annotated[str, Choice("concern", CONCERNS)]
Action = Annotated[str, Choice("action", ("score", "soften", "suppress"))]
MissingFact = Annotated[str, Choice("answer to a missing fact", ("skip", "apply"))]
Layer = Annotated[str, Choice("layer", ("rule", "floor"))]


def _softened(value: str) -> str:
    """One treatment, or the two that were needed."""
    for name in value.split("+", 1):
        if name not in TREATMENTS:
            raise wrong(f"{say(name)} is no treatment{did_you_mean(name, TREATMENTS)}")
    return value


SoftenedBy = Annotated[str, ParsedText(_softened, examples=["drop_reason", "drop_reason+coarsen"])]
Language = Annotated[str, Choice("language", LANGUAGES)]
CapScope = Annotated[str, Choice("scope of a cap", CAP_SCOPES)]
RepetitionScope = Annotated[str, Choice("scope of a repetition", REPETITION_SCOPES)]
InterestShare = Annotated[str, Choice("share of an impression", ("half", "whole"))]
CapFailure = Annotated[str, Choice("answer to a failure", ("allow", "suppress"))]

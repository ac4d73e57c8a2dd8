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
from guardrail.rulefile.fields import Choice
from guardrail.ruleset import CAP_SCOPES, TREATMENTS, UNKNOWN

_NO_SUCH_TREATMENT = f"this version has no such treatment; it has {', '.join(TREATMENTS)}"
Mode = Annotated[str, Choice("mode", MODES)]
Kind = Annotated[str, Choice("kind of item", KINDS)]
Purpose = Annotated[str, Choice("purpose", PURPOSES)]
Data = Annotated[str, Choice("kind of data", DATA_KINDS)]
Method = Annotated[str, Choice("method", METHODS)]
Party = Annotated[str, Choice("party", PARTIES)]
Precision = Annotated[str, Choice("precision", PRECISIONS)]
Treatment = Annotated[
    str,
    Choice(
        "treatment",
        TREATMENTS,
        dict.fromkeys(("generalise", "label", "explain", "delay"), _NO_SUCH_TREATMENT),
    ),
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
CapScope = Annotated[str, Choice("scope of a cap", CAP_SCOPES)]
CapFailure = Annotated[str, Choice("answer to a failure", ("allow", "suppress"))]

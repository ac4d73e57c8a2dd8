"""The shape of a test file: what is given, and what is expected."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from guardrail.model import VERDICTS
from guardrail.rulefile.fields import Choice, Flag, Parsed, ParsedText, Strict, Text, say, wrong
from guardrail.rulefile.values import (
    Category,
    Duration,
    Jurisdiction,
    Name,
    RuleId,
    comparison,
)
from guardrail.rulefile.words import AgeBand, Data, SoftenedBy
from guardrail.ruleset import UNKNOWN, Comparison


def _moment(value: str) -> int:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise wrong(f"{say(value)} is no ISO time; write 2026-11-22T10:00:00Z") from None
    if moment.tzinfo is None:
        raise wrong(f"{say(value)} has no time zone; write Z behind it for UTC")
    return round(moment.timestamp() * 1000)


Moment = Annotated[int, ParsedText(_moment, format="date-time")]
"""An ISO time with a zone, as epoch milliseconds."""


def _score(value: Any) -> tuple[Comparison, ...]:
    """Bounds on a score: a number, a comparison, ``[lowest, highest]`` or ``{min, max}``."""
    if isinstance(value, dict) and value and not set(value) - {"min", "max"}:
        low, high = value.get("min", 0), value.get("max", 100)
    elif isinstance(value, list) and len(value) == 2:
        low, high = value
    elif isinstance(value, (dict, list)):
        raise wrong('a score is a number, ">=60", [lowest, highest] or {min: 0, max: 60}')
    else:
        found = comparison(value)
        if found.op == UNKNOWN:
            raise wrong("a score is never unknown; write a number")
        return (found,)
    for end in (low, high):
        if isinstance(end, bool) or not isinstance(end, (int, float)):
            raise wrong(f"a bound of a score is a number, not {say(end)}")
    if low > high:
        raise wrong(f"no score is between {say(low)} and {say(high)}; put the lower first")
    return (Comparison(">=", float(low)), Comparison("<=", float(high)))


_SCORE_SCHEMA = [
    {"type": ["number", "string"]},
    {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    {"type": "object", "properties": {"min": {"type": "number"}, "max": {"type": "number"}}},
]
ScoreBounds = Annotated[tuple[Comparison, ...], Parsed(_score, anyOf=_SCORE_SCHEMA)]
VerdictWord = Annotated[str, Choice("verdict", VERDICTS)]


class HoldModel(Strict):
    """A subject that the customer does not want to meet until a moment."""

    category: Category
    until: Moment | None = None


def _tolerance(value: Any) -> Any:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if isinstance(value, str) or (number and 0 <= value <= 100):
        return value
    raise wrong(f"tolerance is a preset's name or a number from 0 to 100, not {say(value)}")


class CustomerModel(Strict):
    """The customer, as the app would say it."""

    id: Text | None = None
    tolerance: Annotated[Any, AfterValidator(_tolerance)] = None
    age_band: AgeBand | None = None
    jurisdiction: Jurisdiction | None = None
    gpc: Flag | None = None
    personalisation: Flag | None = None
    consent: dict[str, Flag] | None = None
    topics_off: list[Category] | None = None
    sources_off: list[Data] | None = None
    holds: list[HoldModel] | None = None
    group: dict[str, Text] | None = None
    names: list[Text] | None = None
    places: list[Text] | None = None


class GivenModel(Strict):
    """One shelf for one customer. ``seen``: impressions, each an item with ``at`` or ``ago``."""

    surface: Name = "default"
    customer: CustomerModel | None = None
    items: Annotated[list[dict[str, Any]], Field(min_length=1)]
    seen: list[dict[str, Any]] = Field(default_factory=list)
    now: Moment | None = None


class ExpectedModel(Strict):
    """What is expected of one item; what is left out may be anything."""

    verdict: VerdictWord | None = None
    treatment: SoftenedBy | None = None
    rules: list[RuleId] = Field(default_factory=list)
    score: ScoreBounds | None = None

    @model_validator(mode="before")
    @classmethod
    def _verdict_alone(cls, value: Any) -> Any:
        if value == {}:
            raise wrong("nothing is expected; say verdict, treatment, rules or score")
        return {"verdict": value} if isinstance(value, str) else value


class CaseModel(Strict):
    """One test."""

    name: Text
    given: GivenModel
    expect: Annotated[dict[str, ExpectedModel], Field(min_length=1)]


class TestFileModel(Strict):
    """A test file as a whole."""

    __test__ = False

    guardrail: Literal[1]
    tests: Annotated[list[CaseModel], Field(min_length=1)]


class SeenWhen(Strict):
    """When an impression was: exactly one of the two."""

    at: Moment | None = None
    ago: Duration | None = None

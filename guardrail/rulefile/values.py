"""The values that rule files speak in: durations, comparisons, categories, places, paths."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator

from guardrail import taxonomy
from guardrail.extract.openrtb import ATTRIBUTES, OWN_ATTRIBUTES
from guardrail.extract.paths import field_path, items_path, joined_paths
from guardrail.rulefile.fields import (
    Choice,
    OneOrMany,
    Parsed,
    ParsedText,
    as_written,
    say,
    wrong,
    wrong_at,
)
from guardrail.rulefile.suggest import did_you_mean, nearest
from guardrail.rulefile.tree import WrittenFloat, WrittenInt
from guardrail.ruleset import UNKNOWN, Comparison

LONGEST_DAYS = 3650
"""Durations stay far below what any ledger can count in milliseconds."""

_DURATION = re.compile(r"([1-9][0-9]{0,8})([smhd])")
_WHOLE = re.compile(r"[1-9][0-9]*")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_COMPARED = re.compile(r"(>=|<=|==|>|<|=)?\s*([0-9]{1,15}(?:\.[0-9]{1,15})?)")
_JURISDICTION = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")
_NOT_ISO = {"UK": "GB", "EL": "GR"}
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_RULE_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def _seconds(value: str) -> int:
    found = _DURATION.fullmatch(value)
    if found:
        seconds = int(found[1]) * _SECONDS[found[2]]
        if seconds > LONGEST_DAYS * _SECONDS["d"]:
            raise wrong(f"{say(value)} is longer than {LONGEST_DAYS}d; that is for ever")
        return seconds
    if _WHOLE.fullmatch(value):
        raise wrong(f"{value} has no unit; write {value}s, {value}m, {value}h or {value}d")
    raise wrong(f"{say(value)} is no duration; write a whole number above 0 and s, m, h or d: 24h")


Duration = Annotated[int, ParsedText(_seconds, pattern="^[1-9][0-9]*[smhd]$", examples=["24h"])]
"""A span of time as whole seconds."""


def _curve(value: Any) -> tuple[tuple[int, float], ...]:
    if not isinstance(value, dict) or not value:
        raise wrong("a curve is a mapping of impressions to weights: {3: 10, 5: 45, 10: 75}")
    points: list[tuple[int, float]] = []
    bad: dict[tuple[int | str, ...], str] = {}
    for times, weight in value.items():
        number = isinstance(weight, (int, float)) and not isinstance(weight, bool)
        if not _WHOLE.fullmatch(times) or len(times) > 3:
            bad[(times,)] = f"{say(times)} is no number of impressions; write 1 to 999"
        elif not number or not 0 <= weight <= 100:
            bad[(times,)] = f"a weight is a number from 0 to 100, not {say(weight)}"
        else:
            points.append((int(times), float(weight)))
    for (fewer, lighter), (more, heavier) in pairwise(points):
        if more <= fewer:
            bad.setdefault((str(more),), f"{more} stands after {fewer}; the points ascend")
        elif heavier < lighter:
            text = f"{more} impressions weigh less than {fewer}; a curve never falls"
            bad.setdefault((str(more),), text)
    if bad:
        raise wrong_at(bad)
    return tuple(points)


Curve = Annotated[
    tuple[tuple[int, float], ...],
    Parsed(
        _curve,
        type="object",
        minProperties=1,
        propertyNames={"pattern": "^[1-9][0-9]{0,2}$"},
        additionalProperties={"type": "number", "minimum": 0, "maximum": 100},
    ),
]
"""(impressions, weight), ascending in both."""


def comparison(value: Any) -> Comparison:
    """A number, ``">=3"`` or ``unknown`` as a comparison; raises a validation error."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise wrong(f'must be a number, a comparison such as ">=3", or unknown; not {say(value)}')
    text = value.text if isinstance(value, (WrittenInt, WrittenFloat)) else str(value).strip()
    if text == UNKNOWN:
        return Comparison(UNKNOWN)
    found = _COMPARED.fullmatch(text)
    if found is None:
        raise wrong(
            f"{say(value)} is no condition on a number; write a number, a comparison such as "
            '">=3", ">3", "<=3" or "<3", or unknown'
        )
    op = found[1] or "=="
    if op == "<" and float(found[2]) == 0:
        raise wrong(f"{say(value)} can never hold; the number is never below 0")
    return Comparison("==" if op == "=" else op, float(found[2]))


_NUMBER_SCHEMA = [
    {"type": "number", "minimum": 0},
    {"type": "string", "pattern": r"^((>=|<=|==|>|<|=)?\s*[0-9]+(\.[0-9]+)?|unknown)$"},
]
NumberCondition = Annotated[
    list[Annotated[Comparison, Parsed(comparison, anyOf=_NUMBER_SCHEMA)]], OneOrMany()
]


def _slug(value: str) -> str:
    lowered = value.lower()
    if taxonomy.is_slug(lowered):
        return lowered
    raise wrong(
        f"{say(value)} is no category slug; write lower-case words joined by dots: health.pregnancy"
    )


Slug = Annotated[str, ParsedText(_slug, examples=["health.pregnancy"])]
"""A category of our own vocabulary, in lower case."""


def _category(value: str) -> str:
    lowered = value.lower()
    if taxonomy.is_slug(lowered):
        return lowered
    pair = taxonomy.split(lowered)
    if pair is None:
        example = f"iab-content-2.2:{value if _WHOLE.fullmatch(value) else 305}"
        if taxonomy.known("iab-content-1.0", value):
            example = f"iab-content-1.0:{value}"
        raise wrong(
            f"{say(value)} is neither a slug nor taxonomy:id; ids collide between taxonomies, "
            f"so write the taxonomy too: {example}"
        )
    name, node = pair
    _check_taxonomy(name)
    why = _not_listed(name, node)
    if why is not None:
        raise wrong(why)
    return f"{name}:{node}"


Category = Annotated[
    str, ParsedText(_category, examples=["health.pregnancy", "iab-content-2.2:305"])
]
"""A slug or ``taxonomy:id``, both known to be possible, in lower case."""


def _check_taxonomy(name: str) -> str:
    if name not in taxonomy.TAXONOMIES:
        raise wrong(f"{say(name)} is no taxonomy{did_you_mean(name, taxonomy.TAXONOMIES)}")
    return name


def _not_listed(name: str, node: str) -> str | None:
    """Why an id is none of its taxonomy; None when it is, or may be."""
    if taxonomy.known(name, node) is not False:
        return None
    elsewhere = sorted(t for t in taxonomy.TAXONOMIES if taxonomy.known(t, node))
    if elsewhere:
        return f"{name} has no id {node!r}; it is an id of {', '.join(elsewhere)}"
    near = nearest(node, taxonomy.ids(name))
    return f"{name} has no id {node!r}" + (f"; did you mean {near!r}?" if near else "")


def _node_id(value: Any) -> str:
    if isinstance(value, WrittenInt) or (isinstance(value, str) and value.strip()):
        return str(as_written(value)).lower()
    raise wrong(f"an id is a whole number or text, not {say(value)}")


NodeId = Annotated[str, Parsed(_node_id, type=["integer", "string"])]


def _listed_ids(ids: dict[str, list[str]]) -> dict[str, list[str]]:
    places: dict[tuple[int | str, ...], str] = {
        (name, index): why
        for name, nodes in ids.items()
        for index, node in enumerate(nodes)
        if (why := _not_listed(name, node)) is not None
    }
    if places:
        raise wrong_at(places)
    return ids


TaxonomyName = Annotated[str, ParsedText(_check_taxonomy, enum=sorted(taxonomy.TAXONOMIES))]
CategoryIds = Annotated[dict[TaxonomyName, list[NodeId]], AfterValidator(_listed_ids)]
"""Taxonomy -> ids in lower case, all of them listed where the taxonomy's ids are."""


def _jurisdiction(value: str) -> str:
    if value == UNKNOWN:
        return value
    upper = value.upper()
    if upper in _NOT_ISO:
        raise wrong(f"{say(value)} is no ISO country code; did you mean {_NOT_ISO[upper]!r}?")
    if _JURISDICTION.fullmatch(value):
        return value
    meant = f"; did you mean {upper!r}?" if _JURISDICTION.fullmatch(upper) else ""
    raise wrong(f"{say(value)} is no jurisdiction such as DE, US-CA, EU or US{meant}")


Jurisdiction = Annotated[str, ParsedText(_jurisdiction, examples=["EU", "US-CA"])]


def _rule_id(value: str) -> str:
    if _RULE_ID.fullmatch(value):
        return value
    raise wrong(f"{say(value)} is no rule id; use lower-case letters, digits, '.', '_' and '-'")


RuleId = Annotated[str, ParsedText(_rule_id, pattern="^[a-z0-9][a-z0-9._-]*$")]


def _name(value: str) -> str:
    if _NAME.fullmatch(value):
        return value
    raise wrong(f"{say(value)} is no name; use letters, digits, '_' and '-', a letter first")


Name = Annotated[str, ParsedText(_name, pattern="^[A-Za-z][A-Za-z0-9_-]*$")]
HttpMethod = Annotated[str, Choice("request method", _METHODS)]


def _match_path(value: str) -> str:
    if not value.startswith("/"):
        raise wrong(f"{say(value)} must begin with '/'; it is matched on SCRIPT_NAME + PATH_INFO")
    if "?" in value or "#" in value:
        raise wrong(f"{say(value)} has a query or fragment; a path is matched without them")
    for segment in value.split("/"):
        if "*" in segment and segment not in ("*", "**"):
            raise wrong(f"{segment!r}: '*' stands for one whole segment, '**' for any number")
    return value


MatchPath = Annotated[str, ParsedText(_match_path, pattern="^/", examples=["/api/recommendations"])]


def _path(parse: Callable[[str], object], value: str) -> str:
    try:
        parse(value)
    except ValueError as error:
        raise wrong(str(error)) from None
    return value


def _items_path(value: Any) -> str:
    listed = [as_written(one) for one in (value if isinstance(value, list) else [value])]
    texts = [one for one in listed if isinstance(one, str)]
    if not texts or len(texts) < len(listed):
        raise wrong(f"must be a path, or a list of paths; not {say(value)}")
    for text in texts:
        _path(items_path, text)
    return _path(items_path, joined_paths(texts))


_ONE_PATH = {"type": "string", "examples": ["items", "results[].hits", "."]}
ItemsPath = Annotated[
    str,
    Parsed(_items_path, anyOf=[_ONE_PATH, {"type": "array", "items": _ONE_PATH, "minItems": 1}]),
]
"""Where the items are; several places as one text."""
FieldPath = Annotated[
    str, ParsedText(partial(_path, field_path), examples=["sku", "taxonomy.labels"])
]


def _attribute(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        if value in ATTRIBUTES.values() or value >= OWN_ATTRIBUTES:
            return int(value)
        raise wrong(
            f"{say(value)} is no creative attribute; the codes are 1 to "
            f"{max(ATTRIBUTES.values())}, an exchange's own begin at {OWN_ATTRIBUTES}"
        )
    if isinstance(value, str) and value.strip() in ATTRIBUTES:
        return ATTRIBUTES[value.strip()]
    known = tuple(ATTRIBUTES)
    raise wrong(f"{say(value)} is no creative attribute{did_you_mean(str(value), known)}")


Attribute = Annotated[
    int,
    Parsed(
        _attribute,
        anyOf=[{"type": "string", "enum": list(ATTRIBUTES)}, {"type": "integer", "minimum": 1}],
    ),
]
"""A creative attribute of OpenRTB, by its name or its code."""


def _campaign_pattern(value: str) -> str:
    if "*" in value[:-1]:
        raise wrong(f"{say(value)}: '*' stands only at the end of a campaign's name, for any rest")
    return value


CampaignPattern = Annotated[str, ParsedText(_campaign_pattern, examples=["c-42", "co-purchase-*"])]
"""The name of a campaign; ``*`` at its end is any ending."""

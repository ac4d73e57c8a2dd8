"""What an app says of its customer, read so that nothing impossible ever crashes a page.

A value that can't be meant is replaced by the protective one and reported as a problem; problems
name the key, never the value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from guardrail.model import AGE_BANDS, Customer, Hold
from guardrail.ruleset import RuleSet

IMPOSSIBLE = "(impossible)"
CHOICE_KEYS = frozenset(
    "tolerance personalisation consent topics_off sources_off holds "
    "age_band jurisdiction gpc".split()
)

_SIMPLE = frozenset({bool, float, int, str, type(None)})
_OF_THIS_PERSON = frozenset("consent topics_off sources_off holds names name places".split())
_OF_A_SORT = ("tolerance", "age_band", "jurisdiction", "gpc", "personalisation")
_SORTS_KNOWN = 1_024


def customer_id(raw: object) -> str | None:
    """The id in what an app gave (an id or a customer dict), None where there is none."""
    # A plain dict needs no asking of the abstract classes.
    if type(raw) is dict or (not isinstance(raw, str) and isinstance(raw, Mapping)):
        raw = raw.get("id")
    if type(raw) is str:
        return raw or None
    if isinstance(raw, bool) or not isinstance(raw, (str, int)) or raw == "":
        return None
    return str(raw)


def read_customer(raw: object, *, gpc: bool = False) -> tuple[Customer, tuple[str, ...]]:
    """A customer (without pseudonym) and the problems found; never raises.

    ``raw``: a dict of contract section 2, an id, or None. ``gpc``: the request said
    ``Sec-GPC: 1``, which can only add protection.
    """
    if raw is None:
        return Customer(gpc=gpc, known=False), ()
    if type(raw) is not dict and not isinstance(raw, Mapping):
        if customer_id(raw) is None:
            return Customer(gpc=gpc, known=False), (
                "customer: neither an id nor a customer object",
            )
        return Customer(gpc=gpc), ()
    get = raw.get
    ident = get("id")
    named = bool(ident) if type(ident) is str else customer_id(raw) is not None
    if named and _OF_THIS_PERSON.isdisjoint(raw):
        said = [*map(get, _OF_A_SORT)]
        # Two values of another type may be equal and yet not mean the same.
        if _SIMPLE.issuperset(map(type, said)):
            return _of_a_sort(*said, gpc)
    return _carefully(raw, gpc=gpc)


@lru_cache(maxsize=_SORTS_KNOWN, typed=True)
def _of_a_sort(  # noqa: PLR0917 - told apart by type, which only works for what stands alone
    tolerance: Any, age_band: Any, jurisdiction: Any, said_gpc: Any, personalisation: Any, gpc: bool
) -> tuple[Customer, tuple[str, ...]]:
    """A customer of whom nothing is said that is theirs alone: there are few sorts of them.

    No id and no name is remembered here; all that is said of a customer stands in the key.
    """
    raw = {
        "id": "-",
        "tolerance": tolerance,
        "age_band": age_band,
        "jurisdiction": jurisdiction,
        "gpc": said_gpc,
        "personalisation": personalisation,
    }
    return _carefully(raw, gpc=gpc)


def _carefully(raw: Mapping[str, Any], *, gpc: bool) -> tuple[Customer, tuple[str, ...]]:
    """A customer object read key by key."""
    reader = _Reader(raw)
    customer = Customer(
        tolerance=reader.tolerance(),
        age_band=reader.age_band(),
        jurisdiction=reader.jurisdiction(),
        gpc=gpc or reader.flag("gpc", absent=False, impossible=True),
        personalisation=reader.flag("personalisation", absent=True, impossible=False),
        consent=reader.consent(),
        topics_off=reader.texts("topics_off"),
        sources_off=reader.texts("sources_off"),
        holds=reader.holds(),
        names=reader.texts("names") + reader.texts("name", lower=False),
        places=reader.texts("places", lower=False),
        known=customer_id(raw) is not None,
    )
    if "id" in raw and raw["id"] is not None and customer_id(raw) is None:
        reader.problems.append("customer.id: an id is a text or a whole number")
    return customer, tuple(reader.problems)


def resolve_tolerance(customer: Customer, ruleset: RuleSet) -> tuple[float, str | None]:
    """The tolerance as a number 0-100, and a problem where the named preset does not exist.

    An impossible tolerance gives the strictest preset: a guess must not be permissive.
    """
    asked = customer.tolerance
    if asked is None:
        usual = ruleset.presets[ruleset.default_preset]
        return _regional(customer.jurisdiction, ruleset.regions, usual), None
    if not isinstance(asked, str):
        return asked, None
    if asked in ruleset.presets:
        return ruleset.presets[asked], None
    if asked == IMPOSSIBLE:
        return ruleset.strictest, None
    presets = ", ".join(ruleset.presets)
    return ruleset.strictest, f"customer.tolerance: no such preset; presets are {presets}"


def _regional(where: str | None, regions: Mapping[str, float], usual: float) -> float:
    """What holds in a region (``US-CA``), else in its country (``US``), else everywhere."""
    place = where or ""
    return regions.get(place, regions.get(place.split("-", 1)[0], usual))


def merge_choices(app: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """What the app says, completed by the choices that the guard keeps. Any refusal counts.

    Where both name one value (tolerance, age band, jurisdiction), the app's holds.
    """
    out = {**kept, **{k: v for k, v in app.items() if v is not None}}
    for key in ("topics_off", "sources_off", "holds"):
        both = [*_as_list(app.get(key)), *_as_list(kept.get(key))]
        if both:
            out[key] = both
    if app.get("personalisation") is False or kept.get("personalisation") is False:
        out["personalisation"] = False
    if app.get("gpc") or kept.get("gpc"):
        out["gpc"] = True
    ours, theirs = kept.get("consent"), app.get("consent")
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        names = {*ours, *theirs}
        out["consent"] = {n: all(c.get(n, True) is True for c in (ours, theirs)) for n in names}
    return out


def _as_list(value: object) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]


class _Reader:
    """Reads one customer dict key by key, collecting problems."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = raw
        self.problems: list[str] = []

    def _problem(self, key: str, right: str) -> None:
        self.problems.append(f"customer.{key}: {right}")

    def tolerance(self) -> str | float | None:
        value = self._raw.get("tolerance")
        if value is None or isinstance(value, str):
            return value
        a_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if a_number and math.isfinite(value) and 0 <= value <= 100:
            return float(value)
        self._problem(
            "tolerance", "a preset's name or a number from 0 to 100; the strictest preset holds"
        )
        return IMPOSSIBLE

    def age_band(self) -> str | None:
        value = self._raw.get("age_band")
        if value is None or (isinstance(value, str) and value in AGE_BANDS):
            return value
        self._problem("age_band", f"one of {', '.join(sorted(AGE_BANDS))}")
        return None

    def jurisdiction(self) -> str | None:
        value = self._raw.get("jurisdiction")
        if value is None:
            return None
        if isinstance(value, str) and value:
            return value.upper()
        self._problem("jurisdiction", "a country or region code such as DE or US-CA")
        return None

    def flag(self, key: str, *, absent: bool, impossible: bool) -> bool:
        value = self._raw.get(key)
        if value is None:
            return absent
        if isinstance(value, bool):
            return value
        self._problem(key, f"true or false; {str(impossible).lower()} holds")
        return impossible

    def texts(self, key: str, *, lower: bool = True) -> tuple[str, ...]:
        listed = _as_list(self._raw.get(key))
        good = [v for v in listed if isinstance(v, str) and v]
        if len(good) != len(listed):
            self._problem(key, "a list of texts")
        return tuple(v.lower() if lower else v for v in good)

    def consent(self) -> tuple[tuple[str, bool], ...]:
        value = self._raw.get("consent")
        if value is None:
            return ()
        if not isinstance(value, Mapping):
            self._problem("consent", 'an object such as {"health": false}')
            return ()
        if any(not isinstance(v, bool) for v in value.values()):
            self._problem(
                "consent", "each consent is true or false; anything else counts as refused"
            )
        return tuple(sorted((str(k).lower(), v is True) for k, v in value.items()))

    def holds(self) -> tuple[Hold, ...]:
        held = []
        for entry in _as_list(self._raw.get("holds")):
            category = entry.get("category") if isinstance(entry, Mapping) else entry
            if not isinstance(category, str) or not category:
                self._problem("holds", 'a list of {"category": slug, "until": ISO time}')
                continue
            until = entry.get("until") if isinstance(entry, Mapping) else None
            held.append(Hold(category.lower(), self._moment(until)))
        return tuple(held)

    def _moment(self, value: object) -> int | None:
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(str(value))
            return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
        except (ValueError, OverflowError):
            self._problem(
                "holds", "until is an ISO time such as 2027-01-01T00:00:00Z; held without end"
            )
            return None

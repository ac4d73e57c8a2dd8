"""A table of one's own: each row is an item in our terms, with what people said of it.

Above the header may stand ``# name:``, ``# kind:`` (``shares``, ``ratings`` or ``practices``) and
``# scale: -100..100`` (from welcome to not at all: give the two ends in that order, ``100..-100``
where a high number means approval).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from guardrail.evidence.case import Case, DataSet, case
from guardrail.evidence.coding import data_of, purpose_of
from guardrail.evidence.table import EvidenceError, Table, is_number, number
from guardrail.model import KINDS, METHODS, PARTIES, Signal

DATA_SET_KINDS = ("shares", "ratings", "practices")


def own_cases(table: Table) -> Iterator[DataSet]:
    """The table as one data set. Raises `EvidenceError`."""
    kind = table.facts.get("kind", "shares")
    if kind not in DATA_SET_KINDS:
        raise EvidenceError(f"{table.name}: # kind: is one of {', '.join(DATA_SET_KINDS)}")
    mild, severe = _scale(table)
    cases = []
    for row in table.rated("rating"):
        rating = 100 * (number(row["rating"]) - mild) / (severe - mild)
        cases.append(_case(table.name, row, rating))
    yield DataSet(table.name, kind, tuple(cases))


def _scale(table: Table) -> tuple[float, float]:
    mild, _, severe = table.facts.get("scale", "0..100").partition("..")
    if not (is_number(mild) and is_number(severe)) or number(mild) == number(severe):
        raise EvidenceError(f"{table.name}: # scale: is two numbers such as 0..100 or 100..-100")
    return number(mild), number(severe)


def _one_of(name: str, row: Mapping[str, str], key: str, known: frozenset[str]) -> str | None:
    value = row.get(key, "")
    if value and value not in known:
        raise EvidenceError(f"{name}: row {row['id']}: {key} is one of {', '.join(sorted(known))}")
    return value or None


def _case(name: str, row: Mapping[str, str], rating: float) -> Case:
    signals = []
    if row["data"]:
        signals = [
            Signal(
                data=data_of(row["data"]),
                method=_one_of(name, row, "method", METHODS) or "observed",
                party=_one_of(name, row, "party", PARTIES) or "first",
                context=row.get("context") or None,
            )
        ]
    return case(
        row["id"],
        row.get("label") or row["id"],
        signals,
        kind=_one_of(name, row, "kind", KINDS) or "recommendation",
        purpose=purpose_of(row["purpose"]) if row.get("purpose") else None,
        vertical=row.get("vertical") or None,
        title=row.get("title") or None,
        reason=row.get("reason") or None,
        categories=(row["category"],) if row.get("category") else (),
        rating=rating,
        group=row.get("group", ""),
        own=row.get("own") or None,
    )

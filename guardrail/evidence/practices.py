"""Surveys on practices of personalization: how many find each one creepy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from guardrail.evidence.case import Case, DataSet, case
from guardrail.evidence.coding import data_of, said
from guardrail.evidence.table import Table, is_number, number
from guardrail.model import Signal

# Words of the practice itself that tell more than its coded source.
_TOLD_BY_TEXT = frozenset({"cart", "age"})
_ON_THE_PAGE = frozenset({"contextual", "user_initiated", "current_item"})
_ELSEWHERE = frozenset({"third_party", "cross_site"})


def practices(table: Table) -> Iterator[DataSet]:
    """Two data sets: by percent who find it creepy, and, where that is missing, by percent who do
    not find it cool. Cases are compared within one survey.
    """
    creepy = [row for row in table.rows if is_number(row["pct_creepy"])]
    cases = tuple(_practice(row, number(row["pct_creepy"])) for row in creepy)
    yield DataSet(table.name, "practices", cases)
    surveys = {row["survey_id"] for row in table.rows if not is_number(row["pct_creepy"])}
    not_cool = [
        row
        for row in table.rows
        if row["survey_id"] in surveys and is_number(row.get("pct_cool", ""))
    ]
    if not_cool:
        cases = tuple(_practice(row, 100 - number(row["pct_cool"])) for row in not_cool)
        yield DataSet(f"{table.name} not cool", "practices", cases)


def _practice(row: Mapping[str, str], rating: float) -> Case:
    text = row["practice"]
    named = row.get("identity_feature") == "named"
    visited = row.get("location_feature") == "visited_place"
    reason = "You visited Lakeside Park" if visited else "Just for you, Anna" if named else None
    return case(
        f"{row['survey_id']}: {text}",
        text,
        _signals(text, row),
        kind="ad" if said(text).intersection({"ad", "ads"}) else "recommendation",
        vertical=_vertical(row),
        reason=reason,
        rating=rating,
        group=row["survey_id"],
    )


def _vertical(row: Mapping[str, str]) -> str | None:
    """A practice of the shop itself happens where people expect a shop."""
    if row.get("location_feature") == "in_store":
        return "shop floor"
    return "shop" if row.get("context_feature") == "same_context" else None


def _signals(text: str, row: Mapping[str, str]) -> list[Signal]:
    coded = row.get("data_source_feature", "") or text
    tells = said(f"{coded} {row.get('context_feature', '')}")
    if "private_space" in tells:
        # What is around somebody in private is not what is on a page: a device has to sense it.
        return [Signal(data="device", method="observed", party="first")]
    if tells & _ON_THE_PAGE:
        return [Signal(data="current_item", method="observed", party="first")]
    party = "third" if tells & _ELSEWHERE else "first"
    method = "inferred" if "inferred" in tells else "observed"
    if "stated" in tells or "declared" in tells:
        method = "declared"
    told, by_feature = data_of(text), data_of(coded)
    kinds = [told if told in _TOLD_BY_TEXT or by_feature == "other" else by_feature]
    if {"browse", "purchase"} <= tells:
        kinds = ["browsing_history", "purchase_history"]
    return [Signal(data=kind, method=method, party=party) for kind in kinds]

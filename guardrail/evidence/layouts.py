"""Tables of published ratings, known by their columns: whoever adds a file in one of these layouts
need not say what it is.

| layout | columns that tell it |
|---|---|
| ``acceptability`` | ``topic``, ``item``, and ``pct_unacceptable_XX`` for each country |
| ``joint`` | ``data``, ``purpose``, and ``pct_rejecting_either_XX`` for each country |
| ``flows`` | ``info_type``, ``actor``, ``use``, ``mean_rating`` |
| ``practices`` | ``survey_id``, ``practice``, ``pct_creepy`` |
| ``texts`` | ``removed_interest`` (sensitive) or ``topic`` (harmless) |
| ``cases`` | ``id``, ``rating``, ``data``, see `guardrail.evidence.own_cases` |
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from guardrail.evidence.case import Case, DataSet, case
from guardrail.evidence.coding import data_of, purpose_of
from guardrail.evidence.own_cases import own_cases
from guardrail.evidence.practices import practices
from guardrail.evidence.table import Table, number
from guardrail.model import Signal

_UNACCEPTABLE = "pct_unacceptable_"
_EITHER = "pct_rejecting_either_"
SERVICES = "service"
_SECOND_HAND = frozenset({"secondary_third_party", "third_party", "secondary"})


def _first(data: str) -> Signal:
    """What the place itself learned: declared where only a person can say it, else observed."""
    return Signal(data=data, method="declared", party="first")


def _acceptability(table: Table) -> Iterator[DataSet]:
    for column in table.columns:
        if column.startswith(_UNACCEPTABLE):
            cases = tuple(_question(row, column) for row in table.rated(column))
            yield DataSet(f"{table.name} {column.removeprefix(_UNACCEPTABLE)}", "shares", cases)


def _question(row: Mapping[str, str], column: str) -> Case:
    name = row["item"]
    rating = number(row[column])
    if SERVICES in row["topic"]:
        # Nobody was told which data: what is left is what it is for.
        about = Signal(method="declared", party="first")
        return case(name, name, [about], purpose=purpose_of(name), rating=rating)
    return case(name, name, [_first(data_of(name))], rating=rating)


def _joint(table: Table) -> Iterator[DataSet]:
    columns = [c for c in table.columns if c.startswith(_EITHER)]
    rows = table.rated(*columns)
    yield DataSet(f"{table.name} mean", "shares", tuple(_pair(row, columns) for row in rows))
    if len(columns) > 1:
        for column in columns:
            cases = tuple(_pair(row, [column]) for row in rows)
            yield DataSet(f"{table.name} {column.removeprefix(_EITHER)}", "shares", cases)


def _pair(row: Mapping[str, str], columns: Sequence[str]) -> Case:
    name = f"{row['data']} for {row['purpose']}"
    rating = sum(number(row[c]) for c in columns) / len(columns)
    signals = [_first(data_of(row["data"]))]
    return case(name, name, signals, purpose=purpose_of(row["purpose"]), rating=rating)


def _flows(table: Table) -> Iterator[DataSet]:
    rows = table.rated("mean_rating")
    own = {
        (row["info_type"], row["actor"]): row.get("id") or str(index)
        for index, row in enumerate(rows)
        if not _handed_on(row)
    }
    cases = tuple(_flow(row, str(index), own) for index, row in enumerate(rows))
    yield DataSet(table.name, "ratings", cases)


def _handed_on(row: Mapping[str, str]) -> bool:
    if row.get("use_class"):
        return row["use_class"] in _SECOND_HAND
    use = row["use"].casefold()
    return any(word in use for word in ("sell", "fundrais", "other sites", "third part"))


def _flow(row: Mapping[str, str], index: str, own: Mapping[tuple[str, str], str]) -> Case:
    handed_on = _handed_on(row)
    signal = Signal(
        data=data_of(row["info_type"]), method="observed", party="third" if handed_on else "first"
    )
    return case(
        row.get("id") or index,
        f"{row['info_type']}, {row['actor']}, {row['use']}",
        [signal],
        kind="ad" if handed_on else "recommendation",
        purpose="commercial_ad" if handed_on else purpose_of(row["use"]),
        vertical=row["actor"],
        # A mean rating from 100 (welcome) to -100, turned round and put on 0-100.
        rating=(100 - number(row["mean_rating"])) / 2,
        own=own.get((row["info_type"], row["actor"])) if handed_on else None,
    )


def _texts(table: Table) -> Iterator[DataSet]:
    column = next(c for c in ("removed_interest", "topic") if c in table.columns)
    sensitive = column == "removed_interest"
    cases = tuple(
        case(
            str(index),
            row[column],
            [Signal(data="likes", method="observed", party="first")],
            title=row[column],
            sensitive=sensitive,
        )
        for index, row in enumerate(table.rows)
        if row[column].strip()
    )
    yield DataSet(table.name, "texts", cases)


Layout = Callable[[Table], Iterator[DataSet]]
_LAYOUTS: tuple[tuple[frozenset[str], str | None, Layout], ...] = (
    (frozenset({"topic", "item"}), _UNACCEPTABLE, _acceptability),
    (frozenset({"data", "purpose"}), _EITHER, _joint),
    (frozenset({"info_type", "actor", "use", "mean_rating"}), None, _flows),
    (frozenset({"survey_id", "practice", "pct_creepy"}), None, practices),
    (frozenset({"id", "rating", "data"}), None, own_cases),
    (frozenset({"removed_interest"}), None, _texts),
    (frozenset({"id", "topic"}), None, _texts),
)


def layout_of(columns: Collection[str]) -> Layout | None:
    """How a table with these columns is read; None where nobody knows it."""
    for wanted, prefix, layout in _LAYOUTS:
        has_prefix = prefix is None or any(c.startswith(prefix) for c in columns)
        if wanted <= set(columns) and has_prefix:
            return layout
    return None

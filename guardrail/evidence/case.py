"""Published cases: what somebody was asked about, as an item, and what people said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from guardrail.model import Item, Signal
from guardrail.ruleset import Surface


class Case(NamedTuple):
    """One published case.

    ``rating``: how many object, 0-100, or a mean rating rescaled to that. ``group``: cases of
    different groups (surveys) are never compared. ``own``: of a case in which something is passed
    on, the id of the case in which it is not. ``sensitive``: whether a text speaks of something
    sensitive, for data sets that ask only that.
    """

    id: str
    label: str
    item: Item
    surface: Surface
    rating: float = 0.0
    group: str = ""
    own: str | None = None
    sensitive: bool | None = None


class DataSet(NamedTuple):
    """Cases of one source. ``kind``: ``shares`` (percent who object), ``ratings`` (a rescaled
    mean: compare ranks), ``practices`` (percent who find it creepy: ranks within a survey) or
    ``texts`` (recognition). ``struck``: how many texts were left out by hand, by reason.
    """

    name: str
    kind: str
    cases: tuple[Case, ...]
    struck: tuple[tuple[str, int], ...] = ()


def surface(
    kind: str = "recommendation", purpose: str | None = None, vertical: str | None = None
) -> Surface:
    """A surface that nothing is known of but these; named by them, since plans go by name."""
    name = f"evidence {kind} {purpose or ''} {vertical or ''}".strip()
    return Surface(name=name, kind=kind, purpose=purpose, vertical=vertical, treatments=())


def case(
    name: str,
    label: str,
    signals: Sequence[Signal],
    *,
    kind: str = "recommendation",
    purpose: str | None = None,
    vertical: str | None = None,
    title: str | None = None,
    reason: str | None = None,
    categories: tuple[str, ...] = (),
    rating: float = 0.0,
    group: str = "",
    own: str | None = None,
    sensitive: bool | None = None,
) -> Case:
    """A case from its facts. Nothing is left unknown that the source does not leave open."""
    item = Item(
        id=name,
        kind=kind,
        title=title,
        reason=reason,
        categories=categories,
        signals=tuple(signals),
        purpose=purpose,
    )
    on = surface(kind, purpose, vertical)
    return Case(name, label, item, on, rating, group, own, sensitive)

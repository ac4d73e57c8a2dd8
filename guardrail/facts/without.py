"""Items as they would be if the app did not send some of what it sends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from guardrail.extract import Read
from guardrail.facts.names import ITEM_FACTS, SIGNAL_FACTS, SIGNALS, of_customer, of_signal
from guardrail.model import Customer, Signal

KEPT = ("id", "kind")
"""Without an id nothing can be counted or joined; the kind says which law an item is under."""
OF_CUSTOMER = ("age_band", "jurisdiction", "names", "places")
"""What an app tells of a person; choices and refusals are theirs, so they are never left out."""
_KIND = "signals of "


class Piece(NamedTuple):
    """Something that could be left out: ``name`` as it is told, and where it is.

    ``where``: ``item`` (``key`` is a field), ``signal`` (a key), ``data`` (a kind of data) or
    ``customer`` (a key).
    """

    name: str
    where: str
    key: str


def pieces_in(reads: Sequence[Read], customer: Customer) -> frozenset[Piece]:
    """Everything that is there and could be left out."""
    found: set[Piece] = set()
    for read in reads:
        for field in ITEM_FACTS:
            if field not in KEPT and getattr(read.item, field) is not None:
                found.add(Piece(field, "item", field))
        for signal in read.item.signals or ():
            found |= _of_signal(signal)
    for key in OF_CUSTOMER:
        if getattr(customer, key) not in (None, (), "unknown"):
            found.add(Piece(of_customer(key), "customer", key))
    return frozenset(found)


def _of_signal(signal: Signal) -> set[Piece]:
    found = {
        Piece(of_signal(key), "signal", key)
        for key in SIGNAL_FACTS
        if getattr(signal, key) not in (None, ())
    }
    if signal.data is not None:
        found.add(Piece(f"{_KIND}{signal.data}", "data", signal.data))
    return found.union(*map(_of_signal, signal.via))


def without(
    reads: Sequence[Read], customer: Customer, pieces: Collection[Piece]
) -> tuple[Sequence[Read], Customer]:
    """The same items and customer without these pieces; items that have none are the same."""
    fields = {p.key for p in pieces if p.where == "item"}
    keys = {p.key for p in pieces if p.where == "signal"}
    kinds = {p.key for p in pieces if p.where == "data"}
    gone = {p.key for p in pieces if p.where == "customer"}
    left = [_read_without(read, fields, keys, kinds) for read in reads]
    if not gone:
        return left, customer
    bare = Customer()
    return left, replace(customer, **{key: getattr(bare, key) for key in gone})


def _read_without(read: Read, fields: set[str], keys: set[str], kinds: set[str]) -> Read:
    item = read.item
    changes: dict[str, object] = {f: None for f in fields if getattr(item, f) is not None}
    if item.signals and SIGNALS not in fields and (keys or kinds):
        left = _signals(item.signals, keys, kinds)
        if left != item.signals:
            changes[SIGNALS] = left
    return replace(read, item=replace(item, **changes)) if changes else read


def _signals(signals: tuple[Signal, ...], keys: set[str], kinds: set[str]) -> tuple[Signal, ...]:
    bare = Signal()
    return tuple(
        replace(
            signal,
            **{
                "via": _signals(signal.via, keys, kinds),
                **{key: getattr(bare, key) for key in keys},
            },
        )
        for signal in signals
        if signal.data not in kinds
    )

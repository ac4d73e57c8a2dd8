"""Inference depth: how many steps lie between what a person said or did and what is used.

0 nothing personal, 1 declared, 2 observed, 3 inferred, one more for every further inference,
at least 4 for what was modelled from other people. None is *unknown*, which is never clean.
"""

from __future__ import annotations

from collections.abc import Iterable

from guardrail.model import Signal

_BASE = {"declared": 1, "observed": 2, "inferred": 3, "modeled": 4}


def signal_depth(signal: Signal) -> int | None:
    """The depth of one signal: as stated, else derived from its method and what it came from.

    What is on the page now (``current_item``, declared or observed) is depth 0. A signal with
    neither ``depth`` nor ``method`` has unknown depth. Where part of a ``via`` chain is unknown,
    the known part gives the least that it can be.
    """
    if signal.depth is not None:
        return signal.depth
    if signal.method is None:
        return None
    if signal.data == "lookalike":
        return _above(signal.via, 4)
    if signal.method in ("inferred", "modeled"):
        return _above(signal.via, _BASE[signal.method])
    if signal.data == "current_item":
        return 0
    return _BASE[signal.method]


def _above(via: Iterable[Signal], least: int) -> int:
    """One more than the deepest signal that it was inferred from, but at least ``least``."""
    return max([least, *(d + 1 for s in via if (d := signal_depth(s)) is not None)])


def item_depth(signals: tuple[Signal, ...] | None) -> int | None:
    """The largest depth of an item's signals; 0 for none at all, None where it can't be known."""
    if signals is None:
        return None
    deepest = 0
    for signal in signals:
        depth = signal_depth(signal)
        if depth is None:
            return None
        deepest = max(deepest, depth)
    return deepest


def known_depth(signals: tuple[Signal, ...] | None) -> int:
    """The largest depth that is known of any signal, 0 where none is: what a floor may rely on."""
    return max((d for s in signals or () if (d := signal_depth(s)) is not None), default=0)

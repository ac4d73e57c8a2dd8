"""Looking, now and then, at how the facts of real traffic come about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from guardrail.extract import Read
from guardrail.facts.tally import Tally, tally
from guardrail.model import Customer
from guardrail.pipeline import Draft
from guardrail.ruleset import Surface
from guardrail.service.armed import Armed
from guardrail.trouble import report

EVERY = 16
"""One response in so many is looked at, of each surface and in each process; the first one is."""
MOST_ITEMS = 10
"""Of a longer response so many items are looked at, evenly spread."""
MOST_A_BEAT = 4
"""So many responses are counted with one heartbeat, lest requests wait for it; the others wait."""
MOST_WAITING = 64
"""Surfaces of which a response waits to be counted."""


class _Sample(NamedTuple):
    armed: Armed
    surface: Surface
    places: Sequence[int]
    reads: Sequence[Read]
    completed: Sequence[Read]
    customer: Customer


class FactsSeen:
    """Takes one response in `EVERY` along, to be counted with a heartbeat.

    No other of that surface until then, so that busy surfaces do not keep rare ones from it.
    ``note`` is told a surface and what was counted there. So a request pays for a number and,
    now and then, for some references.
    """

    def __init__(self, note: Callable[[str, Tally], None]) -> None:
        self._note = note
        self._responses: dict[str, int] = {}
        self._waiting: dict[str, _Sample] = {}
        self._told = False

    def look(self, armed: Armed, draft: Draft, reads: Sequence[Read]) -> None:
        """Take a response along, if it is its turn.

        ``reads``: its items before the catalogue was joined. Threads that meet here may take one
        response more or less.
        """
        surface = draft.request.surface
        number = self._responses.get(surface.name, 0)
        self._responses[surface.name] = number + 1
        if number % EVERY or surface.name in self._waiting or len(self._waiting) >= MOST_WAITING:
            return
        self._waiting[surface.name] = _Sample(
            armed,
            surface,
            _spread(len(reads)),
            reads,
            draft.reads,
            draft.request.customer,
        )

    def count(self, most: int = MOST_WAITING) -> int:
        """Count what was taken along, ``most`` responses of it, the oldest first; how many there
        were. Never raises.
        """
        names = [*self._waiting][:most]
        for name in names:
            try:
                # Whoever counts beside us may have been first.
                sample = self._waiting.pop(name, None)
                if sample is None:
                    continue
                armed, surface, places, *both, customer = sample
                reads, completed = ([each[place] for place in places] for each in both)
                self._note(surface.name, tally(reads, completed, surface, armed.engine, customer))
            except Exception as error:  # noqa: BLE001 - verdicts do not depend on what is counted
                if not self._told:
                    self._told = True
                    report("the facts of some responses could not be counted", error)
        return len(names)


def _spread(length: int) -> Sequence[int]:
    if length <= MOST_ITEMS:
        return range(length)
    return [place * length // MOST_ITEMS for place in range(MOST_ITEMS)]

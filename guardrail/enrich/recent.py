"""The facts that were looked up lately, and the ids of which nothing is known."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence

from guardrail.enrich.facts import Facts

MOST = 50_000
"""Items that are remembered: some 15 MB at the usual lengths of titles."""


class Recent:
    """The least recently asked goes first when there are too many. Not thread-safe by itself."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._facts: OrderedDict[str, Facts | None] = OrderedDict()

    def missing(self, ids: Sequence[str]) -> list[str]:
        """The ids that have to be looked up, each once."""
        facts = self._facts
        return [ident for ident in dict.fromkeys(ids) if ident not in facts]

    def keep(self, asked: Iterable[str], found: Mapping[str, Facts]) -> None:
        """Remember what was found, and of what was not found that there is nothing."""
        for ident in asked:
            self._facts[ident] = found.get(ident)

    def get(self, ids: Sequence[str]) -> dict[str, Facts]:
        """What is known of the ids, and after that room is made."""
        facts, renewed = self._facts, self._facts.move_to_end
        known = {}
        for ident in dict.fromkeys(ids):
            if ident in facts:
                renewed(ident)
                found = facts[ident]
                if found is not None:
                    known[ident] = found
        while len(facts) > self._most:
            facts.popitem(last=False)
        return known

    def clear(self) -> None:
        """Forget everything."""
        self._facts.clear()

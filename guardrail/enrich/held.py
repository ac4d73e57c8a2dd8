"""A catalogue file in memory, read again when it has changed and stands still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from guardrail.enrich.facts import Facts
from guardrail.enrich.file import read_file
from guardrail.enrich.state import state_of


class HeldFile:
    """Every item of a file. Raises CatalogueError and OSError, also when it is read again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # Taken before the bytes, so that a file changed meanwhile is read again.
        self._seen = self._last = state_of(path)
        self._held = read_file(path)

    @property
    def size(self) -> int:
        """How many items there are."""
        return len(self._held.facts)

    @property
    def repeated(self) -> int:
        """Rows whose id a later row has too."""
        return self._held.repeated

    def facts(self, ids: Sequence[str], _now_ms: int) -> Mapping[str, Facts]:
        """What is known of these ids."""
        known = self._held.facts
        return {ident: known[ident] for ident in ids if ident in known}

    def refresh(self, _now_ms: int) -> bool:
        """Read the file again if it is another one than was read; True if it was.

        It must look the same twice in a row, so that nobody's half-written file is read. A
        state that was refused is not read again.
        """
        state = state_of(self._path)
        still, self._last = state == self._last, state
        if state == self._seen or not still:
            return False
        self._seen = state
        self._held = read_file(self._path)
        return True

    def close(self) -> None:
        """Nothing is open."""

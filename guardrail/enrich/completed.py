"""Items joined with the catalogue when somebody looks at one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from guardrail.enrich.catalogue import Catalogue
from guardrail.extract import Read


class Completed(Sequence[Read]):
    """Items with what a catalogue knows of them, looked up when one is asked for."""

    def __init__(self, reads: Sequence[Read], catalogue: Catalogue) -> None:
        self._reads = reads
        self._catalogue = catalogue

    def __len__(self) -> int:
        return len(self._reads)

    @overload
    def __getitem__(self, index: int) -> Read: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Read]: ...
    def __getitem__(self, index: int | slice) -> Read | Sequence[Read]:
        if isinstance(index, slice):
            return self._catalogue.complete(self._reads[index])
        return self._catalogue.complete((self._reads[index],))[0]

from collections.abc import Callable, Sequence

from guardrail.caps.batch import Kind, Rowed, Values

class Table:
    def __len__(self) -> int: ...

def packed(
    rows: Sequence[Rowed],
    values: Sequence[Values],
    named: Sequence[tuple[Table | None, Callable[[str], bytes]]],
) -> tuple[list[Kind], list[tuple[int, int, int]], bytes, list[bytes], int] | None: ...

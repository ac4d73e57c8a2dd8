from collections.abc import Callable, Sequence

from guardrail.caps.batch import Cap, Kind, Values

def packed(
    caps: Sequence[Sequence[Cap]],
    values: Sequence[Values],
    named: list[tuple[dict[str, dict[str | None, bytes]], Callable[[str], bytes]]],
) -> tuple[list[Kind], list[tuple[int, int, int]], bytes, list[bytes], int, int] | None: ...

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from guardrail.caps.batch import Cap, Kind, Values

T = TypeVar("T")

def counted(
    caps: Sequence[Sequence[Cap]], values: Sequence[Values], terms_of: Callable[[Kind], T]
) -> tuple[dict[str, int], list[T]] | None: ...
def named(
    caps: Sequence[Sequence[Cap]], values: Sequence[Values]
) -> tuple[list[str], list[Kind]]: ...
def unsure(
    held: dict[int, tuple[int, ...]], need: dict[str, int], terms: list[Any]
) -> list[str]: ...
def grown(
    held: dict[int, tuple[int, ...]],
    need: dict[str, int],
    terms: list[Any],
    times: list[int],
    *,
    stamp: int,
    since: int,
    begun: Callable[[int, int, int], tuple[int, ...]],
    other: Callable[[tuple[int, ...], int, int, int, int], tuple[int, ...]],
) -> dict[int, tuple[int, ...]]: ...

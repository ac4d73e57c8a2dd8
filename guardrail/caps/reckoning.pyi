from collections.abc import Sequence

class Reckoned:
    many: int
    said: bytes
    tag: bytes
    parts: tuple[bytes, ...]
    def answer(self, now: int) -> list[int]: ...

def reckon(
    packed: bytes,
    asks: bytes,
    groups: Sequence[tuple[int, int, int]],
    specs: Sequence[tuple[int, int, int, int]],
    codes: bytes,
    now_ms: int,
    at_ms: int,
    batch: int,
) -> Reckoned | None: ...

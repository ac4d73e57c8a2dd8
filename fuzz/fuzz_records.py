"""Cut anywhere, the same records come out, and what is not dropped is not changed."""

from __future__ import annotations

from collections.abc import Callable

from fuzz.running import run
from guardrail.intercept.records import Change, Events, Lines, Records

LIMIT = 64
KINDS: tuple[type[Records], ...] = (Lines, Events)


def promise(data: bytes) -> None:
    """The first byte chooses the kind, the second the length of a piece, the rest is the stream."""
    if len(data) < 2:
        return
    kind, step, stream = KINDS[data[0] % 2], data[1] % 8 + 1, data[2:]
    whole, seen = _through(kind, stream, len(stream) or 1, _never)
    cut, again = _through(kind, stream, step, _never)
    assert whole == cut == stream, "what is kept is not changed"
    if len(stream) <= LIMIT:
        assert seen == again, "the same records are seen"
        gone, _ = _through(kind, stream, step, _always)
        _, left = _through(kind, gone, len(gone) or 1, _never)
        assert not left, "nothing of a dropped record is left to be read as one"


def _never(_: bytes) -> Change | None:
    return None


def _always(_: bytes) -> Change | None:
    return Change(None)


def _through(
    kind: type[Records], stream: bytes, step: int, judge: Callable[[bytes], Change | None]
) -> tuple[bytes, list[bytes]]:
    seen: list[bytes] = []

    def noted(record: bytes) -> Change | None:
        seen.append(record)
        return judge(record)

    records = kind(noted, lambda: None, LIMIT)
    out = [records.feed(stream[at : at + step]) for at in range(0, len(stream), step)]
    return b"".join([*out, records.finish()]), seen


if __name__ == "__main__":
    run(promise)

"""Records are told apart wherever the stream is cut, and judged one by one."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrail.intercept.records import KINDS, Change, Events, Lines, Records, on_one_line


class Seen:
    """Drops records that hold ``creepy``, rewrites those that hold ``odd``."""

    def __init__(self, kind: type[Records], *, limit: int = 1000, passes: bool = True) -> None:
        self.records: list[bytes] = []
        self.passes = passes
        self.stream = kind(self.judge, self.too_long, limit)

    def judge(self, record: bytes) -> Change | None:
        self.records.append(record)
        if b"creepy" in record:
            return Change(None)
        return Change(b'{"new":\n1}') if b"odd" in record else None

    def too_long(self) -> Change | None:
        return None if self.passes else Change(None)

    def run(self, body: bytes, step: int | None = None) -> bytes:
        size = step or len(body) or 1
        pieces = [body[at : at + size] for at in range(0, len(body), size)]
        return b"".join([*map(self.stream.feed, pieces), self.stream.finish()])


@pytest.mark.parametrize("step", [None, 1, 2, 3, 7])
def test_lines_are_kept_dropped_and_replaced(step: int | None) -> None:
    """Each by itself; empty lines and line ends stay, the last line needs no end."""
    seen = Seen(Lines)
    body = b'\xef\xbb\xbf{"a":1}\r\n\n{"creepy":1}\n  {"odd":1} \r\n{"b":1}'
    assert seen.run(body, step) == b'\xef\xbb\xbf{"a":1}\r\n\n  {"new": 1} \r\n{"b":1}'
    assert seen.records == [b'{"a":1}', b'{"creepy":1}', b'{"odd":1}', b'{"b":1}']


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("step", [None, 1, 2, 3, 7])
def test_events_are_kept_dropped_and_replaced(end: bytes, step: int | None) -> None:
    """A dropped one still sends its id; one without data is left alone."""
    lines = [
        *(b": hello", b""),
        *(b"event: item", b"id: 1", b'data: {"a":', b"data:1}", b""),
        *(b"id: 2", b"event: item", b'data: {"cree', b'data: "creepy":1}', b"retry: 9", b""),
        *(b"data: creepy", b""),
        *(b"id: 3", b"data: odd", b"data: too", b"more: x", b""),
        *(b"data", b""),
    ]
    body = end.join([*lines, b""])
    kept = [
        *(b": hello", b""),
        *(b"event: item", b"id: 1", b'data: {"a":', b"data:1}", b""),
        *(b"id: 2", b"retry: 9", b""),
        *(b"id: 3", b'data: {"new": 1}', b"more: x", b""),
        *(b"data", b""),
    ]
    seen = Seen(Events)
    assert seen.run(body, step) == end.join([*kept, b""])
    assert seen.records == [b'{"a":\n1}', b'{"cree\n"creepy":1}', b"creepy", b"odd\ntoo"]


def test_an_event_that_the_stream_ends_in_is_judged_too() -> None:
    """Some clients show it."""
    assert Seen(Events).run(b"data: a\n\nid: 7\ndata: creepy") == b"data: a\n\nid: 7\n"


def test_a_byte_order_mark_before_the_first_event_hides_nothing() -> None:
    """It belongs to no field name, on the first line alone."""
    assert (
        Seen(Events).run(b"\xef\xbb\xbfdata: creepy\n\ndata: a\n\n") == b"\xef\xbb\xbfdata: a\n\n"
    )
    seen = Seen(Events)
    seen.run(b"data: a\n\n\xef\xbb\xbfdata: creepy\n\n")
    assert seen.records == [b"a"]


@pytest.mark.parametrize("step", [None, 1, 5])
@pytest.mark.parametrize("kind", [Lines, Events])
def test_a_record_that_is_too_long_passes_or_goes(kind: type[Records], step: int | None) -> None:
    """Without being held, and the next one is judged again."""
    end = b"\n" if kind is Lines else b"\r\n\r\n"
    start = b"" if kind is Lines else b"data: "
    long, after = start + b"x" * 200 + end, start + b"creepy" + end
    last = start + b"a" + end
    body = long + after + last
    assert Seen(kind, limit=50).run(body, step) == long + last
    assert Seen(kind, limit=50, passes=False).run(body, step) == last


def test_no_more_than_a_record_is_held() -> None:
    """Ten million bytes without an end take no memory."""
    seen = Seen(Events, limit=1000)
    for _ in range(10):
        seen.stream.feed(b"x" * 1_000_000)
        assert len(seen.stream._held) <= 3
    assert Seen(Lines, limit=50, passes=False).run(b"x" * 90) == b""


def test_giving_up_returns_what_has_not_gone_out() -> None:
    """Once."""
    stream = Seen(Lines).stream
    assert stream.feed(b"a\nb") == b"a\n"
    assert (stream.give_up(), stream.give_up(), stream.finish()) == (b"b", b"", b"")


@settings(deadline=None)
@given(body=st.text("adt:\r\n i", max_size=60), cuts=st.lists(st.integers(0, 60), max_size=6))
@pytest.mark.parametrize("kind", [Lines, Events])
def test_where_a_stream_is_cut_makes_no_difference(
    kind: type[Records], body: str, cuts: list[int]
) -> None:
    """What is kept is byte for byte the app's, and the same records are seen."""
    raw = body.encode()
    whole, cut = Seen(kind), Seen(kind)
    edges = [0, *sorted(min(c, len(raw)) for c in cuts), len(raw)]
    out = [cut.stream.feed(raw[a:b]) for a, b in itertools.pairwise(edges)]
    assert b"".join([*out, cut.stream.finish()]) == raw == whole.run(raw)
    assert cut.records == whole.records


@settings(deadline=None)
@given(
    events=st.lists(st.lists(st.text(st.characters(codec="utf-8"), max_size=8), min_size=1)),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_events_are_read_as_browsers_read_them(events: list[list[str]], end: str) -> None:
    """The data lines of an event, joined, are one record."""
    clean = [[line.replace("\r", "").replace("\n", "") for line in lines] for lines in events]
    body = "".join("".join(f"data: {t}{end}" for t in lines) + end for lines in clean)
    seen = Seen(Events)
    seen.run(body.encode())
    joined = ["\n".join(lines) for lines in clean]
    assert seen.records == [t.encode() for t in joined if t.strip(" \t\r\n")]


@settings(deadline=None)
@given(value=st.recursive(st.text() | st.integers(), st.lists, max_leaves=5))
def test_json_on_one_line_is_the_same_json(value: object) -> None:
    """Line ends stand between its parts alone."""
    text = json.dumps(value, indent=1).replace("\n", "\r\n").encode()
    assert json.loads(on_one_line(text)) == value
    assert not set(on_one_line(text)) & {10, 13}


def test_every_kind_of_record_has_a_content_type() -> None:
    """A sequence of JSON texts is none: where one ends is known when the next has begun."""
    assert set(KINDS.values()) == {Lines, Events}
    assert "application/json-seq" not in KINDS

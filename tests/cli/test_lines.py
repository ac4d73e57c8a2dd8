"""Telling items line by line from one response body, without reading more than that takes."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.cli import lines as module
from guardrail.cli.lines import Given, look_at


def body_if_items(raw: bytes) -> bool:
    found = json.loads(raw)
    return isinstance(found, list) or isinstance(found.get("items"), list)


def look(text: bytes) -> Given | None:
    return look_at(io.BytesIO(text), body_if_items)


def numbered(text: bytes) -> list[tuple[int, bytes | None]]:
    given = look(text)
    assert given is not None
    assert given.lines is not None
    return [(line.number, line.raw) for line in given.lines]


@pytest.mark.parametrize("text", [b"", b"\n\n", b"  \n\t\r\n", b"\xef\xbb\xbf\n"])
def test_an_empty_input_is_neither(text: bytes) -> None:
    """Blank lines and a byte order mark are nothing."""
    assert look(text) is None


@pytest.mark.parametrize(
    "text",
    [
        b'[{"id": "a"}]',
        b'{"items": []}\n\n',
        b'{\n  "items": [\n    {"id": "a"}\n  ]\n}\n',
        b"[\n]\n",
        b'\xef\xbb\xbf{"items": []}',
    ],
)
def test_one_document_with_items_is_a_body(text: bytes) -> None:
    """On one line or many, with blank lines around it."""
    given = look(text)
    assert given is not None
    assert given.lines is None
    assert given.body is not None
    assert json.loads(given.body) == json.loads(text.removeprefix(b"\xef\xbb\xbf"))


def test_lines_keep_their_numbers_over_blank_ones() -> None:
    """An error names the line that an editor shows."""
    assert numbered(b'\n{"id": 1}\r\n\n  {"id": 2}') == [(2, b'{"id": 1}'), (4, b'{"id": 2}')]


def test_a_document_with_items_followed_by_another_is_taken_line_by_line() -> None:
    """The whole input is what counts."""
    assert numbered(b'{"items": []}\n[1]\n') == [(1, b'{"items": []}'), (2, b"[1]")]


def test_a_first_line_that_is_no_json_does_not_stop_the_rest() -> None:
    """Neither text nor a value cut short."""
    assert numbered(b'hello\n{"id": 1}') == [(1, b"hello"), (2, b'{"id": 1}')]
    assert numbered(b'{"id": \n{"id": 1}') == [(1, b'{"id":'), (2, b'{"id": 1}')]


def test_one_document_of_many_lines_without_items_is_told_apart() -> None:
    """So that the command can say what is missing."""
    given = look(b'{\n"products": []\n}')
    assert given is not None
    assert given.lone
    assert [line.number for line in given.lines or ()] == [1, 2, 3]


def test_an_overlong_line_is_skipped_and_the_next_one_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It keeps its number and has no text."""
    monkeypatch.setattr(module, "LONGEST_LINE", 20)
    text = b'{"id": 1}\n{"id": "' + b"x" * 50 + b'"}\n{"id": 3}\n' + b"y" * 21
    assert numbered(text) == [(1, b'{"id": 1}'), (2, None), (3, b'{"id": 3}'), (4, None)]


def test_an_overlong_first_line_is_skipped_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first line may be a body, so its bound is another."""
    monkeypatch.setattr(module, "LONGEST_BODY", 20)
    assert numbered(b"[" * 30 + b'\n{"id": 2}') == [(1, None), (2, b'{"id": 2}')]


@pytest.mark.parametrize("tail", [b"1,\n" * 20, b"1" * 40 + b"\n1\n"])
def test_a_document_of_many_lines_has_a_bound(monkeypatch: pytest.MonkeyPatch, tail: bytes) -> None:
    """Longer than that it is taken line by line, and no line is lost."""
    monkeypatch.setattr(module, "LONGEST_BODY", 20)
    text = b"[\n" + tail
    assert len(numbered(text)) == text.count(b"\n")


def test_nesting_without_end_is_no_document() -> None:
    """It is left to whoever reads the line."""
    text = b"[" * 100_000 + b"]" * 100_000
    assert numbered(text) == [(1, text)]


def test_items_are_handed_out_before_the_next_line_is_there() -> None:
    """Whoever writes items one by one gets each verdict at once."""

    class OneLine(io.BytesIO):
        def readline(self, size: Any = -1, /) -> bytes:
            line = super().readline(size)
            assert line, "asked for a second line"
            return line

    given = look_at(OneLine(b'{"id": 1}\n'), body_if_items)
    assert given is not None
    assert given.lines is not None
    assert next(given.lines).raw == b'{"id": 1}'


@given(st.lists(st.binary(max_size=12).map(lambda b: b.replace(b"\n", b"")), max_size=6))
def test_whatever_comes_no_line_is_lost_or_invented(parts: list[bytes]) -> None:
    """Either all of it is a body, or every line that holds something comes out, in order."""
    text = b"\n".join(parts)
    given = look_at(io.BytesIO(text), lambda _: True)
    clean = text.removeprefix(b"\xef\xbb\xbf")
    expected = [line.strip() for line in clean.split(b"\n") if line.strip()]
    if given is None:
        assert expected == []
    elif given.body is not None:
        assert given.body == b"\n".join(expected)
    else:
        assert [line.raw for line in given.lines or ()] == expected

"""Positions in JSON bytes, checked against the standard library's own reading."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from json_texts import VALUES, arrays, objects

from guardrail.extract.spans import (
    elements,
    elements_as_parsed,
    members,
    read_key,
    value_end,
)


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_a_value_ends_where_its_text_ends(text):
    """Whatever follows, the end is found to the byte."""
    src = text.encode()
    assert value_end(src + b" , 1]", 0) == len(src)


@settings(max_examples=150, deadline=None)
@given(objects(VALUES))
def test_members_are_what_a_parser_pairs_up(text):
    """Keys in order, repeated ones too, each value at its own bytes."""
    src = text.encode()
    found, end = members(src)
    assert end == len(src)
    pairs = json.loads(src, object_pairs_hook=lambda pairs: pairs)
    assert [
        (key, json.loads(src[value:stop], object_pairs_hook=list)) for key, _, value, stop in found
    ] == [
        (key, json.loads(json.dumps(value))) if not isinstance(value, list) else (key, value)
        for key, value in pairs
    ] or [key for key, *_ in found] == [key for key, _ in pairs]
    assert all(src[start : start + 1] == b'"' for _, start, _, _ in found)


@settings(max_examples=150, deadline=None)
@given(arrays(VALUES))
def test_elements_are_the_same_by_scanning_and_by_length(text):
    """The parser's lengths and the scanner's brackets agree, and each span is its element."""
    src = b" " + text.encode() + b" ,"
    scanned = elements(src, 1)
    try:
        raws = msgspec.json.decode(text.encode(), type=list[msgspec.Raw])
    except msgspec.DecodeError:  # half a surrogate pair: only the scanner reads it
        raws = None
    if raws is not None:
        assert elements_as_parsed(src, 1, raws) == scanned
    spans, end = scanned
    assert end == len(src) - 2
    assert [json.loads(src[a:b]) for a, b in spans] == json.loads(text)


@pytest.mark.parametrize("parsed", [b"[1]", b"[12,3]", b"[12,34,5]", b"[12]", b"[12,33]", b"[]"])
def test_elements_of_another_array_are_not_taken_for_this_one(parsed):
    """Where a key stands twice the parser's elements can be the other array's."""
    raws = msgspec.json.decode(parsed, type=list[msgspec.Raw])
    assert elements_as_parsed(b"[12, 34]", 0, raws) is None


def test_deep_nesting_is_walked_without_recursion():
    """Fifty thousand levels are only bytes."""
    deep = b"[" * 50_000 + b"]" * 50_000
    assert value_end(deep, 0) == len(deep)
    found, _ = members(b'{"a":' + deep + b',"b":1}')
    assert [key for key, *_ in found] == ["a", "b"]


def test_bytes_that_are_no_json_are_refused():
    """The scanner is for valid JSON; elsewhere it says so and does not run on."""
    with pytest.raises(ValueError, match="no JSON value starts here"):
        value_end(b"[[[[[", 0)
    with pytest.raises(ValueError, match="no key starts here"):
        read_key(b"1:2", 0)

"""Members of objects go, change and come, and nothing else moves by a byte."""

import pytest

from guardrail.act.members import with_value, without


@pytest.mark.parametrize(
    ("raw", "paths", "expected"),
    [
        (b'{"a":1,"b":2,"c":3}', [("b",)], b'{"a":1,"c":3}'),
        (b'{"a":1,"b":2,"c":3}', [("a",)], b'{"b":2,"c":3}'),
        (b'{"a":1,"b":2,"c":3}', [("c",)], b'{"a":1,"b":2}'),
        (b'{ "a" : 1 , "b" : 2 }', [("a",)], b'{ "b" : 2 }'),
        (b'{ "a" : 1 , "b" : 2 }', [("b",)], b'{ "a" : 1 }'),
        (b'{ "a" : 1 }', [("a",)], b"{ }"),
        (b"{ }", [("a",)], b"{ }"),
        (b'{"a":1,"b":2,"a":3}', [("a",)], b'{"b":2}'),
        (b'{"\\u0061":1,"b":2}', [("a",)], b'{"b":2}'),
        (b'{"a":1,"b":2}', [("a",), ("b",)], b"{}"),
        (b'{"a":{"x":1,"y":1.10},"x":1}', [("a", "x")], b'{"a":{"y":1.10},"x":1}'),
        (b'{"a":{"x":1},"a":{"x":2,"y":3}}', [("a", "x")], b'{"a":{},"a":{"y":3}}'),
        (b'{"a":{"x":1}}', [("a", "x"), ("a",)], b"{}"),
        (b'{"a":5}', [("a", "x")], b'{"a":5}'),
        (b'["a"]', [("a",)], b'["a"]'),
    ],
)
def test_a_member_goes_with_one_comma(raw, paths, expected):
    """At every place where its key stands, however it is spelled; nested paths within objects."""
    assert without(raw, paths) == expected


@pytest.mark.parametrize(
    ("raw", "path", "expected"),
    [
        (b'{"a": 1 , "b":2}', ("a",), b'{"a": 9 , "b":2}'),
        (b'{"a":1,"a":2}', ("a",), b'{"a":9,"a":9}'),
        (b'{"b":2}', ("a",), b'{"b":2,"a":9}'),
        (b'{"b":2, "c":3 }', ("a",), b'{"b":2, "c":3, "a":9 }'),
        (b"{ }", ("a",), b'{"a":9 }'),
        (b'{"a":{"x":1,"y":2}}', ("a", "x"), b'{"a":{"x":9,"y":2}}'),
        (b'{"a":null}', ("a", "x"), b'{"a":{"x":9}}'),
        (b"{}", ("a", "b", "c"), b'{"a":{"b":{"c":9}}}'),
    ],
)
def test_a_value_is_replaced_or_added(raw, path, expected):
    """In place where the key stands, at the end where it does not; objects on the way are made."""
    assert with_value(raw, path, b"9") == expected

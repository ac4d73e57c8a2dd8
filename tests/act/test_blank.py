"""The answer that shows nothing keeps the shape."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrail.act import blank
from guardrail.ruleset import Surface


@pytest.mark.parametrize(
    ("path", "body", "out"),
    [
        (
            "items",
            b'{ "n" : 1.10, "items": [ {"id":1} ] , "x":1e2}',
            b'{ "n" : 1.10, "items": [] , "x":1e2}',
        ),
        ("items", b'\xef\xbb\xbf{"items":[1]}', b'{"items":[]}'),
        ("items", b'{"items":[1],"items":[2]}', b'{"items":[],"items":[]}'),
        ("items", b'{"items":["\\ud83d"],"n":"\\ud83d"}', b'{"items":[],"n":"\\ud83d"}'),
        (".", b" [1, 2] ", b" [] "),
        ("a.items", b'{"a":{"items":[1],"b":2}}', b'{"a":{"items":[],"b":2}}'),
        (
            "results[].hits",
            b'{"results":[{"hits":[1],"title":"For you"}],"q":1}',
            b'{"results":[],"q":1}',
        ),
        ("[].hits", b'[{"hits":[]}]', b"[]"),
        ("items", None, b'{"items":[]}'),
        (".", None, b"[]"),
        ("results[].hits", None, b'{"results":[]}'),
        ("a.b.items", b"no json", b'{"a":{"b":{"items":[]}}}'),
        ("items", b'{"items":null,"x":1}', b'{"items":[]}'),
        ("items", b'{"items":[' + b"[" * 50_000, b'{"items":[]}'),
        ("items", b'{"items":["\xff"]}', b'{"items":[]}'),
        ("r\u00e9s", b"", '{"rés":[]}'.encode()),
    ],
)
def test_the_lists_are_empty_and_the_rest_is_the_apps(path, body, out):
    """A readable body keeps every other byte; else the least that has the shape is made."""
    assert blank(body, Surface("s", items=path)) == out


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_give_an_empty_list(body):
    """Whatever the app sent, nothing of it is shown as an item."""
    assert json.loads(blank(body, Surface("s", items="a.items")))["a"]["items"] == []

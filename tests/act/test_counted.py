"""A body that says how many items it holds goes on being right."""

from __future__ import annotations

import pytest

from guardrail.act import DROP, KEEP, splice
from guardrail.act.counted import counted
from guardrail.extract import extract
from guardrail.ruleset import Surface

HERE = Surface("home", count_fields=("count", "meta.count"))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"count": 3}', b'{"count": 2}'),
        (b' {"meta": {"count":3, "next": "/2"}}\n', b' {"meta": {"count":2, "next": "/2"}}\n'),
        (b'{"count": 300}', b'{"count": 300}'),
        (b'{"count": "3"}', b'{"count": "3"}'),
        (b'{"meta": 3}', b'{"meta": 3}'),
        (b"[3]", b"[3]"),
    ],
)
def test_a_number_of_items_follows_them(body, expected):
    """One that counts something else stays, and so does every other byte."""
    assert counted(body, HERE, 3, 2) == expected
    assert counted(body, HERE, 3, 3) == body


def test_a_spliced_body_states_what_it_holds():
    """Kept and filled in."""
    body = b'{"items": [{"id": "a"}, {"id": "b"}, {"id": "c"}], "count": 3, "next": "/2"}'
    sent = splice(body, extract(body, HERE), HERE, [KEEP, DROP, DROP], [b'{"id": "d"}'])
    assert sent == b'{"items": [{"id": "a"}, {"id": "d"}], "count": 2, "next": "/2"}'

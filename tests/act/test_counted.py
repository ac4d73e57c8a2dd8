"""A body that says how many items it holds goes on being right."""

from __future__ import annotations

import pytest

from guardrail.act import DROP, KEEP, splice
from guardrail.act.counted import counted, echoed
from guardrail.extract import extract
from guardrail.ruleset import AskFor, Surface

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


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"limit": 20, "page": {"size":20}}', b'{"limit": 8, "page": {"size":8}}'),
        (b'{"limit": 200, "page": 20}', b'{"limit": 200, "page": 20}'),
    ],
)
def test_what_the_app_repeats_of_the_guards_number_is_set_right(body, expected):
    """Also where nothing else changes; another number stays, and without a request all do."""
    more = AskFor(20, "limit", ("limit", "page.size"), asked=20, stated=8)
    assert echoed(body, Surface("home", ask_for=more)) == expected
    assert echoed(body, Surface("home", ask_for=AskFor(20, "limit", ("limit",)))) == body
    assert echoed(body, Surface("home")) == body


def test_a_body_of_which_nothing_is_taken_out_is_set_right_too():
    """Every other byte is the app's."""
    surface = Surface("home", ask_for=AskFor(9, "n", ("n",), asked=9, stated=3))
    body = b'{"items": [{"id": "a"}], "n": 9, "price": 1.10}'
    assert splice(body, extract(body, surface), surface, [KEEP]) == body.replace(b"9", b"3")

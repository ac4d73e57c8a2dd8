"""Bodies read in brief: what nobody may miss makes the brief reading stand back."""

from __future__ import annotations

import sys
import threading
from typing import Any

import pytest

from guardrail.extract import Reader, extract, reader_for
from guardrail.extract import brief as module
from guardrail.extract.brief import Needs, read_briefly
from guardrail.ruleset import Surface

NEEDS = Needs(
    item=("kind", "purpose", "categories", "signals", "sponsored"),
    signal=(
        *("data", "method", "party", "depth", "via", "context", "category", "precision"),
        *("age_seconds", "audience_size"),
    ),
    counted=("id", "campaign", "advertiser", "advertisers"),
)
SIGNALS = '"signals":[{"data":"cart"}]'
KEEPS = {"keep_signals": True}
"""Where signals are not cut out, they may be read in another way."""


def reader(**surface: Any) -> Reader:
    return reader_for(Surface("home", **surface), NEEDS)


def is_brief(body: str, **surface: Any) -> bool:
    """Whether a body is read in brief."""
    made = reader(**surface)
    found = extract(body.encode(), made.surface, reader=made, max_items=10**6)
    return found.briefs is not None


def items(*listed: str) -> str:
    return f'{{"items":[{",".join(listed)}]}}'


@pytest.mark.parametrize("keep", [True, False])
def test_what_is_as_it_should_be_is_read_in_brief(keep: bool) -> None:
    """So that everything below is known to stand back for its own reason."""
    item = f'{{"id":"a","title":"x","categories":["garden"],{SIGNALS},"price":1.10}}'
    assert is_brief(items(item, '{"id":7}', "{}"), keep_signals=keep)
    assert is_brief(items(), keep_signals=keep)
    nested = {"fields": {"signals": "why.by", "categories": "tax.labels", "title": "tax.name"}}
    inner = f'{{"id":"a","why":{{"by":[{{}}]}},"tax":{{"labels":["x"],"name":"y"}},{SIGNALS}}}'
    assert is_brief(items(inner, "{}"), keep_signals=keep, **nested)


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize(
    "item",
    [
        f'{{{SIGNALS},"signals":[]}}',
        f'{{{SIGNALS},"signals":null}}',
        f"{{{SIGNALS},{SIGNALS}}}",
        f'{{{SIGNALS},"s\\u0069gnals":[]}}',
        '{"categories":["vice"],"categories":[]}',
        '{"categories":["vice"],"categories":null}',
        '{"categories":["vice"],"c\\u0061tegories":[]}',
        f'{{{SIGNALS},"signals":[],"ticked":null}}',
        f'{{{SIGNALS},"signals":[{{"ticked":null}}]}}',
        '{"categories":["a"],"categories":["a","b","c","d","e","f",null]}',
        '{"categories":["a","b","c","d","e","f","g"]}',
        '{"ticked":null}',
        '{"categories":"vice"}',
        '{"categories":["305",5]}',
        '{"signals":{}}',
        '{"signals":[5]}',
        '{"signals":[{"data":"carts"}]}',
        '{"signals":[{"depth":1.5}]}',
        '{"signals":[{"age_seconds":"5"}]}',
        '{"kind":"Ad"}',
        '{"title":5}',
        '{"sponsored":1}',
        '{"id":-0}',
        '{"id":-7}',
        '{"id":1e2}',
        '{"id":1.10}',
        '{"id":12345678901234567890123}',
        '{"id":true}',
        '{"advertiser":["acme","acorn"]}',
        "null",
        "5",
    ],
)
def test_an_odd_item_is_read_carefully(item: str, keep: bool) -> None:
    """Beside others that are not."""
    body = items('{"id":"a"}', item, f'{{"id":"b",{SIGNALS}}}')
    assert not is_brief(body, keep_signals=keep)


@pytest.mark.parametrize("keep", [True, False])
def test_nothing_personal_is_not_what_is_also_said_to_be_unknown(keep: bool) -> None:
    """An empty list of signals beside null is unknown, however it is read."""
    body = items('{"id":"a","signals":[],"signals":null}')
    made = reader(keep_signals=keep)
    quick, exact = (extract(body.encode(), made.surface, reader=one) for one in (made, None))
    assert exact.items[0].item.signals is None
    if quick.briefs is not None:
        assert quick.briefs.column("signals") == (None,)


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize(
    ("body", "path"),
    [
        (f'{{"items":[{{{SIGNALS}}}],"items":[]}}', "items"),
        ('{"items":[{}],"items":[{},{}]}', "items"),
        ('{"items":[{"ticked":null}],"items":[]}', "items"),
        ('{"data":{"list":[{}]},"data":{"list":[]}}', "data.list"),
        ('{"data":{"list":[{}],"list":[]}}', "data.list"),
        ('{"results":[{"hits":[{}]}],"results":[]}', "results[].hits"),
        ('{"results":[{"hits":[{}],"hits":null}]}', "results[].hits"),
        ('{"results":[{"hits":[{}],"hits":[{}]}]}', "results[].hits"),
        ('{"it\\u0065ms":[{}]}', "items"),
    ],
)
def test_a_list_on_the_way_that_stands_twice_is_never_missed(
    body: str, path: str, keep: bool
) -> None:
    """Nor one whose key does not look like itself."""
    assert not is_brief(body, items=path, keep_signals=keep)


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize(
    "item",
    [
        '{"why":{"by":[{}]},"why":{}}',
        '{"why":{"by":[]},"why":{},"tax":{"labels":["x"]}}',
        '{"why":{"by":[{}],"by":[]}}',
        '{"tax":{"labels":["vice"]},"tax":{"labels":[]}}',
        '{"tax":{"labels":["vice"]},"tax":{"name":"x"}}',
    ],
)
def test_what_stands_twice_within_an_item_is_never_missed(item: str, keep: bool) -> None:
    """And the careful reading finds it, too."""
    fields = {"signals": "why.by", "categories": "tax.labels", "title": "tax.name"}
    made = reader(fields=fields, keep_signals=keep)
    found = extract(items(item).encode(), made.surface, reader=made)
    assert found.briefs is None
    assert found.items[0].item.signals or found.items[0].item.categories


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_however_much_is_thrown_away_it_is_noticed(more: int, keep: bool) -> None:
    """Also where the count comes round to where it was."""
    lost = ",".join(["{}"] * (module._TURNS + more))
    assert not is_brief(f'{{"items":[{{"signals":[{lost}],"signals":[]}}]}}', keep_signals=keep)
    assert not is_brief(f'{{"items":[{lost}],"items":[]}}', keep_signals=keep)


def test_a_long_page_is_read_in_brief_all_the_same() -> None:
    """Two thousand items with two signals each."""
    item = (
        f'{{"id":"a","categories":["x","y"],"signals":[{{"data":"cart"}},{{}}],"x":"{"y" * 30}"}}'
    )
    assert is_brief(items(*[item] * 2000))


def test_who_reads_meanwhile_reads_carefully() -> None:
    """Two that read at once would count each other's items."""
    clean = items("{}", "{}").encode()
    twice = items('{"categories":["vice"],"categories":[]}').encode()
    made = reader()
    way = made.way
    assert way is not None
    for body, expected in ((clean, False), (twice, True)):
        within = []

        def decode(src: bytes, within: list[object] = within) -> object:
            within.append(read_briefly(clean, made.shape, way))
            return way.decode(src)

        found = read_briefly(body, made.shape, way._replace(decode=decode))
        assert within == [None]
        assert (found is None) is expected
    assert read_briefly(clean, made.shape, way) is not None


@pytest.mark.parametrize("body", [b"{", b'{"items":[5]}', b"[" * 100_000, b""])
def test_after_a_body_that_cannot_be_read_others_are_read_in_brief_again(body: bytes) -> None:
    """It never raises, and it leaves nothing behind."""
    made = reader()
    assert made.way is not None
    assert read_briefly(body, made.shape, made.way) is None
    assert read_briefly(items("{}").encode(), made.shape, made.way) is not None


def test_threads_that_read_at_once_never_accept_what_stands_twice() -> None:
    """Some of them then read carefully what they could have read in brief; none the other way."""
    made = reader()
    way = made.way
    assert way is not None
    clean = items(*['{"id":"a","categories":["x"]}'] * 40).encode()
    twice = items(*['{"id":"a"}'] * 39, '{"categories":["vice"],"categories":[]}').encode()
    wrong: list[str] = []
    together = threading.Barrier(6)

    def read(body: bytes, length: int | None) -> None:
        together.wait()
        for _ in range(300):
            found = read_briefly(body, made.shape, way)
            if found is not None and len(found) != length:
                wrong.append("a wrong accept")

    threads = [
        threading.Thread(target=read, args=(body, length))
        for body, length in ((clean, 40), (twice, None)) * 3
    ]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []
    assert read_briefly(clean, made.shape, way) is not None


def test_what_caps_count_by_is_the_same_in_both_readings() -> None:
    """Number or text, missing or empty."""
    listed = ('{"id":7,"campaign":"c"}', '{"id":"","advertiser":"acme"}', "{}", '{"id":"b"}')
    made = reader()
    body = items(*listed).encode()
    found = extract(body, made.surface, reader=made)
    assert found.briefs is not None
    for index, read in enumerate(extract(body, made.surface).items):
        counted = found.briefs.counted(index)
        for field in NEEDS.counted:
            assert getattr(counted, field) == getattr(read.item, field)
        assert found.items[index] == read
    assert [read.item.id for read in found.items[1:3]] == [None, None]
    assert len(found.items) == 4


@pytest.mark.parametrize(
    "surface",
    [
        {"shape": "openrtb-2.6", "items": "seatbid[].bid"},
        {"shape": "ids"},
        {"items": "items{}"},
        {"fields": {"title": "categories.name"}},
    ],
)
def test_some_shapes_are_always_read_carefully(surface: dict[str, Any]) -> None:
    """Bids, bare ids, items under their ids, and fields that run through each other."""
    assert reader(**surface).way is None

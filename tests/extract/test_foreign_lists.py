"""Lists that stand elsewhere than in one list of objects: rows, members, ids, several at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.act import apply_objects, blank, splice
from guardrail.act.placed import DROP, KEEP, Placed
from guardrail.extract import ItemError, NotReadable, extract, read_line, read_objects
from guardrail.extract.locate import locate
from guardrail.extract.paths import Fork, Under, field_path, items_path, joined_paths
from guardrail.ruleset import Surface
from guardrail.treat.edit import Edit

SUBSTITUTE = Placed(edit=Edit(replace=b'{"id": "9"}'))


def surface(items: str, **more: Any) -> Surface:
    return Surface("s", items=items, **more)


def ids(body: str | bytes, where: Surface) -> list[str | None]:
    raw = body.encode() if isinstance(body, str) else body
    return [read.item.id for read in extract(raw, where).items]


def sent(body: str, where: Surface, *plan: Placed, backfill: tuple[bytes, ...] = ()) -> str:
    raw = body.encode()
    return splice(raw, extract(raw, where), where, plan, backfill).decode()


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("rows[].", ("rows", None)),
        ("[].", (None,)),
        ("a[][].", None),
        ("shelves{}.items", ("shelves", Under.MEMBERS, "items")),
        ("shelves{}.", ("shelves", Under.MEMBERS)),
        ("{}.", (Under.MEMBERS,)),
        ("scores{}", ("scores", Under.IDS)),
        ("{}", (Under.IDS,)),
        ("a | b.c", (Fork((("a",), ("b", "c"))),)),
        ("a{}[]", None),
        ("a[]{}", None),
        ("a{}.b[]", None),
        ("a | a", None),
        ("a | a[].b", None),
        (". | a", None),
        ("a | ", None),
    ],
)
def test_an_items_path_says_more_than_one_list(text, steps):
    """What none can mean is refused."""
    if steps is None:
        with pytest.raises(ValueError, match=r"path to a list|ends with \[\]|in another one"):
            items_path(text)
    else:
        assert items_path(text) == steps
    assert joined_paths(["a", "b"]) == "a | b"
    with pytest.raises(ValueError, match="no path to a field"):
        field_path("a{}")


@pytest.mark.parametrize(
    ("path", "body", "found"),
    [
        ("rows[].", '{"rows": [[{"id": 1}], [], [{"id": 2}]]}', ["1", "2"]),
        ("[].", '[[{"id": "a"}], [{"id": "b", "x": "\\u0041"}]]', ["a", "b"]),
        ("s{}.", '{"s": {"x": [{"id": 1}], "n": 3, "y": [{"id": 2}], "z": null}}', ["1", "2"]),
        ("s{}.items", '{"s": {"x": {"items": [{"id": 1}]}, "y": {}}}', ["1"]),
        ("{}", '{"a": {"t": 1}, "b": {"id": "own"}, "c": 0.5, "d": null}', ["a", "own", "c", "d"]),
        ("v | b.c", '{"b": {"c": [{"id": 3}]}, "v": [{"id": 1}]}', ["3", "1"]),
        ("v | b.c", '{"v": [{"id": 1}]}', ["1"]),
        ("v | b.c", '{"v": [{"id": 1}], "b": null}', ["1"]),
        ("v | b.c", '{"v": null, "b": {"c": [], "c": [{"id": 2}]}}', ["2"]),
    ],
)
def test_items_are_found_in_the_order_of_the_bytes(path, body, found):
    """Whatever the lists stand under."""
    assert ids(body, surface(path)) == found


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        ("rows[].", '{"rows": [{"id": 1}]}', "shape"),
        ("s{}", '{"s": [{"id": 1}]}', "shape"),
        ("s{}.", '{"s": {"x": {"id": 1}}}', "shape"),
        ("v | b", '{"x": 1}', "shape"),
        ("v | b", '{"v": [], "b": {"id": 1}}', "shape"),
        ("v | b[].c", '{"v": [], "b": [{"c": 7}]}', "shape"),
        ("v | b.c", '{"v": [], "b": [1]}', "shape"),
        ("s{}", '{"s": {', "json"),
        ("s{}", "3", "shape"),
    ],
)
def test_what_has_another_shape_is_not_readable(path, body, why):
    """Items at an unexpected place never pass unseen."""
    with pytest.raises(NotReadable) as unreadable:
        extract(body.encode(), surface(path))
    assert unreadable.value.why == why


def test_the_key_is_the_id_and_no_fault():
    """Where the item says its own, that counts; other faults stay."""
    reads = extract(b'{"a": {"title": 3}, "\\u0062": {"id": 7}, "c": "x"}', surface("{}")).items
    assert [read.item.id for read in reads] == ["a", "7", "c"]
    assert [read.problems for read in reads] == [("title: not a text",), (), ()]
    assert all(read.readable for read in reads)


def test_an_item_under_its_id_goes_changes_and_comes_with_its_key():
    """The rest stays byte for byte; what stood with a score keeps one."""
    body = '{"s": {"a": {"t": 1, "signals": []} , "b":{"t": 2}}, "n": 1.10}'
    where = surface("s{}")
    assert sent(body, where, KEEP, DROP) == '{"s": {"a": {"t": 1}}, "n": 1.10}'
    assert sent(body, where, DROP, DROP) == '{"s": {}, "n": 1.10}'
    retitled = Placed(edit=Edit(set={"title": "x"}, last=True))
    assert sent(body, where, retitled, SUBSTITUTE) == (
        '{"s": {"9":{"id": "9"} , "a": {"t": 1, "title":"x"}}, "n": 1.10}'
    )
    assert sent('{"s": {"a": 0.9}}', where, SUBSTITUTE) == '{"s": {"9":0.9}}'
    more = sent('{"s": {"a": 0.9}}', where, KEEP, backfill=(b'{"id": 9}',))
    assert more == '{"s": {"a": 0.9,"9":0.9}}'
    assert sent('{"s": {}}', where, backfill=(b'{"id": 9}',)) == '{"s": {"9":{"id": 9}}}'


def test_bare_ids_are_items_where_the_surface_says_so():
    """Texts and numbers; what is neither is no item, and an empty text is no id."""
    where = surface(".", shape="ids")
    reads = extract(b'["a", 17, {"id": "b"}, "", null, [1]]', where).items
    assert [read.item.id for read in reads] == ["a", "17", "b", None, None, None]
    assert [read.readable for read in reads] == [True] * 4 + [False] * 2
    assert reads[3].problems == ("no id",)
    assert ids('["\\ud83d", 12345678901234567890123]', where) == ["�", "12345678901234567890123"]
    assert [read.readable for read in extract(b'["a"]', surface(".")).items] == [False]


def test_among_bare_ids_a_newcomer_is_a_bare_id():
    """A number among numbers if it can be."""
    where = surface(".", shape="ids")
    assert sent('["a", "b"]', where, SUBSTITUTE, DROP) == '["9"]'
    assert sent("[1, 2]", where, KEEP, SUBSTITUTE) == "[1, 9]"
    assert sent("[1]", where, KEEP, backfill=(b'{"id": "x"}',)) == '[1,"x"]'
    assert sent("[]", where, backfill=(b'{"id": "9"}',)) == '["9"]'
    assert sent('[{"id": 1}]', where, SUBSTITUTE) == '[{"id": "9"}]'


def test_python_objects_may_be_bare_ids_too():
    """The same outside of responses."""
    where = surface(".", shape="ids")
    items: list[Any] = ["a", 2, {"id": "c"}, None, True]
    reads = read_objects(items, where)
    assert [read.item.id for read in reads] == ["a", "2", "c", None, None]
    assert [read.readable for read in reads] == [True, True, True, False, False]
    plan = [SUBSTITUTE, SUBSTITUTE, SUBSTITUTE, KEEP, KEEP]
    assert apply_objects(items, reads, where, plan) == ["9", 9, {"id": "9"}, None, True]
    two = read_objects([1, 2], where)
    last = [Placed(edit=Edit(last=True)), KEEP]
    assert apply_objects([1, 2], two, where, last, [b'{"id": "x"}']) == [2, 1, "x"]
    assert apply_objects([], (), where, (), [b'{"id": "x"}']) == [{"id": "x"}]
    assert read_line(b'"a"', where).id == "a"
    with pytest.raises(ItemError, match="not a JSON object"):
        read_line(b'"a"', surface("."))


@pytest.mark.parametrize(
    ("path", "body", "empty", "least"),
    [
        ("rows[].", '{"rows": [[1]], "n": 1.10}', '{"rows": [], "n": 1.10}', '{"rows":[]}'),
        ("s{}", '{"s": {"a": 1}, "n": 1.10}', '{"s": {}, "n": 1.10}', '{"s":{}}'),
        ("s{}.items", '{"s": {"a": 1}, "n": 1.10}', '{"s": {}, "n": 1.10}', '{"s":{}}'),
        ("{}.", '{"a": [1]}', "{}", "{}"),
        (
            "v | b.c | b.d{}",
            '{"v": [1], "b": {"c": [2], "d": {"x": 1}}, "n": 1.10}',
            '{"v": [], "b": {"c": [], "d": {}}, "n": 1.10}',
            '{"v":[],"b":{"c":[],"d":{}}}',
        ),
        ("r[].a | r[].b", '{"r": [{"a": [1]}]}', '{"r": []}', '{"r":[]}'),
        (".", "[1]", "[]", "[]"),
    ],
)
def test_a_blank_has_the_shape_and_nothing_in_it(path, body, empty, least):
    """The outermost list or object is emptied; an unreadable body gives the least."""
    assert blank(body.encode(), surface(path)).decode() == empty
    assert blank(b"<html>", surface(path)).decode() == least
    assert blank(None, surface(path)).decode() == least


KEYS = st.text(st.characters(exclude_categories=("Cs",)), max_size=4)


@given(st.dictionaries(KEYS, st.one_of(st.integers(), st.fixed_dictionaries({"t": KEYS}))))
def test_whatever_the_keys_are_dropping_items_leaves_the_others(held):
    """For any object of items: what is kept is what stood there."""
    body = json.dumps({"s": held, "n": 1})
    plan = [DROP if n % 2 else KEEP for n in range(len(held))]
    kept = {key: value for n, (key, value) in enumerate(held.items()) if not n % 2}
    assert json.loads(sent(body, surface("s{}"), *plan)) == {"s": kept, "n": 1}
    assert ids(body, surface("s{}")) == list(held)


@given(st.lists(st.one_of(st.integers(0, 10**30), KEYS.filter(bool))))
def test_whatever_the_bare_ids_are_they_are_the_ids(listed):
    """For any list of texts and numbers."""
    where = surface("x", shape="ids")
    body = json.dumps({"x": listed})
    assert ids(body, where) == [str(one) for one in listed]
    assert sent(body, where, *[KEEP] * len(listed)) == body


def test_lists_of_objects_without_keys_have_no_prefix():
    """A span of a list is its elements; of an object, its members."""
    (plain,) = locate(b'[{"id": 1}]', ())
    (keyed,) = locate(b'{"a": 1, "b": 2}', (Under.IDS,))
    assert plain.parts == plain.elements
    assert keyed.parts == [(1, 7), (9, 15)]

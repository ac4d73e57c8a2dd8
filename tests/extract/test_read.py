"""Bodies become items: what is read, what is unknown, and which bodies are not readable."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from json_texts import bodies

from guardrail.extract import NotReadable, extract, strict
from guardrail.model import Item, Signal
from guardrail.ruleset import Surface

HOME = Surface("home")
BARE = (
    'a bare number; ids collide between taxonomies, write taxonomy:id, e.g. "iab-content-2.2:305"'
)


def read(items: str, **surface):
    """The reads of a body that holds this JSON array."""
    return extract(b'{"items":' + items.encode() + b"}", Surface("home", **surface)).items


def one(item: str, **surface):
    """The read of a lone item."""
    return read(f"[{item}]", **surface)[0]


def test_a_native_item_is_read_whole():
    """Every key of the contract arrives in the item."""
    text = """{"id": "sku-1", "kind": "recommendation", "title": "Folic acid",
     "reason": "Because", "categories": ["health.pregnancy", "iab-content-2.2:305"],
     "signals": [{"data": "search_history", "method": "inferred", "party": "first", "depth": 3,
       "context": "pharmacy", "category": "health.pregnancy", "precision": "city",
       "age_seconds": 340, "audience_size": 1200, "via": [{"data": "cart"}]}],
     "purpose": "product", "advertiser": "acme", "campaign": "c-42", "creative": "cr-7",
     "sponsored": true, "price_personalised": false, "unknown": {"x": [1]}}"""
    signal = Signal(
        data="search_history",
        method="inferred",
        party="first",
        depth=3,
        via=(Signal(data="cart"),),
        context="pharmacy",
        category="health.pregnancy",
        precision="city",
        age_seconds=340.0,
        audience_size=1200.0,
    )
    expected = Item(
        id="sku-1",
        kind="recommendation",
        title="Folic acid",
        reason="Because",
        categories=("health.pregnancy", "iab-content-2.2:305"),
        signals=(signal,),
        purpose="product",
        advertiser="acme",
        campaign="c-42",
        creative="cr-7",
        sponsored=True,
        price_personalised=False,
    )
    got = one(text)
    assert (got.item, got.problems, got.readable) == (expected, (), True)
    slow = one('{"id": 5.0,' + text[1:])
    assert slow.item == expected


def test_absent_keys_are_unknown_and_an_empty_list_of_signals_is_not():
    """No `signals` is unknown; `[]` says that nothing personal was used."""
    assert one('{"id":"a"}').item == Item(id="a")
    assert one('{"id":"a","signals":[]}').item.signals == ()
    assert one('{"id":"a","signals":null,"title":null}').item == Item(id="a")


@pytest.mark.parametrize(
    "number", ["5", "0", "-0", "1.10", "1e2", "12345678901234567890123", "1" * 6000, "-7"]
)
def test_a_number_as_id_is_its_own_text(number):
    """No digit of an id is lost, whatever a parser would make of the number."""
    got = one(f'{{"id": {number} , "campaign": {number}}}')
    assert got.item == Item(id=number, campaign=number)
    assert got.problems == ()


def test_categories_are_read_in_lower_case():
    """Slugs and taxonomy ids are compared in lower case, of items and of signals."""
    got = one(
        '{"id":"a","categories":["Health.Pregnancy","IAB-Content-1.0:IAB7-1"],'
        '"signals":[{"category":"Health.Pregnancy"},{}]}'
    )
    assert got.item.categories == ("health.pregnancy", "iab-content-1.0:iab7-1")
    assert got.item.signals == (Signal(category="health.pregnancy"), Signal())
    assert got.problems == ()


@pytest.mark.parametrize(
    ("item", "expected", "problem"),
    [
        ('{"title":"x"}', Item(title="x"), "no id"),
        ('{"id":""}', Item(), "no id"),
        ('{"id":true}', Item(), "id: not a text or a number"),
        ('{"id":"a","kind":"Ad"}', Item(id="a"), "kind: not one of ad, recommendation"),
        ('{"id":"a","purpose":"job"}', Item(id="a", purpose="job"), None),
        (
            '{"id":"a","purpose":"jobs"}',
            Item(id="a"),
            "purpose: no word of ours; did you mean job?",
        ),
        ('{"id":"a","purpose":"§"}', Item(id="a"), "purpose: no word of ours, so unknown"),
        ('{"id":"a","title":5}', Item(id="a"), "title: not a text"),
        ('{"id":"a","sponsored":1}', Item(id="a"), "sponsored: neither true nor false"),
        (
            '{"id":"a","categories":[305]}',
            Item(id="a", categories=("?",)),
            f"categories[0]: {BARE}",
        ),
        (
            '{"id":"a","categories":["305","x"]}',
            Item(id="a", categories=("?", "x")),
            f"categories[0]: {BARE}",
        ),
        ('{"id":"a","categories":305}', Item(id="a", categories=("?",)), f"categories: {BARE}"),
        (
            '{"id":"a","categories":[{},"x"]}',
            Item(id="a", categories=("?", "x")),
            'categories[0]: not a text, such as "health.pregnancy"',
        ),
        (
            '{"id":"a","categories":{}}',
            Item(id="a", categories=("?",)),
            'categories: not a list of texts, such as ["health.pregnancy"]',
        ),
        (
            '{"id":"a","categories":["","x"]}',
            Item(id="a", categories=("x",)),
            "categories[0]: an empty text; leave it out",
        ),
        (
            '{"id":"a","categories":[""]}',
            Item(id="a"),
            "categories[0]: an empty text; leave it out",
        ),
        ('{"id":"a","categories":"X"}', Item(id="a", categories=("x",)), None),
        (
            '{"id":"a","signals":5}',
            Item(id="a", signals=(Signal(),)),
            "signals: not a list of signals",
        ),
        (
            '{"id":"a","signals":[5]}',
            Item(id="a", signals=(Signal(),)),
            'signals[0]: not a signal, such as {"data": "search_history", "method": "observed"}',
        ),
        (
            '{"id":"a","signals":[{"data":"searches","party":"first"}]}',
            Item(id="a", signals=(Signal(party="first"),)),
            "signals[0].data: no word of ours",
        ),
        (
            '{"id":"a","signals":[{"method":"Inferred"}]}',
            Item(id="a", signals=(Signal(),)),
            "signals[0].method: not one of declared, inferred, modeled, observed",
        ),
        (
            '{"id":"a","signals":[{"precision":"street"}]}',
            Item(id="a", signals=(Signal(),)),
            "signals[0].precision: not one of city, country, place, postcode, region",
        ),
        (
            '{"id":"a","signals":[{"category":305}]}',
            Item(id="a", signals=(Signal(category="?"),)),
            f"signals[0].category: {BARE}",
        ),
        ('{"id":"a","signals":[{"depth":2.0}]}', Item(id="a", signals=(Signal(depth=2),)), None),
        (
            '{"id":"a","signals":[{"depth":-1}]}',
            Item(id="a", signals=(Signal(),)),
            "signals[0].depth: not a whole number from 0 on",
        ),
        (
            '{"id":"a","signals":[{"age_seconds":1e999}]}',
            Item(id="a", signals=(Signal(),)),
            "signals: not a list of signals",
        ),
        (
            '{"id":"a","signals":[{"age_seconds":"5"}]}',
            Item(id="a", signals=(Signal(),)),
            "signals[0].age_seconds: not a number",
        ),
        (
            '{"id":"a","signals":[{"via":[7]}]}',
            Item(id="a", signals=(Signal(via=(Signal(),)),)),
            "signals[0].via[0]: not a signal",
        ),
    ],
)
def test_a_malformed_field_is_unknown_and_said_so(item, expected, problem):
    """One bad field never makes the item unreadable, nor hides its other facts."""
    got = one(item)
    assert got.readable
    assert got.item == expected
    assert (problem is None) == (got.problems == ())
    assert problem is None or any(text.startswith(problem) for text in got.problems)


def test_an_unknown_taxonomy_is_kept_and_said_so():
    """It matches nothing, and the problem lists the taxonomies."""
    got = one('{"id":"a","categories":["iab:305","custom:1"]}')
    assert got.item.categories == ("iab:305", "custom:1")
    assert got.problems[0].startswith("categories[0]: no taxonomy:id that we know; taxonomies are")


def test_an_element_that_is_no_object_is_not_readable_and_keeps_its_place():
    """The others are read as if it were not there."""
    got = read('[5, {"id":"a"}, "x", null, [1]]')
    assert [r.readable for r in got] == [False, True, False, False, False]
    assert got[0].item == Item()
    assert got[0].problems == ("not a JSON object",)
    assert got[1].item.id == "a"


@pytest.mark.parametrize(
    "item",
    [
        '{"id":"a","categories":["x"],"signals":[{"data":"cart"}],"categories":["y"],"signals":[]}',
        '{"id":"a","categories":["x"],"signals":[{"data":"cart"}],"\\u0063ategories":["y"],"s\\u0069gnals":[]}',
    ],
)
def test_repeated_categories_and_signals_are_read_together(item):
    """Whichever of the two a reader takes, the guard has seen it."""
    got = one(item)
    assert got.item == Item(id="a", categories=("x", "y"), signals=(Signal(data="cart"),))
    assert got.problems == ("duplicate key categories", "duplicate key signals")


def test_other_repeated_keys_are_read_as_a_parser_does_and_said_so_on_a_closer_look():
    """The last one counts; an item that is looked at closely anyway gets a problem."""
    got = one('{"id":"a","title":"x","title":"y","kind":"?"}')
    assert got.item.title == "y"
    assert "duplicate key title" in got.problems
    assert one('{"id":"a","id":"b"}').item.id == "b"


@pytest.mark.parametrize("ident", ['"a"', "5.0"])
@pytest.mark.parametrize(
    ("members", "title"),
    [
        ('"name":{"is":"x"},"name":{"is":"y"}', "y"),
        ('"name":{"is":"x"},"name":{}', None),
        ('"name":{"is":"x","is":null}', None),
        ('"name":{"is":"x"},"name":5', None),
    ],
)
def test_the_last_one_counts_on_a_closer_look_too(members, title, ident):
    """Also where it says nothing, and in objects within the item."""
    assert one(f'{{"id":{ident},{members}}}', fields={"title": "name.is"}).item.title == title


@pytest.mark.parametrize(
    "members",
    [
        '"why":{"by":[{"data":"cart"}],"tags":["x"]},"why":{}',
        '"why":{"by":[{"data":"cart"}],"tags":["x"]},"why":{"by":[],"tags":[]}',
        '"why":{"by":[{"data":"cart"}],"tags":["x"],"by":null,"tags":null}',
    ],
)
def test_categories_and_signals_within_objects_are_read_together_too(members):
    """Alone, and beside others that say them once."""
    fields = {"signals": "why.by", "categories": "why.tags"}
    expected = Item(id="a", categories=("x",), signals=(Signal(data="cart"),))
    assert one(f'{{"id":"a",{members}}}', fields=fields).item == expected
    clean = '{"id":"b","why":{"by":[],"tags":["y"]}}'
    both = read(f'[{clean},{{"id":"a",{members}}},{{"id":"c"}}]', fields=fields)
    assert both[1].item == expected
    assert [r.item.id for r in both] == ["b", "a", "c"]


def test_a_via_chain_is_read_so_far_and_the_rest_is_unknown():
    """A chain of any length is no danger to what reads it."""
    chain = "".join('{"data":"cart","via":[' for _ in range(60)) + "]}" * 60
    got = one(f'{{"id":"a","signals":[{chain}]}}')
    signal, links = got.item.signals[0], 0
    while signal.via:
        signal, links = signal.via[0], links + 1
    assert links == 20
    assert signal == Signal()
    assert got.problems[0].endswith("deeper than 20 links of via; taken as unknown")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b'{"items":[{"id":"\xff"}]}', "charset"),
        ('{"items":[]}'.encode("utf-16"), "charset"),
        (b"{", "json"),
        (b'{"items":[NaN]}', "json"),
        (b'{"items":[{"id":Infinity}]}', "json"),
        (b'{"items":[]} x', "json"),
        (b'{"items":5,"a":}', "json"),
        (b'{"items":["\\u12"]}', "json"),
        (b"[]", "shape"),
        (b"5", "shape"),
        (b"{}", "shape"),
        (b'{"items":null}', "shape"),
        (b'{"items":{"id":"a"}}', "shape"),
        (b'{"data":{"items":[]}}', "shape"),
        (b'{"items":[' + b"[" * 100_000 + b"]" * 100_000 + b"]}", "too_deep"),
        (b"[" * 100_000, "too_deep"),
        (b'{"items":[' + b"1," * 2000 + b"1]}", "too_many_items"),
        (b'{"items":[' + b'{"id":"a"},' * 2000 + b"{}]}", "too_many_items"),
        (b'{"items":[' + b'{"id":"a"},' * 2000 + b'{"id":"a"}]}', "too_many_items"),
        (b'{"items":[1],"items":[' + b"1," * 2000 + b"1]}", "too_many_items"),
    ],
)
def test_a_body_without_items_says_why_in_one_word(body, why):
    """The word is one of a fixed few, and nothing of the body is in it."""
    with pytest.raises(NotReadable) as raised:
        extract(body, HOME)
    assert raised.value.why == why
    assert str(raised.value) == why


def test_the_limit_of_items_is_the_callers():
    """Exactly as many as the limit are fine."""
    body = b'{"items":[{"id":"a"},{"id":"b"}]}'
    assert len(extract(body, HOME, max_items=2).items) == 2
    with pytest.raises(NotReadable, match="too_many_items"):
        extract(body, HOME, max_items=1)


def test_a_byte_order_mark_is_taken_off():
    """It is no part of the JSON."""
    got = extract(b'\xef\xbb\xbf{"items":[{"id":"a"}]}', HOME)
    assert got.body == b'{"items":[{"id":"a"}]}'
    assert got.items[0].item.id == "a"


def test_half_a_surrogate_pair_is_read_as_a_replacement_character():
    """A title cut in the middle of an emoji is no reason to give the body up."""
    got = one('{"id":"a","title":"x\\ud83d","reason":"\\ud83d\\ude00 \\\\ud83d"}')
    assert got.item.title == "x\ufffd"
    assert got.item.reason == "\U0001f600 \\ud83d"


@pytest.mark.parametrize(
    ("path", "body", "ids"),
    [
        (".", b' [{"id":"a"}, {"id":"b"}] ', ["a", "b"]),
        ("a.b.items", b'{"x":[1],"a":{"y":{},"b":{"items":[{"id":"a"}]}}}', ["a"]),
        (
            "results[].hits",
            b'{"results":[{"hits":[{"id":"a"}]},{"q":1},{"hits":null},{"n":[[]],"hits":[{"id":"b"}]}]}',
            ["a", "b"],
        ),
        ("results[].hits", b'{"results":[ ]}', []),
        ("[].row.hits", b'[{"row":{"hits":[{"id":"a"}]}},{"row":{}},{}]', ["a"]),
        ("items", b'{"items":[{"id":"a"}],"more":{"items":[{"id":"z"}]}}', ["a"]),
        ("items", b'{"items":[{"id":"a"}],"items":[{"id":"b"}]}', ["a", "b"]),
        ("items", b'{"\\u0069tems":[{"id":"a"}],"items":[{"id":"b"}]}', ["a", "b"]),
        ("items", b'{"items":[{"id":"a","items":[1]}]}', ["a"]),
        ("r\u00e9s", '{"rés":[{"id":"a"}],"r\\u00e9s":[{"id":"b"}]}'.encode(), ["a", "b"]),
        (
            "results[].hits",
            b'{"results":[{"hits":[{"id":"a"}],"hits":[{"id":"b"}]}]}',
            ["a", "b"],
        ),
        (
            "results[].hits",
            b'{"results":[{"hits":[{"id":"a"}],"hits":null},{"hits":null,"hits":[{"id":"b"}]}]}',
            ["a", "b"],
        ),
    ],
)
def test_items_are_found_where_the_path_says(path, body, ids):
    """Every list at the end of the path, in the order of the bytes; repeated keys hide nothing."""
    got = extract(body, Surface("s", items=path))
    assert [r.item.id for r in got.items] == ids
    spans = [span for found in got.lists for span in found.elements]
    assert [json.loads(got.body[a:b])["id"] for a, b in spans] == ids
    assert all(
        got.body[found.start] == 0x5B and got.body[found.end - 1] == 0x5D for found in got.lists
    )


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("results[].hits", b'{"results":[{"hits":{"total":1}}]}'),
        ("results[].hits", b'{"results":[5]}'),
        ("results[].hits", b'{"results":{}}'),
        ("a.items", b'{"a":[]}'),
        (".", b"{}"),
    ],
)
def test_something_else_where_a_list_should_be_is_the_wrong_shape(path, body):
    """What could hold items in another form is not passed by."""
    with pytest.raises(NotReadable, match="shape"):
        extract(body, Surface("s", items=path))


def test_lists_are_found_even_when_the_stack_is_nearly_full(monkeypatch):
    """A body that could be read is never too deep later: the scanner does not recurse."""
    got = extract(b'{"items":[{"id":"a","x":' + b"[" * 300 + b"]" * 300 + b"}]}", HOME)

    def full(*_):
        raise RecursionError

    monkeypatch.setattr("guardrail.extract.read.locate", full)
    assert [len(found.elements) for found in got.lists] == [1]


def test_what_was_found_plain_is_forgotten_when_it_grows_too_large(monkeypatch):
    """The memory of plain items is bounded, and forgetting changes no reading."""
    monkeypatch.setattr("guardrail.extract.strict._REMEMBERED", 3)
    for number in range(9):
        assert one(f'{{"id":"a","categories":["c{number}"]}}').problems == ()
        assert len(strict._plain_heads) <= 3


@settings(max_examples=120, deadline=None)
@given(st.one_of(st.binary(max_size=60), bodies(), bodies().map(lambda b: b[: len(b) // 2])))
def test_any_bytes_are_extracted_or_not_readable(body):
    """Nothing but these two ever comes of a body."""
    for path in ("items", ".", "items[].signals", "meta.items"):
        surface = Surface("s", items=path)
        try:
            got = extract(body, surface)
        except NotReadable:
            continue
        assert sum(len(found.elements) for found in got.lists) == len(got.items)


@settings(max_examples=80, deadline=None)
@given(bodies())
def test_every_item_is_read_in_order(body):
    """Each read is that of the element at its place, object or not."""
    got = extract(body, HOME)
    expected = json.loads(body)["items"]
    assert [r.readable for r in got.items] == [isinstance(one, dict) for one in expected]
    for one_read, element in zip(got.items, expected, strict=True):
        if one_read.readable and isinstance(element.get("title"), str):
            title = element["title"].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            assert one_read.item.title == title

"""Items in the app's own shape, bids, Python objects and NDJSON lines."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from guardrail.extract import ItemError, extract, read_line, read_objects
from guardrail.extract.shape import shape_of
from guardrail.model import Item, Signal
from guardrail.ruleset import Surface

HOME = Surface("home")
SHOP = Surface(
    "shop",
    items="data.recs",
    fields={
        "id": "sku",
        "categories": "taxonomy.labels",
        "title": "taxonomy.name",
        "signals": "why",
    },
)


def items_of(body: bytes, surface: Surface) -> list[Item]:
    return [read.item for read in extract(body, surface).items]


def test_fields_are_read_where_the_surface_says():
    """Renamed and nested fields arrive under our names; the others keep their native keys."""
    body = b"""{"data":{"recs":[{"sku":"a","reason":"r","taxonomy":{"labels":["x"],"name":"N"},
        "why":[{"data":"cart"}],"id":"ignored"}]}}"""
    expected = Item(
        id="a", title="N", reason="r", categories=("x",), signals=(Signal(data="cart"),)
    )
    assert items_of(body, SHOP) == [expected]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (b'{"sku":12345678901234567890123}', Item(id="12345678901234567890123")),
        (
            b'{"sku":7,"campaign":8,"advertiser":9,"creative":10}',
            Item("7", campaign="8", advertiser="9", creative="10"),
        ),
        (b'{"sku":0}', Item(id="0")),
        (b'{"sku":"a","taxonomy":{"labels":"X"}}', Item(id="a", categories=("x",))),
        (b'{"sku":"a","taxonomy":null}', Item(id="a")),
        (b'{"sku":"a","taxonomy":[1]}', Item(id="a")),
        (b'{"sku":"a"}', Item(id="a")),
        (
            b'{"sku":"a","taxonomy":{"labels":["x"]},"taxonomy":{"labels":["y"]},"kind":"?"}',
            Item(id="a", categories=("x", "y")),
        ),
    ],
)
def test_a_mapped_item_is_read_as_leniently_as_a_native_one(item, expected):
    """Numbers as ids, a text where a list belongs, and objects that are not there."""
    assert items_of(b'{"data":{"recs":[' + item + b"]}}", SHOP) == [expected]
    both = items_of(b'{"data":{"recs":[' + item + b',{"sku":"ok"}]}}', SHOP)
    assert both == [expected, Item(id="ok")]


@pytest.mark.parametrize(
    "fields",
    [
        {"categories": "tax", "title": "tax.name"},
        {"reason": "tax", "title": "tax.name"},
        {"categories": "tax.name", "title": "tax.name"},
        {"campaign": "tax", "title": "tax.name", "id": "tax.x"},
        {"title": "id"},
        {"kind": "tax", "title": "tax.name"},
    ],
)
def test_paths_that_run_through_each_other_still_read(fields):
    """One place may serve two fields, or hold one of them and be the other."""
    surface = Surface("s", items=".", fields=fields)
    read = extract(b'[{"id":"a","tax":{"name":"N"}}]', surface).items[0]
    assert read.item.id == (None if "id" in fields else "a")
    assert read.item.title == ("a" if fields["title"] == "id" else "N")


def test_a_wrong_path_is_refused_when_the_shape_is_made():
    """A surface with a path that is none never gets to read anything."""
    with pytest.raises(ValueError, match="no path to a field"):
        shape_of(Surface("s", fields={"id": "a..b"}))


def test_a_bid_is_read_with_its_taxonomy():
    """`cattax` says which taxonomy the bare ids are in; advertiser is the first domain."""
    surface = Surface("ads", shape="openrtb-2.6", items="seatbid[].bid", kind="ad")
    body = b"""{"id":"r","seatbid":[{"bid":[
        {"id":"1","cid":"c","crid":"cr","adomain":["acme.example"],"cat":["IAB7-39"]},
        {"id":"2","cat":["1387"],"cattax":8,"ext":{"signals":[{"data":"cart"}]}},
        {"id":"3","cat":[12],"cattax":600},
        {"id":"4","cat":["9", null],"cattax":"x"}]},{"seat":"s"}]}"""
    assert items_of(body, surface) == [
        Item(
            "1",
            advertiser="acme.example",
            campaign="c",
            creative="cr",
            categories=("iab-content-1.0:iab7-39",),
        ),
        Item("2", categories=("iab-ad-product-2.0:1387",), signals=(Signal(data="cart"),)),
        Item("3", categories=("custom:600-12",)),
        Item("4", categories=("custom:unknown-9", "?")),
    ]
    own = Surface("ads", shape="openrtb-2.6", items=".", fields={"categories": "ext.tags"})
    assert items_of(b'[{"id":"1","cattax":8,"ext":{"tags":["x"]}}]', own) == [
        Item("1", categories=("x",))
    ]


def test_objects_are_read_as_bytes_would_be():
    """Dicts, nested ones too; what no JSON has (a Decimal, a set) is read where it can be."""
    given = [
        {
            "id": 12345678901234567890123,
            "categories": {"Health.Pregnancy"},
            "when": datetime.now(UTC),
        },
        {"id": Decimal("1.10"), "signals": ({"age_seconds": Decimal(5), "depth": Decimal("NaN")},)},
        {
            "id": "c",
            "signals": [
                {"age_seconds": float("nan")},
                {"audience_size": 10**400},
                {"age_seconds": Decimal("sNaN")},
            ],
        },
        {"title": "x", "sponsored": True},
        "no item",
    ]
    got = read_objects(given, HOME)
    assert [r.item for r in got] == [
        Item(id="12345678901234567890123", categories=("health.pregnancy",)),
        Item(id="1.10", signals=(Signal(age_seconds=5.0),)),
        Item(id="c", signals=(Signal(), Signal(), Signal())),
        Item(title="x", sponsored=True),
        Item(),
    ]
    assert [r.problems[:1] for r in got] == [
        (),
        ("signals[0].depth: not a whole number from 0 on",),
        ("signals[0].age_seconds: not a number",),
        ("no id",),
        ("not a mapping",),
    ]
    assert [r.readable for r in got] == [True, True, True, True, False]


def test_objects_in_the_surfaces_own_shape_are_read():
    """Paths work on dicts as on bytes."""
    got = read_objects([{"sku": 5, "taxonomy": {"labels": "x"}}, {"sku": "b", "taxonomy": 7}], SHOP)
    assert [r.item for r in got] == [Item(id="5", categories=("x",)), Item(id="b")]


def test_an_object_that_holds_itself_is_read_to_a_depth():
    """A via that leads back to its own signal ends as unknown."""
    signal = {"data": "cart"}
    signal["via"] = [signal]
    assert read_objects([{"id": "a", "signals": [signal]}], HOME)[0].problems


@pytest.mark.parametrize(
    ("line", "item"),
    [
        (b'{"id":"a"}', Item(id="a")),
        (b' {"id":5}\r\n', Item(id="5")),
        (b'\xef\xbb\xbf{"id":"a","categories":["X"]}', Item(id="a", categories=("x",))),
        (b'{"id":"a","title":"\\ud83d"}', Item(id="a", title="\ufffd")),
    ],
)
def test_a_line_is_an_item(line, item):
    """White space around it is no matter."""
    assert read_line(line, HOME) == item


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"", "not JSON: "),
        (b"{", "not JSON: "),
        (
            b'{"id":"a"} {}',
            'not JSON: trailing characters (byte 12); one line is one item, like {"id": "sku-1"}',
        ),
        (b'{"id":NaN}', "not JSON: "),
        (b'{"id":"\xff"}', "not UTF-8; JSON is always written in UTF-8"),
        (b"[1]", 'not a JSON object; an item looks like {"id": "sku-1"}'),
        (b"{}", "no id"),
        (
            b'{"id":"a","categories":[305],"kind":"x"}',
            "kind: not one of ad, recommendation; categories[0]: a bare number; ids",
        ),
        (b"[" * 50_000, "nested too deep to be read"),
    ],
)
def test_a_line_that_is_no_item_says_what_is_wrong(line, text):
    """The text is what the person who wrote the line needs."""
    with pytest.raises(ItemError) as raised:
        read_line(line, HOME)
    assert str(raised.value).startswith(text)


BIDS = Surface("bids", shape="openrtb-2.6", items="bids")


def bid(**keys):
    (read,) = extract(json.dumps({"bids": [{"id": "b", **keys}]}).encode(), BIDS).items
    return read


@pytest.mark.parametrize(
    ("given", "first", "several"),
    [
        (["a.example"], "a.example", None),
        (["a.example", "b.example"], "a.example", ("a.example", "b.example")),
        (["a.example", "a.example"], "a.example", None),
        (["a.example", 7, "b.example"], "a.example", ("a.example", "b.example")),
        ("a.example", "a.example", None),
        ([], None, None),
    ],
)
def test_an_item_may_have_several_advertisers(given, first, several):
    """The first one is `advertiser`, as ever."""
    item = bid(adomain=given).item
    assert (item.advertiser, item.advertisers) == (first, several)


def test_a_native_item_may_name_them_too():
    """Under a key of their own; what is no name is said."""
    surface = Surface("home")
    body = b'{"items": [{"id": "a", "advertisers": ["x", "y"], "attr": [1, 8]}, %s]}'
    plain, odd = extract(body % b'{"id": "b", "advertisers": "x", "attr": 8}', surface).items
    assert (plain.item.advertisers, plain.item.attr) == (("x", "y"), (1, 8))
    assert (odd.item.advertisers, odd.item.attr) == (None, (8,))
    assert odd.problems == ('advertisers: not a list of names, such as ["acme", "acme.example"]',)
    strict, closer = (
        extract(body % more, surface).items[0] for more in (b'{"id": "c"}', b'{"id": 1}')
    )
    assert strict == closer
    empty = extract(body % b'{"id": "b", "advertisers": [1, ""]}', surface).items[1]
    assert empty.item.advertisers is None


@pytest.mark.parametrize(
    ("given", "codes", "problem"),
    [
        ([1, 8], (1, 8), False),
        ([], (), False),
        (8, (8,), False),
        ([8, "x", True], (8,), True),
        ("pop", None, True),
        ({}, None, True),
    ],
)
def test_creative_attributes_are_whole_numbers(given, codes, problem):
    """What can be read is read, and the rest is said."""
    read = bid(attr=given)
    assert read.item.attr == codes
    assert any(one.startswith("attr: ") for one in read.problems) is problem


@pytest.mark.parametrize(
    ("ext", "signals"),
    [
        ({"transparency": [{"domain": "d", "dsaparams": [2]}]}, (Signal("current_item", depth=0),)),
        (
            {"transparency": [{"dsaparams": [1]}, {"params": [3, 1]}]},
            (
                Signal("other", "inferred", "third"),
                Signal("precise_location", "observed", "third"),
            ),
        ),
        ({"transparency": [{"dsaparams": [9]}]}, (Signal(),)),
        ({"transparency": [{"dsaparams": ["1"]}]}, (Signal(),)),
        ({"transparency": [{"dsaparams": 1}, 7]}, None),
        ({"transparency": [{"domain": "d"}]}, None),
        ({"transparency": {}}, None),
        ({"behalf": "Acme"}, None),
        (7, None),
    ],
)
def test_what_a_bid_states_by_the_digital_services_act_is_a_signal(ext, signals):
    """Profiling, basic, precise location; a code that is not known is a signal that is not."""
    assert bid(ext={"dsa": ext}).item.signals == signals
    assert bid(ext={"dsa": ext, "signals": []}).item.signals == ()
    assert bid(ext={"dsa": ext, "signals": None}).item.signals == signals

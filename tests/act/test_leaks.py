"""What would tell a third party why somebody was chosen is cut out of links and markup."""

import json
import re
from collections import namedtuple
from types import MappingProxyType
from urllib.parse import quote

import pytest

from guardrail.act import DROP, KEEP, Cuts, Placed, apply_objects, splice
from guardrail.extract import extract, read_objects
from guardrail.ruleset import Leaks, Surface
from guardrail.treat.edit import Edit

HOME = Surface("home")
LEAKS = Leaks(
    parameters=("segment", "seg_*", "Aud", "aud[]", "s.x-y"),
    macros=("%%PATTERN:*%%", "${SEGMENT}", "{{segment}}"),
)


def sent(body, plan="k", surface=HOME, leaks=LEAKS, backfill=()):
    """The spliced body and what was cut; of the plan, k keeps and d drops."""
    cuts = Cuts(leaks, surface)
    placed = [{"k": KEEP, "d": DROP}[one] if isinstance(one, str) else one for one in plan]
    return splice(body, extract(body, surface), surface, placed, backfill, cuts=cuts), cuts.counts


def cut(text, leaks=LEAKS):
    """A link after the cut, the same in bytes, in escaped bytes and as an object."""
    results = set()
    for ascii_only in (True, False):
        body = json.dumps({"items": [{"url": text}]}, ensure_ascii=ascii_only).encode()
        out, counts = sent(body, leaks=leaks)
        results.add(json.loads(out)["items"][0]["url"])
    escaped = "".join(f"\\u{ord(one):04x}" for one in text)
    out, escaped_counts = sent(f'{{"items":[{{"url":"{escaped}"}}]}}'.encode(), leaks=leaks)
    results.add(json.loads(out)["items"][0]["url"])
    cuts = Cuts(leaks, HOME)
    results.add(cuts.from_object({"url": text})["url"])
    assert cuts.counts == counts == escaped_counts
    assert len(results) == 1
    return results.pop(), counts


@pytest.mark.parametrize(
    ("text", "left", "names"),
    [
        ("/p?a=1&segment=x&b=2", "/p?a=1&b=2", {"segment": 1}),
        ("/p?segment=x", "/p", {"segment": 1}),
        ("/p?segment=x#there", "/p#there", {"segment": 1}),
        ("/p?segment=x&b=2", "/p?b=2", {"segment": 1}),
        ("/p?b=2&segment=x#there", "/p?b=2#there", {"segment": 1}),
        ("/p?segment=x&aud=1&b=2&SEG_income=3", "/p?b=2", {"segment": 1, "Aud": 1, "seg_*": 1}),
        ("/p?segment&b=2", "/p?b=2", {"segment": 1}),
        ("/p?segment", "/p", {"segment": 1}),
        ("/p?segment=&aud[]=1&aud[]=2", "/p", {"segment": 1, "aud[]": 2}),
        ("/p?seg_=1&s.x-y=2", "/p", {"seg_*": 1, "s.x-y": 1}),
        ("/p?a=1&segment=a(b)c&d=e", "/p?a=1&d=e", {"segment": 1}),
        ("/p?&segment=x", "/p?", {"segment": 1}),
        ("/go?url=https://x/y?segment=1&b=2", "/go?url=https://x/y?b=2", {"segment": 1}),
        ("/p?segment=a?b=1&c=2", "/p?c=2", {"segment": 1}),
        ("https://x/?q=é&segment=ü", "https://x/?q=é", {"segment": 1}),
    ],
)
def test_a_parameter_goes_with_one_ampersand(text, left, names):
    """The last of a query takes the question mark with it; fragments stay."""
    assert cut(text) == (left, names)


@pytest.mark.parametrize(
    ("text", "left", "names"),
    [
        ("/p?a=1;segment=x;b=2", "/p?a=1;b=2", {"segment": 1}),
        ("/p?segment=x;b=2", "/p?b=2", {"segment": 1}),
        ("/p?segment;aud=1", "/p", {"segment": 1, "Aud": 1}),
        ("/p?a=1;segment=x&b=2;aud=3#s;aud=4", "/p?a=1&b=2#s;aud=4", {"segment": 1, "Aud": 1}),
        ("/p?segment=x;y&b=2", "/p?b=2", {"segment": 1}),
        ("/p;segment=x;b=2/q;aud=3?c=4", "/p;b=2/q?c=4", {"segment": 1, "Aud": 1}),
        ("https://x/p;seg_a=1", "https://x/p", {"seg_*": 1}),
        ("<a href='/p;segment=x'>;segment=x", "<a href='/p'>;segment=x", {"segment": 1}),
        ("/go?u=https://x/p;segment=1/q?b=2", "/go?u=https://x/p/q?b=2", {"segment": 1}),
    ],
)
def test_semicolons_join_parameters_too(text, left, names):
    """In a query and in a path; a value ends at one only where another parameter begins."""
    assert cut(text) == (left, names)


NESTED = [
    ("https://x/p?segment=1", "https://x/p", {"segment": 1}),
    ("https://x/p?segment=1&b=2", "https://x/p?b=2", {"segment": 1}),
    ("https://x/p?a=1&segment=x y&b=2#top", "https://x/p?a=1&b=2#top", {"segment": 1}),
    ("https://x/p?a=1;segment=x;b=2", "https://x/p?a=1;b=2", {"segment": 1}),
    ("https://x/p?a=1&SEG_a=1&aud=2", "https://x/p?a=1", {"seg_*": 1, "Aud": 1}),
    ("https://x/p?aud[]=1&b=2&aud[]=3", "https://x/p?b=2", {"aud[]": 2}),
    ("https://x/p;segment=1/q?b=2", "https://x/p/q?b=2", {"segment": 1}),
    ("https://x/p?a=1&amp;segment=2&amp;b=3", "https://x/p?a=1&amp;b=3", {"segment": 1}),
    ("segment=1&b=2", "b=2", {"segment": 1}),
    ("b=2&segment=1", "b=2", {"segment": 1}),
    ("segment=1", "", {"segment": 1}),
    ("https://x/p?a=segments&segments=1", "https://x/p?a=segments&segments=1", {}),
    ("segment", "segment", {}),
]


@pytest.mark.parametrize("around", ["/go?u={}", "/go?c=1&u={}&d=é", '<a href="/go?u={}">'])
@pytest.mark.parametrize("levels", [1, 2])
@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize(("link", "left", "names"), NESTED)
def test_a_link_in_a_parameter_is_looked_through(link, left, names, around, levels, small):
    """Percent-encoded once or twice, in capitals or small letters, with what else stands there."""

    def packed(text):
        for _ in range(levels):
            text = quote(text, safe="")
        return re.sub("%[0-9A-F]{2}", lambda one: one[0].lower(), text) if small else text

    if levels == 2 and not link.startswith("https"):
        link, left = f"q={quote(link, safe='')}", f"q={quote(left, safe='')}"
        levels = 1
    assert cut(around.format(packed(link))) == (around.format(packed(left)), names)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("/go?u=https%3A%2F%2Fx%3Fa=1%26segment=x&b=2", "/go?u=https%3A%2F%2Fx%3Fa=1&b=2"),
        ("/go?segment=%3Fsegment%3D1%26aud%3D2&b=2", "/go?b=2"),
        ("/go?u=%3Fsegment%3D%253Faud%253D1%26b%3D2", "/go?u=%3Fb%3D2"),
        ("/go?u=%3Fb%3D2%26aud%3D%%PATTERN:x%%", "/go?u=%3Fb%3D2"),
    ],
)
def test_what_is_encoded_by_half_or_stands_in_another_goes_once(text, left):
    """Some write ``=`` as it is; what stands within a parameter goes with that."""
    assert cut(text)[0] == left


@pytest.mark.parametrize(
    "text",
    [
        "/p?a=%26segment%26b%3D1",
        "/p%3Fsegment%3D1",
        "/p#u=%3Fsegment%3D1",
        "/p?u=%25253Fsegment%25253D1",
        "/p?u=%3F%73egment%3D1",
        "var a=b;segment=1 //x",
        "/p;segments=1;segment/;a=segment",
        "/p;a=1 ;segment=2",
    ],
)
def test_encoded_or_joined_by_semicolons_what_is_no_leak_stays(text):
    """Bare words, paths, fragments, three levels, encoded letters, and what is no link."""
    assert cut(text) == (text, {})


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('<a href="/p?a=1&amp;segment=x&amp;b=2">', '<a href="/p?a=1&amp;b=2">'),
        ("<a href='/p?a=1&#38;segment=x&#x26;b=2'>", "<a href='/p?a=1&#x26;b=2'>"),
        ("<a href=/p?segment=x>y</a>", "<a href=/p>y</a>"),
        ("href=&quot;/p?segment=x&quot; id", "href=&quot;/p&quot; id"),
        ("href=&#39;/p?a=1&segment=x&#39; id", "href=&#39;/p?a=1&#39; id"),
        ("src=x style='url(/p?segment=x)'", "src=x style='url(/p)'"),
        ('<script src="x">u="/p?segment=x\\u0026b=2"', '<script src="x">u="/p?b=2"'),
        (
            '<script src="x">u="/p?a=1\\u0026segment=x\\u0026b=2"',
            '<script src="x">u="/p?a=1\\u0026b=2"',
        ),
        ('<img srcset="/a?segment=x 1x, /b?segment=y 2x" SRC=', '<img srcset="/a 1x, /b 2x" SRC='),
        ("https://x/?segment=x\nhttps://y/?aud=1", "https://x/\nhttps://y/"),
    ],
)
def test_markup_around_a_link_stays_whole(text, left):
    """However it writes its ampersands and quotes."""
    assert cut(text)[0] == left


@pytest.mark.parametrize(
    "text",
    [
        "/p?segments=x&my_segment=1&xseg_a=1&a=segment",
        "/p?s.xxy=1",
        "/segment=1&segment=2",
        "/p#segment=1?segment=2&segment=3",
        "/p?a=1#/x?segment=2",
        "/p?a=1 &segment=x",
        "Which one? segment=x",
        "Which one?segment=x",
        "//x/%3Fsegment%3Dx",
        "/p?ſegment=1",
        "/p?a=1&segment;",
        "%%PATTERN:x%% ${SEGMENT}",
        "/p?x=${segment}%%PATTERN:x%",
        "",
    ],
)
def test_what_is_no_leak_stays(text):
    """Other keys, paths, fragments, texts that are neither link nor markup."""
    assert cut(text) == (text, {})


@pytest.mark.parametrize(
    ("text", "left", "names"),
    [
        ("/p?k=%%PATTERN:color%%&b=2", "/p?k=&b=2", {"%%PATTERN:*%%": 1}),
        ("/%%PATTERN:a%%%%PATTERN:b%%/c", "//c", {"%%PATTERN:*%%": 2}),
        ("/p?segment=${SEGMENT}&b=${SEGMENT}", "/p?b=", {"segment": 1, "${SEGMENT}": 1}),
        ("<b href=>{{segment}}</b>{{segments}}", "<b href=></b>{{segments}}", {"{{segment}}": 1}),
        ("/?segment=%%PATTERN:a b%%c", "/c", {"segment": 1, "%%PATTERN:*%%": 1}),
        ("/?x=%%PATTERN:a", "/?x=%%PATTERN:a", {}),
    ],
)
def test_a_macro_goes_where_it_stands(text, left, names):
    """From its beginning to the closing mark; within a parameter it goes with that."""
    assert cut(text) == (left, names)


def test_nothing_else_of_the_item_changes():
    """Numbers, spacing, escapes, keys and the id stay; every text is looked at, nested ones too."""
    item = (
        rb'{ "id" : "/?segment=1", "u":"\/p?segment=x\u0026b=\u00e9\ud83d", "n":1.10 ,'
        rb' "/?segment=1":[ "/?aud=1", {"id":"\ud83d\ude00:\/\/x?b=\"&aud=1"} ],'
        rb' "t":"a?segment=1" }'
    )
    left = (
        rb'{ "id" : "/?segment=1", "u":"\/p?b=\u00e9\ud83d", "n":1.10 ,'
        rb' "/?segment=1":[ "/", {"id":"\ud83d\ude00:\/\/x?b=\"&aud=1"} ],'
        rb' "t":"a?segment=1" }'
    )
    body = b'{"next":"/?segment=1","items":[%b, 5,"/?segment=1"]}'
    assert sent(body % item, "kkk") == (body % left, {"segment": 1, "Aud": 1})


def test_the_id_is_where_the_surface_says():
    """Within objects too, and whatever it is; another value of that name is no id."""
    surface = Surface("s", fields={"id": "meta.sku"})
    item = {"meta": {"sku": ["/?aud=1"], "x": "/?aud=1"}, "id": "/?aud=1", "sku": "/?aud=1"}
    left = {"meta": {"sku": ["/?aud=1"], "x": "/"}, "id": "/", "sku": "/"}
    body = json.dumps({"items": [item, {"meta": ["/?aud=1"]}]}).encode()
    out, counts = sent(body, "kk", surface)
    assert json.loads(out)["items"] == [left, {"meta": ["/"]}]
    assert counts == {"Aud": 4}
    cuts = Cuts(LEAKS, surface)
    assert cuts.from_object(item) == left
    assert cuts.from_object({"meta": ["/?aud=1"]}) == {"meta": ["/"]}


def test_signals_edits_and_what_is_filled_in():
    """Hidden members count nothing; what replaces or fills in is cut as well."""
    body = b'{"items":[{"id":"a","signals":["/?aud=1"]},{"id":"b"},{"id":"c","u":"/?aud=1"}]}'
    new = Placed(edit=Edit(replace=b'{"id":"n","u":"/?segment=1"}'))
    out, counts = sent(body, ["k", new, "d"], backfill=[b'{"id":"f","u":"/?seg_a=1&b=2"}'])
    assert out == b'{"items":[{"id":"a"},{"id":"n","u":"/"},{"id":"f","u":"/?b=2"}]}'
    assert counts == {"segment": 1, "seg_*": 1}


@pytest.mark.parametrize(
    ("surface", "leaks"), [(Surface("s", keep_leaks=True), LEAKS), (HOME, Leaks())]
)
def test_without_a_list_or_where_leaks_are_kept_everything_stays(surface, leaks):
    """The very same bytes and objects."""
    body = b'{"items":[{"id":"a","u":"/?segment=\\u0041"}]}'
    assert sent(body, surface=surface, leaks=leaks)[0] is body
    item = {"u": "/?segment=1"}
    assert Cuts(leaks, surface).from_object(item) is item


def test_macros_alone_are_looked_for():
    """Where no parameter is listed; a text behind the last leak is not looked at."""
    leaks = Leaks((), ("${SEGMENT}",))
    body = b'{"items":[{"u":"/p?segment=${SEGMENT}","t":"/?aud=1"}]}'
    left = b'{"items":[{"u":"/p?segment=","t":"/?aud=1"}]}'
    assert sent(body, leaks=leaks) == (left, {"${SEGMENT}": 1})


def test_bare_ids_are_ids():
    """Nothing is cut out of them."""
    surface = Surface("s", shape="ids")
    body = b'{"items":["/?segment=1","/?aud=1"]}'
    assert sent(body, "kd", surface) == (b'{"items":["/?segment=1"]}', {})


class Safe(str):
    """A text that stays what it is when a part is taken of it."""

    __slots__ = ()

    def __getitem__(self, key):
        return Safe(str.__getitem__(self, key))

    def join(self, parts):
        return Safe(str.join(self, parts))


def test_objects_without_a_leak_are_the_very_same():
    """Lists, tuples and mappings are made anew only around what was cut."""
    pair = namedtuple("pair", "url")("/?aud=1")
    same = {"x": ["/p", {"y": 1}], "t": ("/q",)}
    item = MappingProxyType(
        {"same": same, "list": ["/?aud=1"], "tuple": ("/?aud=1", 1), "pair": pair, "n": None}
    )
    out = Cuts(LEAKS, HOME).from_object(item)
    assert out == {"same": same, "list": ["/"], "tuple": ("/", 1), "pair": pair, "n": None}
    assert (out["same"], out["pair"]) == (same, pair)
    assert out["same"] is same
    assert item["list"] == ["/?aud=1"]
    assert type(Cuts(LEAKS, HOME).from_object({"u": Safe("/?aud=1&b=1")})["u"]) is Safe


def test_objects_that_hold_themselves_or_are_deep_do_no_harm():
    """What stands twice is cut once and stays one; a hundred levels are looked through."""
    shared = ["/?aud=1"]
    item = {"a": shared, "b": shared}
    item["self"] = loop = [item, "/?aud=1"]
    cuts = Cuts(LEAKS, HOME)
    out = cuts.from_object(item)
    assert out["a"] == ["/"]
    assert out["a"] is out["b"]
    assert out["self"][1] == "/"
    assert loop[1] == "/?aud=1"
    deep = "/?aud=1"
    for _ in range(10_000):
        deep = [deep]
    assert Cuts(LEAKS, HOME).from_object({"x": deep})["x"] is deep


def test_reviewed_items_are_cut_with_what_fills_in():
    """As in bytes; what is no mapping stays."""
    items = [{"id": "a", "u": "/?aud=1", "signals": ["/?aud=1"]}, "/?aud=1", {"id": "b"}]
    cuts = Cuts(LEAKS, HOME)
    plan = [KEEP, KEEP, DROP]
    fill = [b'{"id":"f","u":"/?aud=1"}']
    reads = read_objects(items, HOME)
    assert apply_objects(items, reads, HOME, plan, fill, cuts=cuts) == [
        {"id": "a", "u": "/"},
        "/?aud=1",
        {"id": "f", "u": "/"},
    ]
    assert cuts.counts == {"Aud": 2}


def test_texts_that_go_on_and_on_are_read_in_one_go():
    """A million characters take a second or so, and what stands behind them is found."""
    for text in (
        "/" + "?" * 10**6,
        "/" + "?(" * 500_000,
        "/" + "%%PATTERN:" * 10**5,
        "/?" + "%3F" * 300_000,
        "/?a=" + "%26segment" * 100_000,
        "/?a=" + "=segment%3D" * 100_000,
        "/?segment=" + "%3Ba" * 200_000,
        "/?" + ";a" * 500_000,
        "/" + ";segment=/" * 100_000,
        "/" + "/" * 10**6,
    ):
        body = json.dumps({"items": [{"u": text + "?segment"}]}).encode()
        assert b"?segment" not in sent(body)[0]

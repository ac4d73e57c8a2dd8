"""Bodies read in one pass: what is found is what the careful reading finds, or nothing is."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrail.act.members import without
from guardrail.extract import NotReadable, Reader, extract, reader_for
from guardrail.extract import learn as learning
from guardrail.extract.scan import Scanned, compiled
from guardrail.extract.sort import Sort
from guardrail.model import Customer
from guardrail.ruleset import RuleSet, Surface
from guardrail.score.alike import SameToRules
from guardrail.score.engine import Engine
from tests.extract import json_texts
from tests.score.test_alike import CATEGORIES, RULES, decisive

pytestmark = pytest.mark.skipif(
    compiled is None, reason="the scanner is compiled where there is a C compiler"
)

ENGINE = Engine(RuleSet(rules=RULES, categories=CATEGORIES))
MAPPED = {"id": "sku", "title": "text.head", "categories": "tax.labels", "signals": "why.by"}
SURFACES = (
    Surface("plain"),
    Surface("kept", keep_signals=True),
    Surface("top", items=".", strip=("meta", "items")),
    Surface("groups", items="results[].hits", neutral_reason="é"),
    Surface("mapped", items="data.list", fields=MAPPED, keep_signals=True),
)


def reader(surface: Surface) -> Reader:
    """The surface's reader, as the service makes it."""
    hidden = () if surface.keep_signals else (("signals",),)
    hidden += tuple((name,) for name in surface.strip)
    alike = SameToRules(ENGINE, surface)
    return reader_for(surface, ENGINE.needs(surface), alike, hidden)


READERS = {one.name: reader(one) for one in SURFACES}
PLAIN = READERS["plain"]


def scan(body: str | bytes, made: Reader = PLAIN) -> Any:
    """The scan of a body, None where there is none."""
    assert made.scanner is not None
    return made.scanner.scan(body.encode() if isinstance(body, str) else body)


def items(*listed: str) -> str:
    return f'{{"items":[{",".join(listed)}]}}'


@st.composite
def bodies(draw: Any) -> tuple[Surface, bytes]:
    """A body of items on some surface: tidy ones, and such as no encoder writes."""
    surface = draw(st.sampled_from(SURFACES))
    texts = json_texts.arrays(json_texts.ITEMS | TIDY[surface.name])
    listed = draw(texts)
    beside = draw(json_texts.VALUES)
    match surface.items:
        case ".":
            text = listed
        case "items":
            text = f'{{"x":{beside},"items":{listed}}}'
        case "data.list":
            text = f'{{"data":{{"list":{listed},"y":{beside}}}}}'
        case _:
            other = draw(texts)
            text = f'{{"results":[{{"hits":{listed}}},{{"z":{beside}}},{{"hits":{other}}}]}}'
    return surface, text.encode(errors="surrogatepass")


def tidy(surface: Surface) -> st.SearchStrategy[str]:
    """Items as apps write them."""
    some = st.sampled_from
    signal = st.fixed_dictionaries(
        {},
        optional={
            "data": some(["cart", "search_history", "oops", 5]),
            "method": some(["observed", "inferred"]),
            "party": some(["first", "third", None]),
            "context": some(["work", "shöp", ""]),
            "category": some(["health", "Toys ", "305"]),
            "age_seconds": some([1, 60, 1.5e3, "x"]),
            "via": some([[], [{"method": "observed"}], 5]),
            "more": some([{"a": [1]}, "]"]),
        },
    )
    fields: dict[str, Any] = {
        "id": some(["a", "ü", "", 7, 10**20, -1, 1.5, None]),
        "title": some(["Pregnancy test", "Ein Tee", 'a "b" \\', "\U0001f600", "", None, 5]),
        "reason": some(["We noticed you", "é", "because"]),
        "categories": some([["toys"], ["Health", "garden.sheds"], [], "vice", [5], None]),
        "signals": st.lists(signal, max_size=3) | some([None, 5, [5]]),
        "campaign": some(["spring", "co-1", 5]),
        "advertiser": some(["acme", "x", "", ["a", "b"]]),
        "sponsored": some([True, False, 1]),
        "price": some([1.5, 10**30]),
        "meta": some([None, {"signals": [1]}, [[[]]]]),
    }
    paths = {**{name: name for name in fields}, **surface.fields}

    def placed(said: dict[str, Any]) -> str:
        out: dict[str, Any] = {}
        for name, value in said.items():
            node = out
            *way, last = paths[name].split(".")
            for key in way:
                node = node.setdefault(key, {})
            node[last] = value
        return json.dumps(out)

    return st.fixed_dictionaries({}, optional=fields).map(placed)


TIDY = {one.name: tidy(one) for one in SURFACES}


@settings(max_examples=200)
@given(bodies())
def test_what_is_found_is_what_the_careful_reading_finds(given_body: tuple[Surface, bytes]) -> None:
    """Items, ids, places, and all that decides about an item."""
    surface, body = given_body
    found = scan(body, READERS[surface.name])
    if found is None:
        return
    exact = extract(body, surface)
    assert [one or None for one in found.texts("id")] == [read.item.id for read in exact.items]
    for field in ("advertiser", "campaign"):
        assert found.texts(field) == [getattr(read.item, field) for read in exact.items]
    assert found.lists_of_spans() == [(one.start, one.end, [*one.elements]) for one in exact.lists]
    plan = ENGINE.plan(surface, Customer())
    for judged, read in zip(plan.judge_sorts(found.sorts), exact.items, strict=True):
        assert decisive(judged) == decisive(plan.judge(read.item, Customer()))
    for sort, read in zip(found.sorts, exact.items, strict=True):
        assert sort.titled == (read.item.title is not None)
        assert sort.reasoned == (read.item.reason is not None)
        assert sort.neutral == (
            surface.neutral_reason is not None and read.item.reason == surface.neutral_reason
        )


@settings(max_examples=150)
@given(bodies(), st.randoms(use_true_random=False))
def test_what_is_hidden_or_taken_out_leaves_the_same_bytes_in_either_way(
    given_body: tuple[Surface, bytes], chance: Any
) -> None:
    """As if each item were taken apart by itself."""
    surface, body = given_body
    made = READERS[surface.name]
    found = scan(body, made)
    if found is None:
        return
    hidden = [] if surface.keep_signals else [("signals",)]
    hidden += [(name,) for name in surface.strip]
    actions = [
        chance.choice([None, None, False, b'{"new":1}', ("reason",), ("reason", "title")])
        for _ in range(len(found))
    ]
    expected = [
        action
        if isinstance(action, bytes | bool)
        else without(
            body[slice(*found.span(n))],
            [*hidden, *(made.shape.path(name) for name in action or ())],
        )
        for n, action in enumerate(actions)
    ]
    assert found.assembled(actions) == rejoined(body, found.lists_of_spans(), expected)


def rejoined(body: bytes, lists: Sequence[Any], texts: Sequence[bytes | bool]) -> bytes:
    """The body with other items, each behind the separator that it had."""
    out, done, at = b"", 0, 0
    for start, end, spans in lists:
        here = [(k, texts[at + k]) for k in range(len(spans)) if texts[at + k] is not False]
        at += len(spans)
        out += body[done:start]
        if not spans:
            out += body[start:end]
        elif not here:
            out += body[start : start + 1] + body[spans[-1][1] : end]
        else:
            out += body[start : spans[0][0]] + here[0][1]
            for k, text in here[1:]:
                out += body[spans[k - 1][1] : spans[k][0]] + text
            out += body[spans[-1][1] : end]
        done = end
    return out + body[done:]


WHOLE = (
    '{"x":[1,{"a":[]}],"items":[{"id":"a\\u00e9","title":"ü\\ud83d\\ude00","categories":["toys"],'
    '"signals":[{"data":"cart","via":[{}]},{"age_seconds":1.5e3}],"x":-0.5},{},{"id":7}]}'
)
PIECES = (*'{}[]":,\\u019-e. ', '"id":', '"signals":[', '"items":[', "null", "\\ud800", "\n", "é")


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 4), st.sampled_from(("", *PIECES))),
        min_size=1,
        max_size=3,
    )
)
def test_whatever_is_read_is_json_and_is_read_carefully_too(
    changes: list[tuple[int, int, str]],
) -> None:
    """A body in which a few pieces are lost or come on top."""
    text = WHOLE
    for at, lost, piece in changes:
        text = text[:at] + piece + text[at + lost :]
    found = scan(text)
    if found is not None:
        json.loads(text)
        exact = extract(text.encode(), PLAIN.surface)
        assert [read.item.id for read in exact.items] == [one or None for one in found.texts("id")]


@pytest.mark.parametrize("length", range(60))
def test_a_body_that_ends_anywhere_is_not_read(length: int) -> None:
    """No byte behind the end is looked at."""
    body = b'{"items":[{"id":"a\\u00e9","signals":[{"data":"cart"}],"x":-1.5e3}]}'
    assert scan(body[:length]) is None
    assert scan(body) is not None


@pytest.mark.parametrize(
    "item",
    [
        '{"signals":[],"signals":[]}',
        '{"s\\u0069gnals":[]}',
        '{"categories":[],"categories":["vice"]}',
        '{"title":5}',
        '{"id":-0}',
        '{"id":1e2}',
        '{"id":01}',
        '{"id":1234567890123456789}',
        '{"signals":{}}',
        '{"signals":[5]}',
        '{"signals":[{"data":"cart","data":"likes"}]}',
        '{"advertiser":["a","b"]}',
        '{"x":"\\ud800"}',
        '{"x":"\\ud800\\u0041"}',
        '{"x":"\\udc00"}',
        '{"x":"\t"}',
        '{"x":"\\x41"}',
        '{"x":.5}',
        '{"x":1.}',
        '{"x":1e}',
        '{"x":1e999}',
        '{"x":' + "9" * 400 + "}",
        '{"x":0.' + "9" * 400 + "}",
        '{"x":+1}',
        '{"x":NaN}',
        '{"x":tru}',
        '{"x":[1,]}',
        '{"x":{,}}',
        '{"x":{"a"}}',
        '{"x":{"a":1,}}',
        '{"x" 1}',
        '{"x":1,}',
        "{x:1}",
        '{"x":' + "[" * 70 + "]" * 70 + "}",
        '{"signals":[' + ",".join(f'{{"depth":{n}}}' for n in range(40)) + "]}",
        '{"categories":["' + "x" * 5000 + '"]}',
        '{"signals":[{"category":"' + "x" * 5000 + '"}]}',
        "5",
        "null",
    ],
)
def test_an_odd_item_is_left_to_the_careful_reading(item: str) -> None:
    """Beside others that are not."""
    assert scan(items('{"id":"a"}', item)) is None


@pytest.mark.parametrize(
    ("surface", "body"),
    [
        ("plain", '{"items":[],"items":[]}'),
        ("plain", '{"it\\u0065ms":[]}'),
        ("plain", '{"items":{}}'),
        ("plain", "{}"),
        ("plain", "[]"),
        ("plain", '{"items":[]} x'),
        ("plain", '{"items" []}'),
        ("plain", '{"x" 1}'),
        ("plain", '{"x":1 "items":[]}'),
        ("plain", '{"x":1,5}'),
        ("plain", '{"x":tru}'),
        ("groups", '{"results":{}}'),
        ("groups", '{"results":[{"hits":5}]}'),
        ("groups", '{"results":[{"hits":[]} 5]}'),
        ("groups", '{"results":[5]}'),
        ("mapped", '{"data":{"list":[{"tax":5}]}}'),
        ("mapped", '{"data":{"list":[{"tax":{},"tax":{}}]}}'),
        ("mapped", '{"data":null}'),
    ],
)
def test_an_odd_body_is_left_to_the_careful_reading(surface: str, body: str) -> None:
    """No list is missed, and none is found twice."""
    assert scan(body, READERS[surface]) is None


@pytest.mark.parametrize(
    ("surface", "body", "length"),
    [
        ("plain", ' {"items" : [ ] } ', 0),
        ("plain", '{"a":[1,{"items":[{}]}],"items":[{},{"signals":null},{"id":7}]}', 3),
        ("groups", '{"results":[]}', 0),
        ("groups", '{"results":[{},{"hits":null},{"hits":[{}]},{"hits":[{},{}]}]}', 3),
        ("mapped", '{"data":{"list":[{"tax":{"labels":[]},"why":{}}]}}', 1),
    ],
)
def test_a_usual_body_is_read_in_one_pass(surface: str, body: str, length: int) -> None:
    """So that what is left to the careful reading is known to be left for its own reason."""
    found = scan(body, READERS[surface])
    assert found is not None
    assert len(found) == length


@pytest.mark.parametrize("before", ["", " ", "\n\t"])
@pytest.mark.parametrize("behind", ["", " ", " " * 30])
def test_keys_are_found_however_they_came_before(before: str, behind: str) -> None:
    """In another order, with other space, after others that are alike, with some of them gone."""
    made = reader(SURFACES[0])
    assert made.scanner is not None
    keys = ["id", "title", "reason", "campaign", "advertiser", "i" * 40, "ids", "tit"]
    for listed in (keys, keys[::-1], keys[3:], keys[::2], keys[1::2]):
        for colon in (":", f"{before}:{behind}", " : "):
            said = [f'{before}"{key}"{colon}"{key} {n}"' for n, key in enumerate(listed)]
            text = items("{" + ",".join(said) + "}", "{}", "{" + ", ".join(said) + " }")
            found = scan(text, made)
            for n, key in enumerate(listed):
                if key in made.scanner.numbers:
                    assert found.texts(key) == [f"{key} {n}", None, f"{key} {n}"]
            for key in made.scanner.numbers.keys() & (set(keys) - set(listed)):
                assert found.texts(key) == [None] * 3


@pytest.mark.parametrize("length", range(40))
def test_a_text_ends_at_its_quote_wherever_that_stands(length: int) -> None:
    """And what no text may hold is seen at every place in it, however near the end of the body."""
    for tail in ("", "x" * 40):
        for at in range(length + 1):
            head, rest = "x" * at, "x" * (length - at)
            for key in ("id", "title", "other"):
                found = scan(f'{{"items":[{{"{key}":"{head}\\n{rest}"}}],"y":"{tail}"}}')
                assert found is not None
                if key != "other":
                    assert found.texts(key) == [f"{head}\n{rest}"]
                for odd in ("\n", "\\x", '"', "\x00", "\x1f"):
                    text = f'{{"items":[{{"{key}":"{head}{odd}{rest}"}}],"y":"{tail}"}}'
                    assert scan(text) is None


def test_items_that_rules_see_alike_are_of_the_very_same_sort() -> None:
    """Whatever else they say."""
    one = '{"id":"a","title":"x","categories":["toys"],"signals":[{"data":"likes","context":"a"}]}'
    two = '{"signals":[{"context":"b","data":"device"}],"id":5,"categories":["games"],"title":"y"}'
    first, second = scan(items(one, two)).sorts
    assert first is second


def test_what_was_learnt_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scanner that knows too much begins anew, and goes on."""
    made = reader(SURFACES[0])
    forgotten = []
    monkeypatch.setattr(learning.Learn, "forget", recording(learning.Learn.forget, forgotten))
    for n in range(50):
        body = items(*(f'{{"id":"a","categories":["c{n}.{k}"]}}' for k in range(200)))
        found = scan(body, made)
        assert found is None or len(found) == 200
    assert forgotten
    assert scan(items('{"id":"a"}'), made) is not None


def recording(original: Any, forgotten: list[Any]) -> Any:
    def forget(self: Any) -> None:
        forgotten.append(self)
        original(self)

    return forget


def test_long_texts_are_read_each_time_anew() -> None:
    """They are not remembered."""
    long = "we noticed " + "x" * 9000
    for _ in range(2):
        (sort,) = scan(items(json.dumps({"id": "a", "title": long}))).sorts
        assert sort.title is not None


def test_a_number_that_was_forgotten_stands_for_nothing() -> None:
    """Should another thread make the scanner forget in between."""
    made = learning.Learn(
        PLAIN.shape, SameToRules(ENGINE, PLAIN.surface), head=["kind"], signal=[], neutral=None
    )
    head = made.head([b'"ad"'])
    assert isinstance(made.sort(head, 0, 0, None), Sort)
    made.forget()
    assert made.sort(head, 0, 0, None) is None


def test_threads_that_scan_at_once_find_the_same() -> None:
    """Each learns what the others have not yet."""
    made = reader(SURFACES[0])
    bodies = [
        items(*(f'{{"id":"i{k}","title":"t {n} {k}"}}' for k in range(20))) for n in range(40)
    ]
    wrong: list[str] = []
    together = threading.Barrier(4)

    def read() -> None:
        together.wait()
        for body in bodies:
            found = scan(body, made)
            if found.texts("id") != [f"i{k}" for k in range(20)]:
                wrong.append(body)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []


def test_a_scan_answers_for_its_own_items_and_fields_alone() -> None:
    """Anything else is refused."""
    found = scan(items('{"id":"a","title":"x","reason":null}'))
    assert found.member(0, "reason") is not None
    assert found.member(0, "campaign") is None
    assert found.raws("title") == [b'"x"']
    for index in (-1, 1):
        with pytest.raises(IndexError):
            found.span(index)
        with pytest.raises(IndexError):
            found.member(index, "title")
    with pytest.raises(KeyError):
        found.member(0, "nothing")
    with pytest.raises(ValueError, match="2 actions for 1 items"):
        found.assembled([None, None])
    with pytest.raises(KeyError):
        found.assembled([("nothing",)])


def test_nothing_is_kept_of_a_body_that_was_let_go() -> None:
    """Thousands of bodies leave no more behind than one."""
    made = reader(SURFACES[0])
    body = items(*['{"id":"a","title":"x"}'] * 10).encode()
    (sort,) = {*scan(body, made).sorts}
    before = sys.getrefcount(body), sys.getrefcount(sort)
    for _ in range(200):
        found = scan(body, made)
        found.texts("title")
        found.raws("title")
        found.lists_of_spans()
        found.assembled([None, False, b"{}", ("title",)] + [None] * 6)
        assert scan(body[:-1], made) is None
    del found
    assert (sys.getrefcount(body), sys.getrefcount(sort)) == before


def test_what_caps_count_by_is_given_by_columns_where_every_item_has_it() -> None:
    """Several advertisers, or none, are looked at item by item."""
    surface = Surface("home")
    counted = ("id", "campaign", "advertiser", "advertisers")
    needs = ENGINE.needs(surface)._replace(counted=counted)
    made = reader_for(surface, needs, SameToRules(ENGINE, surface))

    def briefs(*listed: str) -> Scanned:
        found = extract(items(*listed).encode(), surface, reader=made).briefs
        assert isinstance(found, Scanned)
        return found

    full = '{"id":"a","campaign":"c","advertiser":"acme"}'
    assert briefs(full, full).values() == [("a", "c", "acme")] * 2
    assert briefs('{"id":7,"campaign":"\\u00fc","advertiser":""}').values() == [("7", "ü", "")]
    nobody = '{"id":"a","campaign":"c","advertiser":"x","advertisers":[]}'
    assert briefs(full, nobody).values() == [("a", "c", "acme"), ("a", "c", "x")]
    assert briefs(full, '{"id":"b","campaign":"c"}').values() is None
    assert briefs(full, '{"id":"","campaign":"c","advertiser":"x"}').values() is None
    several = briefs('{"id":"a","campaign":"c","advertiser":"x","advertisers":["x","y"]}')
    assert several.values() is None
    assert several.counted(0).advertisers == ("x", "y")
    exact = several.exact()
    assert exact is not None
    assert exact.exact() is exact
    assert exact.counted(0) == several.counted(0)


def test_items_that_are_chosen_read_like_those_of_a_list() -> None:
    """Whichever these are, and where some are counted by something else."""
    needs = ENGINE.needs(SURFACES[0])._replace(counted=("campaign",))
    made = reader_for(SURFACES[0], needs, SameToRules(ENGINE, SURFACES[0]))
    body = items(*[f'{{"id":"{n}","campaign":"c{n}"}}' for n in range(4)])
    briefs = extract(body.encode(), SURFACES[0], reader=made).briefs
    assert isinstance(briefs, Scanned)
    values = briefs.values()
    assert values is not None
    chosen = values.chosen((0, 2, 3), {2: ("own", None, "x")})
    expected = [("0", "c0", None), ("own", None, "x"), ("3", "c3", None)]
    assert (len(chosen), [*chosen], chosen[-1]) == (3, expected, expected[-1])
    assert chosen == expected
    assert chosen[1:] == expected[1:]
    assert chosen != expected[1:]
    assert chosen != 5
    with pytest.raises(IndexError):
        chosen[3]
    with pytest.raises(ValueError, match="more than 32"):
        briefs.scan.spans_of(["id"] * 33)


def test_a_surface_that_hides_very_much_has_no_scanner() -> None:
    """What is hidden is cut out in the way that always works."""
    assert reader(Surface("home", strip=tuple(f"field{n}" for n in range(40)))).scanner is None


@pytest.mark.parametrize(
    "surface",
    [
        Surface("bids", shape="openrtb-2.6", items="seatbid[].bid"),
        Surface("bare", shape="ids"),
        Surface("ids", items="items{}"),
        Surface("through", fields={"title": "categories.name"}),
    ],
)
def test_some_shapes_have_no_scanner(surface: Surface) -> None:
    """Bids, bare ids, items under their ids, and fields that run through each other."""
    assert reader(surface).scanner is None


def test_what_is_hidden_deeper_or_under_a_field_has_no_scanner() -> None:
    """It is cut out in the way that always works."""
    surface = Surface("home", keep_signals=True, fields={"title": "meta.title"})
    alike, needs = SameToRules(ENGINE, surface), ENGINE.needs(surface)
    assert reader_for(surface, needs, alike, [("meta", "secret")]).scanner is None
    assert reader_for(surface, needs, alike, [("meta",)]).scanner is None
    assert reader_for(surface, needs, alike, [("secret",)]).scanner is not None


def test_a_body_that_is_not_utf_8_is_not_readable() -> None:
    """Whatever the scanner would make of it."""
    with pytest.raises(NotReadable):
        extract(b'{"items":[{"id":"\xff"}]}', PLAIN.surface, reader=PLAIN)

"""A plan becomes a body: kept items byte for byte, hidden members gone, edits in place."""

import json

import pytest

from guardrail.act import DROP, KEEP, Placed, splice
from guardrail.extract import extract
from guardrail.ruleset import Surface
from guardrail.treat.edit import Edit

HOME = Surface("home")
LAST = Placed(edit=Edit(last=True))


def run(body, plan, surface=HOME, backfill=()):
    """The spliced body; the plan as letters: k keeps, d drops, l moves to the end."""
    marks = {"k": KEEP, "d": DROP, "l": LAST}
    placed = [marks[one] if isinstance(one, str) else one for one in plan]
    return splice(body, extract(body, surface), surface, placed, backfill)


def test_nothing_to_change_gives_the_very_same_bytes():
    """The same object, byte order mark and all."""
    for body in (
        b'{"items":[{"id":"a","price":1.10}]}',
        b'\xef\xbb\xbf{"items":[5]}',
        b'{"items":[]}',
    ):
        assert run(body, "k" * len(extract(body, HOME).items)) is body
    body = b'{"items":[{"id":"a"},{"id":"b"}]}'
    assert run(body, "kl") is body


def test_a_kept_item_keeps_its_numbers_escapes_order_and_spacing():
    """Only the signals are missing."""
    item = (
        rb'{ "z":1.10,"id" : 12345678901234567890123, "t":"\u00e9 \/ \ud83d", "n":1e2%b ,"a":[ ] }'
    )
    body = b'{"items":[' + item % b', "signals" : [ {"data":"cart","context":"a]b"} ]' + b"]}"
    assert run(body, "k") == b'{"items":[' + item % b"" + b"]}"


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ('{"id":"a","signals":[{"via":[{"data":"cart"}]}]}', '{"id":"a"}'),
        ('{"signals":[],"id":"a"}', '{"id":"a"}'),
        ('{ "signals" : [] , "id":"a"}', '{ "id":"a"}'),
        ('{ "signals" : [] }', "{ }"),
        ('{"id":"a", "signals": null, "z":1}', '{"id":"a", "z":1}'),
        ('{"id":"a","signals":[],"signals":[{"data":"cart"}]}', '{"id":"a"}'),
        ('{"id":"a","s\\u0069gnals":[]}', '{"id":"a"}'),
        ('{"id":"a","x":{"signals":[1]},"signals":[]}', '{"id":"a","x":{"signals":[1]}}'),
        ('{"id":"a","x":{"signals":[1]}}', '{"id":"a","x":{"signals":[1]}}'),
        (
            '{"id":"a","title":"\\"signals\\":[]","signals":[]}',
            '{"id":"a","title":"\\"signals\\":[]"}',
        ),
        ('{"id":"signals","signals":[]}', '{"id":"signals"}'),
        ('{"id":"a","title":"\\ud83d","signals":[]}', '{"id":"a","title":"\\ud83d"}'),
        ("5", "5"),
        ('[{"signals":[1]}]', '[{"signals":[1]}]'),
    ],
)
@pytest.mark.parametrize(
    "neighbours",
    [
        '%s,{"id":"b"}',
        '{"id":"b","signals":[]},%s',
        '{"id":"b", "signals" : []},%s',
        '{"signals":[],"id":"b"},%s',
        "7,%s",
    ],
)
@pytest.mark.parametrize("plan", ["kk", "lk", "kl"])
@pytest.mark.parametrize("other", ["signals", "n"])
def test_signals_are_cut_out_however_they_are_written(written, left, neighbours, plan, other):
    """First, last, alone, spaced, repeated, escaped; nested ones and strings stay."""
    body = f'{{"{other}":1,"items":[{neighbours % written}]}}'.encode()
    out = json.loads(run(body, plan))
    expected = [
        json.loads(one)
        for one in (
            [left, '{"id":"b"}']
            if neighbours.startswith("%s")
            else ["7" if "7" in neighbours else '{"id":"b"}', left]
        )
    ]
    if plan == "lk":
        expected.reverse()
    assert out == {other: 1, "items": expected}
    assert left.encode() in run(body, plan)


def test_the_quick_way_and_the_exact_way_cut_the_same():
    """A body that the quick way can prove, beside one that it can't; whole or by item."""
    first = b'{"items":[{"signals":[1] , "id":"a"},{"id":"b"},{"signals":[],"id":"c"}],"n":"%b"}'
    for plan, rest in (
        ("kkk", b'{"id":"a"},{"id":"b"},{"id":"c"}'),
        ("kdk", b'{"id":"a"},{"id":"c"}'),
    ):
        for note in (b"x", rb"\u0073ignals"):
            body = first % note
            assert run(body, plan) == b'{"items":[' + rest + b'],"n":"' + note + b'"}'


def test_strip_keys_never_leave_either():
    """Nested ones within objects, from kept, changed and added items alike."""
    surface = Surface("s", strip=("debug", "meta.why", "signals"))
    first, second = (
        b'{"id":"a","debug":1,"meta":{"why":[1],"x":1}}',
        b'{"debug":2,"id":"b","signals":[]}',
    )
    body = b'{"items":[' + first + b"," + second + b"]}"
    out = run(body, "kk", surface, [b'{"id":"c","debug":3,"meta":{"why":2}}'])
    assert out == b'{"items":[{"id":"a","meta":{"x":1}},{"id":"b"},{"id":"c","meta":{}}]}'


def test_several_top_level_keys_are_cut_at_once():
    """Each is proven by itself; where one can't be, all are cut exactly."""
    surface = Surface("s", strip=("debug", "absent"))
    body = b'{"items":[{"id":"a","debug":1,"signals":[]},{"id":"b","debug":2}]}'
    assert run(body, "kk", surface) == b'{"items":[{"id":"a"},{"id":"b"}]}'
    assert run(body, "kd", surface) == b'{"items":[{"id":"a"}]}'
    body = b'{"items":[{"id":"a","debug":{"debug":1},"signals":[]},{"id":"b", "debug":2}]}'
    assert run(body, "kk", surface) == b'{"items":[{"id":"a"},{"id":"b"}]}'
    body = b'{"items":[{"signals":[],"debug":1,"id":"a"},{"id":"b","debug":2}]}'
    assert run(body, "kk", surface) == b'{"items":[{"id":"a"},{"id":"b"}]}'
    assert run(body, "kd", surface) == b'{"items":[{"id":"a"}]}'


def test_a_strip_key_that_may_be_written_with_escapes_is_cut():
    """A key beyond plain letters is looked for wherever a backslash stands."""
    surface = Surface("s", strip=("gerät", "dé.x"))
    body = '{"items":[{"id":"a","ger\\u00e4t":1},{"gerät":2,"dé":{"x":1},"id":"b"}]}'.encode()
    assert run(body, "kk", surface) == '{"items":[{"id":"a"},{"dé":{},"id":"b"}]}'.encode()


def test_keep_signals_keeps_them():
    """The surface may say so."""
    body = b'{"items":[{"id":"a","signals":[]}]}'
    assert run(body, "k", Surface("s", keep_signals=True)) is body


def test_mapped_signals_are_cut_from_their_place():
    """The surface's own name for them, nested or not; a native key then is the app's affair."""
    surface = Surface("s", items=".", fields={"signals": "why"})
    assert (
        run(b'[{"why":[],"signals":[1]},{"id":"a","why":[]}]', "kk", surface)
        == b'[{"signals":[1]},{"id":"a"}]'
    )
    nested = Surface("s", items=".", fields={"signals": "meta.why"})
    assert run(b'[{"meta":{"why":[],"x":1}}]', "k", nested) == b'[{"meta":{"x":1}}]'


SPACED = b'{"items": [\n  {"id":"a"},\n  {"id":"b"} ,\n {"id":"c"}\n], "n":1}'


@pytest.mark.parametrize(
    ("plan", "inside"),
    [
        ("kkd", b'\n  {"id":"a"},\n  {"id":"b"}\n'),
        ("kdk", b'\n  {"id":"a"} ,\n {"id":"c"}\n'),
        ("dkk", b'\n  {"id":"b"} ,\n {"id":"c"}\n'),
        ("ddk", b'\n  {"id":"c"}\n'),
        ("ddd", b"\n"),
        ("lkk", b'\n  {"id":"b"} ,\n {"id":"c"},\n  {"id":"a"}\n'),
        ("klk", b'\n  {"id":"a"} ,\n {"id":"c"},\n  {"id":"b"}\n'),
        ("lld", b'\n  {"id":"a"},\n  {"id":"b"}\n'),
    ],
)
def test_items_go_and_move_in_the_apps_own_spacing(plan, inside):
    """An item takes the separator before it along; the first gives its place up."""
    assert run(SPACED, plan) == b'{"items": [' + inside + b'], "n":1}'


def test_backfill_stands_after_everything_else_in_the_first_list():
    """After demoted items too, without signals, in the list's own spacing."""
    extra = [b' {"id":"x","signals":[1]} ', b'{"id":"y"}']
    assert run(SPACED, "ldk", backfill=extra) == (
        b'{"items": [\n  {"id":"c"},\n  {"id":"a"},\n  {"id":"x"},\n  {"id":"y"}\n], "n":1}'
    )
    assert run(b'{"items":[ ]}', "", backfill=extra) == b'{"items":[{"id":"x"},{"id":"y"} ]}'
    assert (
        run(b'{"items":[{"id":"a"}]}', "d", backfill=extra) == b'{"items":[{"id":"x"},{"id":"y"}]}'
    )
    groups = Surface("s", items="results[].hits")
    body = b'{"results":[{"hits":[{"id":"a"}]},{"hits":[{"id":"b"}]}]}'
    assert (
        run(body, "dk", groups, extra[1:])
        == b'{"results":[{"hits":[{"id":"y"}]},{"hits":[{"id":"b"}]}]}'
    )
    assert run(b'{"results":[]}', "", groups, extra) == b'{"results":[]}'


def test_a_demoted_item_stays_in_its_own_list():
    """The end of its list, not of the body."""
    groups = Surface("s", items="[].hits")
    body = b'[{"hits":[{"id":"a"},{"id":"b"}]},{"hits":[{"id":"c"}]}]'
    assert run(body, "lkk", groups) == b'[{"hits":[{"id":"b"},{"id":"a"}]},{"hits":[{"id":"c"}]}]'


def test_an_edit_changes_what_it_names_and_nothing_else():
    """Removed and set under the surface's own keys; every other byte is the app's."""
    surface = Surface("s", items=".", fields={"reason": "copy.why", "title": "name"})
    body = rb'[{"id":1.10,"copy":{"why":"\u00e9","x":1e2},"name" : "N","signals":[]}, {"id":2}]'
    edit = Edit(remove=("reason",), set={"title": "Für alle", "label": ["x"]})
    assert run(body, [Placed(edit=edit), KEEP], surface) == (
        b'[{"id":1.10,"copy":{"x":1e2},"name" : "F\xc3\xbcr alle","label":["x"]}, {"id":2}]'
    )


def test_a_replacement_stands_in_the_items_place_without_signals():
    """It can be edited in the same breath; a replaced element need not have been an object."""
    edit = Edit(replace=b' {"id":"n","signals":[],"reason":"r"}\n', remove=("reason",), last=True)
    assert run(b'{"items":[{"id":"a"},{"id":"b"}]}', [Placed(edit=edit), KEEP]) == (
        b'{"items":[{"id":"b"},{"id":"n"}]}'
    )
    assert run(b'{"items":[5]}', [Placed(edit=edit)]) == b'{"items":[{"id":"n"}]}'


def test_an_edit_of_what_is_no_object_does_nothing():
    """There is no member to set or to remove."""
    body = b'{"items":[5]}'
    assert run(body, [Placed(edit=Edit(remove=("reason",), set={"title": "x"}))]) is body


def test_repeated_lists_are_spliced_both():
    """Where the items' key stands twice, no reader gets an item that was not judged."""
    body = b'{"items":[{"id":"a","signals":[]}],"items":[{"id":"b","signals":[]}]}'
    assert run(body, "kd") == b'{"items":[{"id":"a"}],"items":[]}'
    body = b'{"items":[{"id":"a"}],"items":[],"signals":0}'
    assert run(body, "k") is body


def test_a_plan_that_does_not_fit_is_refused():
    """One entry for each item, no more, no less."""
    with pytest.raises(ValueError, match="the plan has 1 entries for 3 items: give one Placed"):
        run(SPACED, "k")


@pytest.mark.parametrize(
    "bad", [b"", b"{", b"[1]", b'{"id":1} {}', b'{"id":"\xff"}', b"[" * 50_000]
)
def test_backfill_and_replacements_must_be_objects(bad):
    """Nothing that would break the body gets into it."""
    with pytest.raises(ValueError, match=r"backfill must be one JSON object .* like"):
        run(SPACED, "kkk", backfill=[bad])
    with pytest.raises(ValueError, match=r"a replacement must be one JSON object .* like"):
        run(SPACED, [KEEP, KEEP, Placed(edit=Edit(replace=bad))])


def test_a_full_stack_is_no_reason_to_leave_signals_in(monkeypatch):
    """Where the parser gives up, the scanner cuts."""
    body = b'{"items":[{"id":"a","signals":[]}]}'
    extracted = extract(body, HOME)

    def full(*_):
        raise RecursionError

    monkeypatch.setattr("guardrail.act.cut._decoder", lambda *_: full)
    assert splice(body, extracted, HOME, [KEEP]) == b'{"items":[{"id":"a"}]}'


@pytest.mark.parametrize(
    ("items", "left"),
    [
        ('[{"id":1 ,"signals":[]},{"id":2,"signals":[]}]', '[{"id":1},{"id":2}]'),
        ('[{"id":1,"signals":[]},{"id":2 ,"signals":[], "x":3}]', '[{"id":1},{"id":2, "x":3}]'),
        ('[{"signals":[] }]', "[{ }]"),
        ('[{"signals":[] ,"id":1 }]', '[{"id":1 }]'),
    ],
)
def test_what_is_cut_at_once_is_cut_as_one_by_one(items, left):
    """Space around a comma makes no difference between the quick way and the exact one."""
    body = f'{{"items":{items}}}'.encode()
    extracted = extract(body, Surface("s"))
    out = splice(body, extracted, Surface("s"), [KEEP] * len(extracted.items))
    assert out == f'{{"items":{left}}}'.encode()

"""Any plan on any body gives what plain Python would compute, and keeps what it keeps."""

import json
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent.parent / "extract"))

from json_texts import bodies

from guardrail.act import DROP, KEEP, Placed, splice
from guardrail.act.members import without
from guardrail.extract import extract
from guardrail.ruleset import Surface
from guardrail.treat.edit import Edit

EDITS = st.builds(
    Edit,
    set=st.dictionaries(
        st.sampled_from(["title", "reason"]), st.text(st.characters(codec="utf-8"))
    ),
    remove=st.lists(st.sampled_from(["reason", "title", "categories"]), max_size=2).map(tuple),
    replace=st.sampled_from([None, None, b'{"id":"other","signals":[{"data":"cart"}],"why":1}']),
    last=st.booleans(),
)
PLACES = st.one_of(st.just(KEEP), st.just(DROP), st.builds(Placed, edit=EDITS))
SURFACES = st.sampled_from(
    [
        Surface("plain"),
        Surface("strict", strip=("why", "meta.signals")),
        Surface("open", keep_signals=True),
        Surface("mapped", fields={"signals": "meta.why", "title": "meta.title"}),
        Surface("renamed", fields={"signals": "é"}, strip=("id",)),
    ]
)
BACKFILL = st.lists(st.sampled_from([b'{"id":"f","signals":[]}', b'{ "why" : 1 }']), max_size=2)


def pairs(text):
    """JSON with objects as tuples of pairs, so that order and repeated keys are seen."""
    return json.loads(text, object_pairs_hook=Pairs)


class Pairs(tuple):
    """The members of an object, in order."""

    __slots__ = ()


def drop(value, path):
    """The value without every member at the path."""
    if not isinstance(value, Pairs):
        return value
    return Pairs(
        (key, drop(inner, path[1:]) if key == path[0] else inner)
        for key, inner in value
        if (key,) != path
    )


def put(value, path, new):
    """The value with a member at the path, wherever its key stands, else at the end."""
    if not path:
        return new
    old = value if isinstance(value, Pairs) else Pairs()
    out = Pairs((key, put(inner, path[1:], new) if key == path[0] else inner) for key, inner in old)
    if path[0] not in dict(old):
        out = Pairs((*out, (path[0], put(None, path[1:], new))))
    return out


def where(surface, field):
    return tuple(surface.fields.get(field, field).split("."))


def hidden(surface):
    own = [] if surface.keep_signals else [where(surface, "signals")]
    return own + [tuple(text.split(".")) for text in surface.strip]


def shown(value, surface):
    for path in hidden(surface):
        value = drop(value, path)
    return value


def changed(value, edit, surface):
    if edit.replace is not None:
        value = pairs(edit.replace)
    for field in edit.remove:
        value = drop(value, where(surface, field))
    if isinstance(value, Pairs):
        for field, new in edit.set.items():
            value = put(value, where(surface, field), new)
    return value


def expected(body, plan, surface, backfill):
    """The spliced body, computed on parsed values."""
    top = pairs(body)
    kept, last = [], []
    for value, placed in zip(dict(top)["items"], plan, strict=True):
        if placed.keep:
            edit = placed.edit or Edit()
            (last if edit.last else kept).append(shown(changed(value, edit, surface), surface))
    items = kept + last + [shown(pairs(raw), surface) for raw in backfill]
    return Pairs((key, items if key == "items" else value) for key, value in top)


@settings(max_examples=150, deadline=None)
@given(bodies(), SURFACES, BACKFILL, st.data())
def test_a_spliced_body_is_what_the_plan_says(body, surface, backfill, data):
    """Valid JSON, equal to the plain computation in every member and its order."""
    extracted = extract(body, surface)
    count = len(extracted.items)
    plan = data.draw(st.lists(PLACES, min_size=count, max_size=count))
    out = splice(body, extracted, surface, plan, backfill)
    assert pairs(out) == expected(body, plan, surface, backfill)


@settings(max_examples=100, deadline=None)
@given(bodies(), st.data())
def test_kept_items_are_byte_for_byte_the_apps(body, data):
    """An item that is kept as it is differs by its signals alone, and stands in its own text."""
    surface = Surface("s")
    extracted = extract(body, surface)
    keeps = data.draw(
        st.lists(st.booleans(), min_size=len(extracted.items), max_size=len(extracted.items))
    )
    out = splice(body, extracted, surface, [KEEP if keep else DROP for keep in keeps])
    spans = [span for found in extracted.lists for span in found.elements]
    texts = [
        without(body[a:b], [("signals",)])
        for (a, b), keep in zip(spans, keeps, strict=True)
        if keep
    ]
    again = extract(out, surface)
    assert [again.body[a:b] for found in again.lists for a, b in found.elements] == texts


@settings(max_examples=100, deadline=None)
@given(bodies())
def test_keeping_everything_with_nothing_hidden_is_the_identity(body):
    """The very same object comes back."""
    surface = Surface("s", keep_signals=True)
    extracted = extract(body, surface)
    assert splice(body, extracted, surface, [KEEP] * len(extracted.items)) is body


MEMBERS = {
    "id": st.integers() | st.text(max_size=3),
    "title": st.sampled_from(["x", "a]b", "é", '"signals":', "\\", "}]"]),
    "signals": st.lists(
        st.dictionaries(
            st.sampled_from(["data", "via", "context"]), st.sampled_from(["cart", [{}], "]"])
        ),
        max_size=2,
    ),
    "nested": st.sampled_from([1, {"x": 1}, {"x": 1}, {"signals": [5]}]),
}
ENCODED = st.lists(
    st.permutations(list(MEMBERS)).flatmap(
        lambda keys: st.fixed_dictionaries({}, optional={key: MEMBERS[key] for key in keys})
    ),
    max_size=6,
)


STYLES = st.fixed_dictionaries(
    {
        "indent": st.sampled_from([None, 2]),
        "separators": st.sampled_from([(",", ":"), (", ", ": ")]),
        "ensure_ascii": st.booleans(),
    }
)


@settings(max_examples=100, deadline=None)
@given(ENCODED, STYLES, st.booleans(), st.data())
def test_bodies_as_encoders_write_them_are_cut_exactly(items, style, first, data):
    """The quick ways of cutting leave what a parser without `signals` would see, and no more."""
    if first:
        items = [{k: one[k] for k in ("signals", *one) if k in one} for one in items]
    body = json.dumps({"items": items}, **style).encode()
    surface = Surface("s", strip=data.draw(st.sampled_from([(), ("nested",)])))
    gone = {"signals", *surface.strip}
    keeps = data.draw(
        st.one_of(
            st.just([True] * len(items)),
            st.lists(st.booleans(), min_size=len(items), max_size=len(items)),
        )
    )
    out = splice(body, extract(body, surface), surface, [KEEP if keep else DROP for keep in keeps])
    assert json.loads(out)["items"] == [
        {key: value for key, value in one.items() if key not in gone}
        for one, keep in zip(items, keeps, strict=True)
        if keep
    ]

"""Whatever the items are, a cut in their bytes is the same cut in the texts that they hold."""

import json
import re
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent.parent / "extract"))

from json_texts import NUMBERS, SPACE, arrays, objects, strings

from guardrail.act import DROP, KEEP, Cuts, splice
from guardrail.act.leaks import search_for
from guardrail.extract import extract
from guardrail.ruleset import Leaks, Surface

LEAKS = Leaks(("segment", "seg_*", "aud", "a"), ("%%P:*%%", "${SEG}", "{{segment}}"))
HOME = Surface("home", keep_signals=True)

PIECES = st.sampled_from(
    [
        *("/", "?", "&", "&amp;", "#", "=", "(", ")", " ", '"', "'", "<", ">", "\\", "&quot;"),
        *("segment", "SEG_x", "aud", "a", "b", "=1", "://", "href=", "src=", "\\u0026", "é"),
        *("%%P:", "%%", "${SEG}", "{{segment}}", "\U0001f600", "\ud83d", "\ude00", "%3F", "&#38;"),
        *("%26", "%3D", "%3B", ";", "%253f", "%2526", "%253D", "%23", "/;", ";segment=1", "?u="),
    ]
)
LINKS = st.builds(
    str.__add__,
    st.sampled_from(["/p?", "https://x/y?a=1&", "", "?"]),
    st.lists(PIECES, max_size=10).map("".join),
)
TEXTS = st.one_of(LINKS, st.text(max_size=6))
KEYS = st.one_of(st.sampled_from(["id", "url", "x", "signals"]), LINKS)
SCALARS = st.one_of(strings(TEXTS), strings(TEXTS), NUMBERS, st.sampled_from(["true", "null"]))
VALUES = st.recursive(
    SCALARS, lambda inner: st.one_of(objects(inner, KEYS), arrays(inner)), max_leaves=6
)
ELEMENTS = st.one_of(objects(VALUES, KEYS), objects(VALUES, KEYS), VALUES)


@st.composite
def leaky_bodies(draw):
    """A body of items with links in any spelling, and a link beside them."""
    items = draw(arrays(ELEMENTS))
    return f'{{"next":"/?segment=1",{draw(SPACE)}"items":{items}}}'.encode("utf-8", "surrogatepass")


class Pairs(tuple):
    """The members of an object, in order, repeated ones too."""

    __slots__ = ()


def parsed(text):
    return json.loads(text, object_pairs_hook=Pairs)


def without_leaks(text):
    """The same cut, done on a text that was read."""
    out, done = "", 0
    for start, end in search_for(LEAKS).find(text).spans:
        out, done = out + text[done:start], end
    return out + text[done:]


def cut(value, *, top=False):
    """The same cut on every text of a parsed item but its id."""
    if isinstance(value, str):
        return without_leaks(value)
    if isinstance(value, Pairs):
        return Pairs((key, one if top and key == "id" else cut(one)) for key, one in value)
    return [cut(one) for one in value] if isinstance(value, list) else value


def paired(value):
    """With halves of a character that came to stand side by side made one, as in any reader."""
    return json.loads(json.dumps(value))


def readable(body):
    """Whether the guard reads the body; half a character in UTF-8 bytes is none."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


@settings(max_examples=120, deadline=None)
@given(leaky_bodies().filter(readable), st.data())
def test_a_cut_in_bytes_is_the_cut_in_texts(body, data):
    """Valid JSON with the same members in the same order; what is dropped counts nothing."""
    extracted = extract(body, HOME)
    count = len(extracted.items)
    keeps = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    cuts = Cuts(LEAKS, HOME)
    out = splice(body, extracted, HOME, [KEEP if one else DROP for one in keeps], cuts=cuts)
    before, after = dict(parsed(body)), dict(parsed(out))
    assert after["next"] == before["next"]
    kept = [one for one, keep in zip(before["items"], keeps, strict=True) if keep]
    expected = [cut(one, top=True) if isinstance(one, Pairs) else one for one in kept]
    assert paired(after["items"]) == paired(expected)
    if not cuts.counts:
        assert after["items"] == kept
        if all(keeps):
            assert out is body


@settings(max_examples=120, deadline=None)
@given(leaky_bodies().filter(readable))
def test_only_what_is_cut_is_missing(body):
    """What is left of an item's bytes are its own bytes, in order."""
    for start, end in (span for one in extract(body, HOME).lists for span in one.elements):
        cuts = Cuts(LEAKS, HOME)
        left = cuts.from_json(body[start:end])
        rest = iter(body[start:end])
        assert all(byte in rest for byte in left)
        assert (len(left) < end - start) == bool(cuts.counts)


@settings(max_examples=300, deadline=None)
@given(st.recursive(TEXTS, lambda one: st.lists(one) | st.dictionaries(KEYS, one), max_leaves=6))
def test_objects_are_cut_as_their_bytes_are(value):
    """The same texts, and as often."""
    item = {"url": value, "id": "/?segment=1"}
    on_bytes, on_objects = Cuts(LEAKS, HOME), Cuts(LEAKS, HOME)
    out = on_objects.from_object(item)
    assert paired(out) == json.loads(on_bytes.from_json(json.dumps(item).encode()))
    assert on_objects.counts == on_bytes.counts
    if not on_objects.counts:
        assert out is item


KEY = st.sampled_from(["segment", "SEGMENT", "seg_x", "Aud", "a", "b", "segments", "x_aud"])
PARAMETERS = st.lists(st.tuples(KEY, st.sampled_from([None, "", "1", "a%20b", "(x)"])), max_size=5)


@settings(max_examples=300, deadline=None)
@given(PARAMETERS, st.sampled_from(["&", "&amp;"]), st.sampled_from(["", "#segment=1", "#"]))
def test_of_a_query_stay_the_other_parameters(parameters, sign, fragment):
    """In order, joined as they were; without any the question mark goes, too."""
    leak = re.compile(r"segment|seg_.*|aud|a", re.IGNORECASE)

    def link(listed):
        pairs = [key if value is None else f"{key}={value}" for key, value in listed]
        return "/p" + "?" * bool(pairs) + sign.join(pairs) + fragment

    left = [pair for pair in parameters if not leak.fullmatch(pair[0])]
    cuts = Cuts(LEAKS, HOME)
    assert cuts.from_object({"u": link(parameters)}) == {"u": link(left)}
    assert sum(cuts.counts.values()) == len(parameters) - len(left)

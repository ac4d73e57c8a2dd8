"""Whatever is softened: the bytes say what was scored, and what survives is the app's own."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from guardrail.act import DROP, KEEP, Placed, splice
from guardrail.decide.ladder import candidates
from guardrail.extract import extract
from guardrail.model import Customer, Item
from guardrail.pipeline import Request, first_pass, second_pass
from guardrail.ruleset import TREATMENTS, Rule, RuleSet, Sign, Surface, When
from guardrail.score.engine import Engine
from guardrail.treat import Means, Offer, Shelf
from tests.score.judging import CATEGORIES, rule

FIELDS = {"id": "sku", "title": "text.head", "reason": "why"}
SHAPES = (
    Surface("home", treatments=TREATMENTS),
    Surface("home", treatments=TREATMENTS, fields=FIELDS, items="data.rows"),
    Surface("home", treatments=TREATMENTS, items=".", neutral_reason="Popular here"),
)
COPY = st.sampled_from(
    [
        "Boots",
        "Just for you, Anna: boots",
        "We noticed you run. Light shoes",
        "Coffee in Elm Street",
        "You looked 3 minutes ago",
        "Anna",
        "Prenatal vitamins",
        "Käse – für Anna",
        "Popular in Pregnancy",
        "Pregnancy: a guide",
        "Nur für dich, Anna: Schuhe",
        "Sie waren gestern Abend in Elm Street",
    ]
)
SIGNAL = st.sampled_from(
    [
        {"data": "search_history", "method": "inferred", "party": "first"},
        {"data": "purchase_history", "method": "observed", "party": "first"},
        {"data": "age", "method": "declared"},
        {"data": "likes", "party": "third"},
    ]
)
ITEM = st.fixed_dictionaries(
    {},
    optional={
        "title": COPY,
        "reason": COPY,
        "categories": st.lists(
            st.sampled_from(["health.pregnancy", "vice.gambling", "garden"]), max_size=2
        ),
        "signals": st.lists(SIGNAL, max_size=2),
        "campaign": st.just("c"),
        "attr": st.lists(st.sampled_from([1, 8, 12]), max_size=2),
        "advertisers": st.lists(st.sampled_from(["a", "b"]), max_size=2),
        "price": st.sampled_from([1.5, 10**25]),
    },
)
RULES = (
    rule("sensitive_category", None, id="private"),
    rule(id="searched", weight=60.0, when=When(data=("search_history",))),
    rule(id="bought", weight=54.6, when=When(data=("purchase_history",))),
    rule(id="aged", weight=40.0, when=When(data=("age",))),
    rule(id="third", weight=62.0, when=When(party=("third",))),
    rule("manner", 40.0, id="noticed", terms=("we noticed", "boots")),
    rule("manner", 50.0, id="named", mentions=("person", "place")),
    rule("manner", 60.0, id="in-the-way", when=When(attr=(1, 8))),
    rule(id="payer", weight=30.0, when=When(advertiser=("b",))),
)
STORY = Rule(
    "story",
    "combination",
    weight=50.0,
    concern="subject",
    signs={"a": Sign(terms=("boots",)), "b": Sign(terms=("light shoes", "coffee"))},
)
ENGINE = Engine(RuleSet(rules=RULES, categories=CATEGORIES))
TELLING = Engine(RuleSet(rules=(*RULES, STORY), categories=CATEGORIES))
ANNA = Customer(names=("Anna",), places=("Elm Street",))


def written(surface, item):
    """An item in the surface's own shape."""
    out = {k: v for k, v in item.items() if k not in ("id", "title", "reason")}
    for field in ("id", "title", "reason"):
        if field in item:
            keys = surface.fields.get(field, field).split(".")
            at = out
            for key in keys[:-1]:
                at = at.setdefault(key, {})
            at[keys[-1]] = item[field]
    return out


def body_of(surface, items):
    listed = [written(surface, {"id": f"i{n}", **item}) for n, item in enumerate(items)]
    for key in reversed([] if surface.items == "." else surface.items.split(".")):
        listed = {key: listed, "more": [1.10]}
    return json.dumps(listed, indent=1).encode()


def pools(surface):
    offers = [{"id": "best", "title": "Kettle"}, {"id": "care", "categories": ["health"]}]
    made = tuple(
        Offer(
            Item(o["id"], title=o.get("title"), categories=tuple(o.get("categories", ())) or None,
                 signals=()),
            json.dumps(written(surface, o)).encode(),
        )
        for o in offers
    )  # fmt: skip
    return made, {"c": made[:1]}


def decide(surface, extracted, tolerance, engine=ENGINE):
    pool, creatives = pools(surface)
    plan = engine.plan(surface, ANNA)
    request = Request(plan, surface, ANNA, tolerance, "enforce", 0, pool, creatives=creatives)
    draft = first_pass(request, extracted.items)
    return second_pass(draft, [None] * len(draft.asks))


shapes = st.sampled_from(SHAPES)
FOREIGN = (
    ("home", {"items": "results[].hits"}, lambda a, b: {"results": [{"hits": a}, {"hits": b}]}),
    ("home", {"items": "rows[]."}, lambda a, b: {"rows": [a, b]}),
    ("home", {"items": "s{}.items"}, lambda a, b: {"s": {"x": {"items": a}, "y": {"items": b}}}),
    ("home", {"items": "by{}"}, lambda a, b: {"by": {one["id"]: one for one in a + b}}),
    ("home", {"items": "seatbid[].bid", "shape": "openrtb-2.6", "seatnonbid": False},
     lambda a, b: {"seatbid": [{"seat": "one", "bid": a}, {"bid": b}]}),
)  # fmt: skip
foreign = st.sampled_from(FOREIGN)
tolerances = st.floats(0, 100)


@given(shapes, ITEM)
def test_the_bytes_say_what_was_scored(surface, item):
    """Every candidate of every treatment, read again from the body that it makes."""
    body = body_of(surface, [item])
    extracted = extract(body, surface)
    (read,) = extracted.items
    pool, creatives = pools(surface)
    means = Means(
        Shelf(pool, (), creatives), ANNA, surface, read.item.signals, phrases=("we noticed",),
        own=("health.pregnancy",), categories=CATEGORIES,
    )  # fmt: skip
    steps = tuple((name,) for name in TREATMENTS if name != "delay")
    for _, treated in candidates(read.item, means, steps):
        sent = splice(body, extracted, surface, [Placed(edit=treated.edit)])
        (again,) = extract(sent, surface).items
        told = ("id", "title", "reason", "categories")
        assert [getattr(again.item, f) for f in told] == [getattr(treated.item, f) for f in told]


@settings(max_examples=150)
@given(shapes, st.lists(ITEM, max_size=6), tolerances)
def test_what_survives_is_byte_identical_and_in_order(surface, items, tolerance):
    """Allowed items keep bytes and relative order, but for `signals`; the shape stays."""
    body = body_of(surface, items)
    extracted = extract(body, surface)
    result = decide(surface, extracted, tolerance)
    sent = splice(body, extracted, surface, result.placed, [o.json for o in result.backfill])
    kept_alone = [KEEP if p == KEEP else DROP for p in result.placed]
    allowed = extract(splice(body, extracted, surface, kept_alone), surface)
    pieces = [allowed.body[s:e] for one in allowed.lists for s, e in one.elements]
    again = extract(sent, surface)
    shown = [again.body[s:e] for one in again.lists for s, e in one.elements]
    at = -1
    for piece in pieces:
        at = shown.index(piece, at + 1)
    before, after = json.loads(body), json.loads(sent)
    if isinstance(before, dict):
        assert list(before) == list(after)
        assert before["more"] == after["more"]


@given(shapes, st.lists(ITEM, max_size=6), tolerances)
def test_no_treatment_ever_raises_the_score(surface, items, tolerance):
    """And what is softened fits."""
    result = decide(surface, extract(body_of(surface, items), surface), tolerance, TELLING)
    for verdict in result.verdicts:
        if verdict.softened_intrusiveness is not None:
            assert verdict.softened_intrusiveness <= verdict.intrusiveness
            assert verdict.softened_intrusiveness <= tolerance


@settings(max_examples=150)
@given(shapes, st.lists(ITEM, max_size=6), tolerances, tolerances)
def test_a_stricter_tolerance_never_shows_more(surface, items, one, other):
    """Neither as it came nor at all."""
    extracted = extract(body_of(surface, items), surface)
    low, high = sorted((one, other))
    for engine in (ENGINE, TELLING):
        strict, loose = (decide(surface, extracted, t, engine) for t in (low, high))
        assert sum(p.keep for p in strict.placed) <= sum(p.keep for p in loose.placed)
    strict, loose = (decide(surface, extracted, t) for t in (low, high))
    for before, after in zip(strict.verdicts, loose.verdicts, strict=True):
        assert before.verdict != "allow" or after.verdict == "allow"


@given(shapes, st.lists(ITEM, max_size=6), tolerances, st.integers(1, 6))
def test_nothing_is_shown_twice_and_never_more_than_asked_for(surface, items, tolerance, show):
    """Substitutes, creatives and what fills holes have ids of their own."""
    narrow = replace(surface, show=show, minimum_items=show)
    body = body_of(surface, items)
    extracted = extract(body, narrow)
    result = decide(narrow, extracted, tolerance)
    sent = splice(body, extracted, narrow, result.placed, [o.json for o in result.backfill])
    ids = [read.item.id for read in extract(sent, narrow).items]
    assert len(ids) == len(set(ids)) <= show


def skeleton(found, depth=0):
    """A body without its items: what holds lists keeps its keys, and lists are but lists."""
    if isinstance(found, list):
        return [skeleton(one) for one in found if not (isinstance(one, dict) and "id" in one)]
    if isinstance(found, dict):
        return {
            key: skeleton(value)
            for key, value in found.items()
            if not (isinstance(value, dict) and "id" in value)
        }
    return found


@settings(max_examples=150)
@given(foreign, st.lists(ITEM, max_size=3), st.lists(ITEM, max_size=3), tolerances)
def test_the_response_keeps_its_shape_wherever_the_items_are(where, first, second, tolerance):
    """Lists in lists, members, items by their ids, bids: only items change, and empty seats go."""
    name, keys, build = where
    surface = Surface(name, treatments=TREATMENTS, minimum_items=2, **keys)
    listed = [{"id": f"i{n}", **item} for n, item in enumerate([*first, *second])]
    body = build(listed[: len(first)], listed[len(first) :]) | {"more": [1.10], "total": 7}
    raw = json.dumps(body).encode()
    extracted = extract(raw, surface)
    result = decide(surface, extracted, tolerance)
    sent = json.loads(
        splice(raw, extracted, surface, result.placed, [o.json for o in result.backfill])
    )
    expected, got = skeleton(body), skeleton(sent)
    if "seatbid" in got:
        # A seat that lost all its bids goes.
        assert all(seat in expected["seatbid"] for seat in got["seatbid"])
        del expected["seatbid"], got["seatbid"]
    assert got == expected

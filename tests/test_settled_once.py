"""What is settled once for all items that are alike is what each would have come to by itself."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from guardrail.extract import Reader, reader_for
from guardrail.model import Customer, Item
from guardrail.ruleset import Rule, RuleSet, Sign, Surface, When
from guardrail.score.engine import Engine
from guardrail.service.readers import Readers
from guardrail.treat import TREATMENTS, Offer
from tests import brief_bodies as some
from tests.test_brief_and_careful import SOME, Case, decided

COPY = (
    None,
    "Garden hose",
    "Because you like Pregnancy",
    "We noticed you at the casino last night",
    "We noticed you",
    "A lamp - we noticed you",
    "Just for you, Anna: in Berlin",
    "Anna chose a lamp",
    "Popular",
    "",
)
LABELS = (
    (),
    ("garden",),
    ("garden.hoses",),
    ("music",),
    ("music.jazz",),
    ("health",),
    ("health.pregnancy",),
    ("vice.gambling",),
)
SIGNALS: tuple[list[dict[str, Any]] | None, ...] = (
    None,
    [{"data": "search_history", "method": "observed", "party": "first"}],
    [{"data": "search_history", "method": "declared", "age_seconds": 7}],
    [],
    [{"data": "cart", "method": "observed", "party": "first"}],
    [{"data": "search_history", "method": "observed", "party": "first", "age_seconds": 30}],
    [{"data": "search_history", "method": "inferred", "party": "third", "age_seconds": 90}],
    [{"data": "likes", "method": "inferred", "via": [{"data": "health", "party": "third"}]}],
    [{"data": "likes", "method": "inferred", "via": [{"data": "cart", "via": [{"data": "chat"}]}]}],
    [{"data": "likes", "method": "inferred"}, {"data": "third_party_segment", "category": "music"}],
    [{"data": "current_item", "method": "observed", "party": "second"}],
)


def signal(number: int, weight: float, **keys: Any) -> Rule:
    """A rule on a source."""
    return Rule(id=f"s{number}", kind="signal", concern="source", weight=weight, **keys)


def manner(number: int, term: str, **keys: Any) -> Rule:
    """A rule on a phrase."""
    kind = {"id": f"m{number}", "kind": "manner", "concern": "manner"}
    return Rule(**kind, terms=(term,), weight=30.0, **keys)


def cap(per: str) -> Rule:
    """A frequency cap."""
    limits = {"max_impressions": 2, "window": 3600}
    return Rule(id=f"cap-{per}", kind="frequency_cap", concern="repetition", per=per, **limits)


def told(number: int, **keys: Any) -> Rule:
    """A rule on what several items tell together."""
    signs = {
        "a": Sign(categories=("garden",)),
        "b": Sign(categories=("music",)),
        "c": Sign(terms=("lamp",), categories=("health.pregnancy",)),
    }
    kind = {"id": f"t{number}", "kind": "combination", "concern": "subject"}
    return Rule(**kind, signs=signs, weight=30.0, **keys)


def again(number: int, per: str, **keys: Any) -> Rule:
    """A rule on how often something was shown."""
    kind = {"id": f"again{number}", "kind": "repetition", "concern": "repetition"}
    return Rule(**kind, per=per, window=3600, curve=((2, 10.0), (3, 90.0)), **keys)


SEARCH = When(data=("search_history",))
RULES = (
    Rule(id="subject", kind="sensitive_category", concern="subject", when=When()),
    signal(1, 60.0, when=SEARCH),
    signal(2, 75.0, when=When(data=("search_history",), party=("third",))),
    signal(3, 90.0, when=When(party=("third",)), mode="observe"),
    signal(4, 20.0, when=SEARCH, action="soften", treatment="demote"),
    signal(5, 20.0, when=When(data=("cart",)), action="soften", treatment="replace"),
    signal(6, 90.0, when=When(category=("vice.gambling",)), action="suppress"),
    signal(7, 20.0, when=When(campaign=("c-7",)), action="soften", treatment="rotate"),
    signal(8, 80.0, when=When(not_=When(terms=("casino",)), data=("cart",))),
    signal(9, 20.0, when=When(party=("first",)), action="soften", treatment="drop_reason"),
    signal(10, 20.0, when=When(party=("first",)), action="soften", treatment="generalise"),
    manner(1, "we noticed"),
    manner(2, "just for you", mode="observe"),
    manner(3, "pregnancy"),
    Rule(id="named", kind="manner", concern="manner", mentions=("person", "place"), weight=90.0),
    Rule(
        id="delayed",
        kind="signal",
        concern="source",
        weight=10.0,
        action="soften",
        treatment="delay",
        when=When(age_seconds=(some.Comparison("<", 60.0),)),
    ),
    Rule(
        id="again",
        kind="repetition",
        concern="repetition",
        per="item",
        window=3600,
        curve=((1, 10.0), (3, 90.0)),
        when=When(campaign=("co-view",)),
    ),
    again(1, "item"),
    again(2, "campaign", mode="observe"),
    again(3, "creative", unknown="apply"),
    again(4, "item", when=SEARCH, action="soften", treatment="drop_reason"),
    told(1, at_least=2),
    told(2, at_least=3, window=3600),
    told(3, at_least=2, mode="observe"),
    told(4, at_least=2, action="suppress"),
    cap("item"),
    replace(cap("campaign"), weight=30.0),
    cap("category"),
    replace(cap("all"), action="suppress"),
    replace(cap("advertiser"), action="suppress", mode="observe"),
    *(
        replace(cap("surface"), id=f"cap-{treatment}", action="soften", treatment=treatment)
        for treatment in ("demote", "delay", "replace")
    ),
)
CAPS = tuple(rule for rule in RULES if rule.kind == "frequency_cap")

Page = tuple[Customer, bytes]
PEOPLE = (
    Customer(),
    Customer(),
    Customer(gpc=True),
    Customer(names=("Anna",)),
    Customer(names=("Nobody",), places=("Nowhere",)),
    # The last three are words that only the shop itself would put there.
    Customer(names=("Health",)),
    Customer(names=("offer",), places=("Brandenburg",)),
    Customer(places=("your region",)),
)

SAID = [rule for rule in RULES if rule.id in ("subject", "s1", "m1", "m3")]
"""Rules under which rewording is often enough."""
NAMED = [rule for rule in RULES if rule.id in ("m1", "s10")]
"""Rules under which another category is enough."""
CALLED = [rule for rule in RULES if rule.id in ("named", "s1", "m3")]
"""Rules under which it counts what the app calls somebody."""
AGAIN = [rule for rule in RULES if rule.id in ("again1", "again4", "s1")]
"""Rules under which it counts how often something was shown."""
TOLD = [rule for rule in RULES if rule.id in ("t1", "t3", "m2")]
"""Rules under which it counts what else is on the page."""


@st.composite
def surfaces(draw: st.DrawFn) -> Surface:
    """A surface with any treatments in any order."""
    names = sorted(name for name, one in TREATMENTS.items() if not one.by_name_only)
    treatments = draw(
        st.permutations(names).flatmap(lambda p: st.integers(0, 7).map(lambda n: p[:n]))
    )
    usual = ("drop_reason", "depersonalise_copy", "coarsen", "generalise", "replace")
    return Surface(
        "home",
        kind="recommendation",
        items="items",
        fields=draw(st.sampled_from(({}, {"reason": "reason"}, {"title": "t.name"}))),
        treatments=draw(st.sampled_from((tuple(treatments), usual, ("explain", "replace")))),
        neutral_reason=draw(st.sampled_from((None, None, "Popular"))),
        copy_language=draw(st.sampled_from((None, "en"))),
        keep_signals=draw(st.booleans()),
        minimum_items=draw(st.sampled_from((0, 0, 4))),
        wider_places={"Berlin": "Brandenburg"},
        show=draw(st.sampled_from((None, None, None, 0, 2, 4))),
    )


@st.composite
def pools(draw: st.DrawFn) -> tuple[Offer, ...]:
    """Few offers, so that they run out; some of them no better than what they would replace."""
    out = []
    for number in range(draw(st.sampled_from((0, 1, 2, 3, 5, 12)))):
        said = {
            "id": draw(st.sampled_from((f"offer-{number}", "a", None))),
            "title": draw(st.sampled_from(COPY)),
            "categories": draw(st.sampled_from(LABELS)),
            "signals": [],
        }
        given = {key: value for key, value in said.items() if value is not None}
        item = Item(**{**said, "categories": said["categories"], "signals": ()})
        out.append(Offer(item, json.dumps(given).encode()))
    return tuple(out)


@st.composite
def bodies(draw: st.DrawFn, surface: Surface) -> bytes:
    """Items that are often alike."""
    items = []
    for number in range(draw(st.integers(0, 7))):
        title = draw(st.sampled_from(COPY))
        said = {
            "id": draw(st.sampled_from(("a", f"i{number}", number + 1))),
            "title": title if "title" not in surface.fields else None,
            "t": {"name": title} if "title" in surface.fields and title is not None else None,
            "reason": draw(st.sampled_from(COPY)),
            "categories": draw(st.sampled_from((None, *LABELS))),
            "signals": draw(st.sampled_from(SIGNALS)),
            "campaign": draw(st.sampled_from((None, "c-7", "co-view"))),
            "creative": draw(st.sampled_from((None, "cr-1"))),
            "advertiser": draw(st.sampled_from((None, "acme"))),
            "purchased": draw(st.sampled_from((None, None, False, True))),
            "price": number,
        }
        items.append({key: value for key, value in said.items() if value is not None})
    return json.dumps({"items": items}).encode()


@st.composite
def cases(draw: st.DrawFn) -> tuple[Case, list[Page]]:
    """Some responses of one surface under the same rules, one after the other."""
    surface = draw(surfaces())
    some_rules = st.lists(st.sampled_from(RULES), unique_by=lambda rule: rule.id, max_size=6)
    sets = st.sampled_from((SAID, NAMED, CALLED, AGAIN, TOLD))
    rules = draw(st.one_of(some_rules, sets, st.builds(lambda a, b: [*a, *b], sets, some_rules)))
    rules += draw(st.lists(st.sampled_from(CAPS), max_size=3))
    rules = list({rule.id: rule for rule in rules}.values())
    rule_set = RuleSet(
        rules=tuple(rules), categories=some.CATEGORIES, surfaces={surface.name: surface}
    )
    listed = draw(pools())
    case = Case(
        rules=rule_set,
        surface=surface,
        customer=Customer(),
        tolerance=draw(st.sampled_from((0.0, 40.0, 62.0, 62.0, 68.0))),
        mode=draw(st.sampled_from(("enforce", "enforce", "observe"))),
        bucket=0,
        seen=draw(st.sampled_from((-1, 0, 3, SOME))),
        refused=draw(st.sampled_from((0, 5, 255))),
        pool=listed,
        drop=False,
        body=b"",
        creatives=draw(st.sampled_from((None, {"c-7": draw(pools())}))),
        acting=tuple(draw(st.lists(st.integers(0, 5), min_size=1, max_size=3))),
    )
    pages = st.tuples(st.sampled_from(PEOPLE), bodies(surface))
    return case, draw(st.lists(pages, min_size=1, max_size=3))


def reader(name: str, case: Case, engine: Engine, customer: Customer) -> Reader:
    """One of the ways to read a body without looking at each item."""
    if name == "scanned":
        return Readers(engine, case.surface).of(customer)
    return reader_for(case.surface, engine.needs(case.surface))


@settings(max_examples=500, deadline=None)
@given(given_=cases())
def test_settled_once_is_settled_one_by_one(given_: tuple[Case, list[Page]]) -> None:
    """Verdicts in full, bytes, what is reserved, filled in and counted, from the first on, for
    whoever comes in turn.
    """
    case, listed = given_
    pages = [case._replace(customer=customer, body=body) for customer, body in listed]
    alone = [decided(page, Engine(case.rules), None)[0] for page in pages]
    engines = {name: Engine(case.rules) for name in ("in brief", "scanned")}
    ways = {
        (name, customer): reader(name, case, engine, customer)
        for name, engine in engines.items()
        for customer, _ in listed
    }
    for turn in ("found", "remembered"):
        for name, engine in engines.items():
            for page, expected in zip(pages, alone, strict=True):
                found, brief = decided(page, engine, ways[name, page.customer])
                assert found == expected, (turn, name)
                event(f"{name}: {brief}")
    for told in alone:
        for verdict in told.verdicts:
            event(f"{verdict.verdict} {verdict.treatment}")

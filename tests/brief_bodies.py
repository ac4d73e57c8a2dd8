"""Bodies, rules and customers of every sort, for tests that read bodies in brief and carefully."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from guardrail.extract.paths import field_path
from guardrail.model import Customer, Hold, Item, Signal
from guardrail.ruleset import (
    CAP_SCOPES,
    Assume,
    Category,
    Comparison,
    Rule,
    RuleSet,
    Sign,
    Surface,
    When,
)
from guardrail.score.kinds import KINDS

CATEGORIES = {
    "health": Category("health", "Health", 45.0, hints=("vitamin",)),
    "health.pregnancy": Category(
        "health.pregnancy",
        "Pregnancy",
        57.0,
        ids={"iab-content-2.2": ("302",)},
        terms=("pregnancy test",),
        proxies={"iab-ad-product-2.0": ("1061",)},
    ),
    "vice.gambling": Category("vice.gambling", "Gambling", 70.0, terms=("casino",)),
}
LABELS = ("health", "health.pregnancy", "vice.gambling", "iab-content-2.2:302", "garden")
DATA = ("cart", "search_history", "location_history", "health", "third_party_segment")
CONTEXTS = ("pharmacy", "work")
NAMES = ("acme", "acorn", "7")
CAMPAIGNS = ("co-purchase-1", "co-view", "c-7")
COPY = ("Garden hose", "Pregnancy test", "Just for you, Anna", "We noticed you", "Casino night", "")
NUMBERS = (0, 59, 60, 61, 100, 1000, 1000.5, 2**53, 2**53 + 1, 10**24, -1, 1e300)
CUTS = (0.0, 60.0, 1000.0, 1000.5, 2.0**53, 1e17, 1e300)
SURFACES = ("home", "mail")


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """None two times out of three."""
    return st.one_of(st.none(), st.none(), strategy)


def some(*values: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    """One or two of them."""
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(tuple)


COMPARED = st.lists(
    st.one_of(
        st.just(Comparison("unknown")),
        st.builds(Comparison, st.sampled_from((">=", ">", "<=", "<", "==")), st.sampled_from(CUTS)),
    ),
    min_size=1,
    max_size=2,
).map(tuple)
DEPTHS = st.builds(
    Comparison, st.sampled_from((">=", "<", "==", "unknown")), st.sampled_from((0.0, 2.0, 3.0))
).map(lambda one: (one,))
_WHEN: dict[str, st.SearchStrategy[Any]] = {
    "surface": some(*SURFACES),
    "vertical": some("fashion", "unknown"),
    "kind": some("ad", "recommendation"),
    "purpose": some("product", "commercial_ad", "job"),
    "category": some("health", "vice.gambling", "unknown"),
    "advertiser": some(*NAMES, "unknown"),
    "campaign": some(*CAMPAIGNS, "unknown"),
    "sponsored": st.booleans(),
    "price_personalised": st.booleans(),
    "attr": some(1, 8),
    "terms": some("we noticed", "casino", "just for you"),
    "data": some(*DATA, "unknown"),
    "method": some("declared", "observed", "inferred", "unknown"),
    "party": some("first", "third", "unknown"),
    "context": some(*CONTEXTS, "unknown"),
    "precision": some("place", "city", "unknown"),
    "depth": DEPTHS,
    "age_seconds": COMPARED,
    "audience_size": COMPARED,
    "jurisdiction": some("EU", "US", "unknown"),
    "age_band": some("child", "adult", "unknown"),
    "consent_missing": some("health", "third_party"),
    "gpc": st.booleans(),
}


@st.composite
def whens(draw: st.DrawFn, nested: int = 1) -> When:
    """Up to two conditions, and now and then some that must not hold."""
    names = draw(st.lists(st.sampled_from(sorted(_WHEN)), max_size=2, unique=True))
    inner = draw(maybe(whens(nested - 1))) if nested else None
    return When(**{name: draw(_WHEN[name]) for name in names}, not_=inner)


@st.composite
def rules(draw: st.DrawFn, number: int) -> Rule:
    """One rule of any kind."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    when = draw(whens())
    keys: dict[str, Any] = {
        "mode": draw(st.sampled_from(("enforce", "enforce", "observe", "off"))),
        "unknown": draw(st.sampled_from(("skip", "apply"))),
        "layer": draw(st.sampled_from(("rule", "rule", "rule", "floor"))),
        "rollout": draw(st.sampled_from((100, 100, 30))),
        "weight": draw(st.sampled_from((20.0, 55.0, 71.3, 90.0))),
        "action": draw(st.sampled_from(("score", "score", "suppress", "soften"))),
        "say": draw(maybe(st.just("Because."))),
    }
    if keys["action"] == "soften":
        keys["treatment"] = draw(st.sampled_from(("demote", "delay", "drop_reason", "replace")))
    if kind == "frequency_cap":
        keys |= {"per": draw(st.sampled_from(CAP_SCOPES)), "max_impressions": 2, "window": 3600}
    elif kind == "repetition":
        per = draw(st.sampled_from(("creative", "item", "campaign")))
        keys |= {"per": per, "window": 3600, "curve": ((1, 10.0), (3, 90.0))}
    elif kind == "combination":
        signs = {"a": Sign(terms=("casino",)), "b": Sign(categories=("health",)), "c": Sign()}
        keys |= {"signs": signs, "window": draw(st.sampled_from((0, 3600)))}
    elif kind == "manner":
        keys |= {"terms": draw(st.sampled_from(((), ("we noticed",))))}
        keys |= {"mentions": draw(st.sampled_from(((), ("person", "place"))))}
    if kind == "sensitive_category" and draw(st.booleans()):
        keys["weight"] = None
    if kind == "signal" and draw(st.booleans()):
        keys["expected"] = {"fashion": 10.0}
    return Rule(id=f"r{number}", kind=kind, when=when, concern=KINDS[kind].concern(when), **keys)


@st.composite
def signals(draw: st.DrawFn, deep: int = 1) -> Signal:
    """A signal as a surface may assume one."""
    via = draw(st.lists(signals(deep - 1), max_size=1)) if deep else []
    return Signal(
        data=draw(maybe(st.sampled_from(DATA))),
        method=draw(maybe(st.sampled_from(("declared", "observed", "inferred", "modeled")))),
        party=draw(maybe(st.sampled_from(("first", "third")))),
        depth=draw(maybe(st.integers(0, 4))),
        via=tuple(via),
        context=draw(maybe(st.sampled_from(CONTEXTS))),
        category=draw(maybe(st.sampled_from(LABELS))),
        precision=draw(maybe(st.sampled_from(("place", "city")))),
        age_seconds=draw(maybe(st.sampled_from(NUMBERS).map(float))),
        audience_size=draw(maybe(st.sampled_from(NUMBERS).map(float))),
    )


@st.composite
def assumptions(draw: st.DrawFn, of_campaigns: bool = True) -> Assume:
    """What is assumed on a surface, and of its campaigns."""
    given = {
        "signals": draw(maybe(st.lists(signals(), max_size=2).map(tuple))),
        "categories": draw(maybe(some(*LABELS))),
        "kind": draw(maybe(st.just("ad"))),
        "purpose": draw(maybe(st.just("job"))),
        "advertiser": draw(maybe(st.sampled_from(NAMES))),
        "campaign": draw(maybe(st.sampled_from(CAMPAIGNS))) if of_campaigns else None,
        "sponsored": draw(maybe(st.booleans())),
        "price_personalised": draw(maybe(st.booleans())),
    }
    given = {key: value for key, value in given.items() if value is not None}
    named = {}
    if of_campaigns:
        some_names = st.lists(st.sampled_from(("co-*", "co-view", "c-7")), max_size=2, unique=True)
        named = {name: draw(assumptions(of_campaigns=False)) for name in draw(some_names)}
    return Assume(tuple(given), Item(**given), named)


MAPPINGS: tuple[dict[str, str], ...] = (
    {},
    {"id": "sku", "categories": "labels"},
    {"id": "sku", "categories": "tax.labels", "title": "tax.name", "signals": "why.signals"},
    {"campaign": "ad.camp", "advertiser": "ad.by", "signals": "ad.signals"},
)
FALLBACK = tuple(b'{"id":"best-%d","sku":"best-%d","signals":[]}' % (n, n) for n in range(3))


@st.composite
def surfaces(draw: st.DrawFn) -> Surface:
    """A surface whose bodies can be read in brief, native or mapped."""
    asks = ("drop_reason", "depersonalise_copy", "coarsen", "generalise", "replace", "dilute")
    return Surface(
        "home",
        kind=draw(st.sampled_from(("recommendation", "ad"))),
        items=draw(st.sampled_from(("items", ".", "data.list", "results[].hits", "[].items"))),
        fields=draw(st.sampled_from(MAPPINGS)),
        purpose=draw(maybe(st.just("news"))),
        vertical=draw(maybe(st.just("fashion"))),
        assume=draw(maybe(assumptions())) or Assume(),
        max_depth=draw(maybe(st.integers(0, 3))),
        treatments=draw(st.sampled_from(((), asks, ("replace",)))),
        minimum_items=draw(st.sampled_from((0, 3))),
        strip=draw(st.sampled_from(((), ("reason",), ("labels", "x")))),
        keep_signals=draw(st.booleans()),
        show=draw(maybe(st.integers(1, 3))),
        neutral_reason=draw(maybe(st.just("Popular"))),
    )


CUSTOMERS = st.one_of(
    st.just(Customer()),
    st.builds(
        Customer,
        jurisdiction=maybe(st.sampled_from(("DE", "US-CA"))),
        age_band=maybe(st.sampled_from(("child", "adult"))),
        gpc=st.booleans(),
        personalisation=st.sampled_from((True, True, True, False)),
        consent=st.sampled_from(((), (("health", False),), (("third_party", True),))),
        topics_off=st.sampled_from(((), ("vice.gambling",))),
        sources_off=st.sampled_from(((), ("cart",))),
        holds=st.sampled_from(((), (Hold("health"),))),
        names=st.sampled_from(((), ("Anna",))),
    ),
)


@st.composite
def rule_sets(draw: st.DrawFn, surface: Surface) -> RuleSet:
    """Up to five rules for one surface."""
    listed = tuple(draw(rules(n)) for n in range(draw(st.integers(0, 5))))
    return RuleSet(rules=listed, categories=CATEGORIES, surfaces={surface.name: surface})


# -- bodies, as text

ODD = st.sampled_from(
    ("null", "5", "-0", "1e2", "2.0", "12345678901234567890123", '""', '"x"', "[]", "{}", "true")
)


def text_of(value: Any) -> str:
    """The value as JSON."""
    return json.dumps(value, ensure_ascii=False)


def _words(*values: str) -> st.SearchStrategy[str]:
    return st.sampled_from(values).map(text_of)


SPELT = ("Health.Pregnancy", " garden", "305", "nowhere:1", "", *LABELS, *LABELS)
LABEL_LISTS = st.one_of(
    st.lists(st.sampled_from(LABELS), max_size=3),
    st.lists(st.sampled_from(SPELT), max_size=3),
    st.just([*LABELS, "a", "b"]),
    st.just([*LABELS, "a", None]),
    st.just([*LABELS, "a"]),
).map(text_of)


@st.composite
def texts_of_signal(draw: st.DrawFn, deep: int = 1) -> str:
    """A signal, now and then an odd one."""
    pairs = [
        (key, text_of(value))
        for key, value in (
            ("data", draw(maybe(st.sampled_from(DATA)))),
            ("method", draw(maybe(st.sampled_from(("declared", "observed", "inferred"))))),
            ("party", draw(maybe(st.sampled_from(("first", "third"))))),
            ("depth", draw(maybe(st.integers(0, 4)))),
            ("context", draw(maybe(st.sampled_from(CONTEXTS)))),
            ("category", draw(maybe(st.sampled_from(SPELT)))),
            ("precision", draw(maybe(st.sampled_from(("place", "city"))))),
            ("age_seconds", draw(maybe(st.sampled_from(NUMBERS)))),
            ("audience_size", draw(maybe(st.sampled_from(NUMBERS)))),
        )
        if value is not None
    ]
    if deep and draw(st.integers(0, 4)) == 0:
        pairs.append(("via", f"[{draw(texts_of_signal(deep - 1))}]"))
    if pairs and draw(st.integers(0, 19)) == 0:
        pairs.append((draw(st.sampled_from(pairs))[0], draw(ODD)))
    if draw(st.integers(0, 39)) == 0:
        pairs.append(("ticked", "null"))
    return "{" + ",".join(f'"{key}":{value}' for key, value in pairs) + "}"


SIGNAL_LISTS = st.lists(texts_of_signal(), max_size=2).map(lambda all_: f"[{','.join(all_)}]")
FIELDS: dict[str, st.SearchStrategy[str]] = {
    "kind": _words("ad", "recommendation"),
    "title": _words(*COPY),
    "reason": _words(*COPY),
    "categories": LABEL_LISTS,
    "signals": SIGNAL_LISTS,
    "purpose": _words("product", "job"),
    "advertiser": st.one_of(_words(*NAMES), st.just('["acme","acorn"]')),
    "campaign": _words(*CAMPAIGNS),
    "creative": _words("cr-1", "cr-2"),
    "sponsored": st.sampled_from(("true", "false")),
    "price_personalised": st.sampled_from(("true", "false")),
    "advertisers": st.just('["acme","acorn"]'),
    "attr": st.sampled_from(("[1]", "[8,3]")),
    "purchased": st.sampled_from(("true", "false")),
}
IDS = st.one_of(_words("a", "b", "c", "d", "best-1", ""), st.sampled_from(("5", "-0", "1e2", "-7")))


@st.composite
def texts_of_item(draw: st.DrawFn, surface: Surface) -> str:
    """An item of that surface; now and then with something twice, or of another type."""
    names = draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=6, unique=True))
    fields = [("id", draw(IDS)), *((name, draw(FIELDS[name])) for name in names)]
    for _ in range(draw(st.sampled_from((0, 0, 0, 0, 1, 2)))):
        name = draw(st.sampled_from([name for name, _ in fields]))
        value = draw(st.one_of(ODD, FIELDS.get(name, IDS), FIELDS.get(name, IDS)))
        fields.insert(draw(st.integers(0, len(fields))), (name, value))
    if draw(st.integers(0, 39)) == 0:
        fields.append(("ticked", "null"))
    members: list[list[Any]] = []
    for name, value in fields:
        first, *rest = field_path(surface.fields.get(name, name))
        if not rest:
            members.append([first, value])
            continue
        open_ = [m for m in members if m[0] == first and isinstance(m[1], list)]
        if not open_ or draw(st.integers(0, 14)) == 0:
            members.append([first, []])
            open_ = [members[-1]]
        open_[-1][1].append(f'"{rest[0]}":{value}')
    parts = []
    for key, value in members:
        told = "{" + ",".join(value) + "}" if isinstance(value, list) else value
        parts.append(f'"{key}":{told}')
    return "{" + ",".join(parts) + "}"


@st.composite
def bodies(draw: st.DrawFn, surface: Surface) -> bytes:
    """A body of that surface; now and then a list stands twice, or is none."""

    def a_list() -> str:
        most = 6 if surface.items != "results[].hits" else 3
        listed = draw(st.lists(texts_of_item(surface), max_size=most))
        if draw(st.integers(0, 29)) == 0:
            listed.append(draw(ODD))
        return f"[{','.join(listed)}]"

    def keyed(key: str) -> str:
        told = [f'"{key}":{a_list()}']
        if draw(st.integers(0, 14)) == 0:
            told.append(f'"{key}":{draw(st.one_of(st.just("[]"), st.just("null"), ODD))}')
            told = draw(st.permutations(told))
        return ",".join(told)

    match surface.items:
        case ".":
            text = a_list()
        case "data.list":
            inner = f'"data":{{{keyed("list")}}}'
            twice = draw(st.integers(0, 14)) == 0
            text = f'{{"n":1,{inner}{",".join(["", inner]) if twice else ""}}}'
        case "results[].hits":
            groups = [f"{{{keyed('hits')}}}" for _ in range(draw(st.integers(0, 2)))]
            text = f'{{"results":[{",".join([*groups, *draw(st.sampled_from(([], ["{}"])))])}]}}'
        case "[].items":
            groups = [f"{{{keyed('items')}}}" for _ in range(draw(st.integers(0, 2)))]
            text = f"[{','.join(groups)}]"
        case _:
            text = f"{{{keyed('items')}}}"
    if draw(st.integers(0, 29)) == 0:
        text = text.replace("c", "\\u0063", 3)
    return text.encode()

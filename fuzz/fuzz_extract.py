"""Any body is read, or refused with `NotReadable`; what is read, the standard library finds too.

Read in one pass, in brief or carefully, rules say the same of it.
"""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import asdict

from fuzz.running import run
from guardrail.extract import Extracted, NotReadable, Reader, extract, reader_for
from guardrail.model import Customer
from guardrail.ruleset import Category, Comparison, Rule, RuleSet, Surface, When
from guardrail.score.alike import SameToRules
from guardrail.score.engine import Engine

SURFACES = (
    Surface("plain"),
    Surface("top", items="."),
    Surface("groups", items="results[].hits"),
    Surface("mapped", items="data.list", fields={"id": "sku", "categories": "tax.labels"}),
    Surface("bids", shape="openrtb-2.6", kind="ad", items="seatbid[].bid"),
    Surface("deep", fields={"title": "meta.name", "categories": "meta.tags", "signals": "why.by"}),
)
SOME = ("unknown", "a", "1", "x.y")
NOBODY = Customer()
RULES = (
    Rule("about", "sensitive_category"),
    Rule("said", "manner", concern="manner", weight=9.0, terms=("a", "we noticed")),
    Rule("by", "signal", when=When(advertiser=SOME, campaign=SOME), weight=9.0),
    Rule("kept", "signal", when=When(sponsored=True, price_personalised=True), unknown="apply"),
    Rule("old", "signal", when=When(age_seconds=(Comparison(">=", 60.0),)), weight=9.0),
    Rule("few", "signal", when=When(audience_size=(Comparison("<", 60.0),)), weight=9.0),
    Rule("acts", "manner", when=When(attr=(1, 8)), concern="manner", weight=9.0),
    Rule("cap", "frequency_cap", concern="repetition", max_impressions=1, window=60),
)
ENGINE = Engine(RuleSet(rules=RULES, categories={"a": Category("a", weight=9.0, terms=("b",))}))
READERS = {one.name: reader_for(one, ENGINE.needs(one)) for one in SURFACES}
SCANNING = {
    one.name: reader_for(one, ENGINE.needs(one), SameToRules(ENGINE, one), [("signals",)])
    for one in SURFACES
}


def promise(data: bytes) -> None:
    """The first byte chooses the surface, the rest is the body."""
    if not data:
        return
    surface = SURFACES[data[0] % len(SURFACES)]
    found = _read(data[1:], surface, None)
    brief = _read(data[1:], surface, READERS[surface.name])
    scanned = _read(data[1:], surface, SCANNING[surface.name])
    assert (brief is None) == (found is None), "it is readable in both ways or in none"
    assert (scanned is None) == (found is None), "nor does a scan make a difference"
    if found is None or brief is None or scanned is None:
        return
    _agree(found, brief, surface)
    if scanned.scan is not None:
        _scanned_alike(found, scanned, surface)
    spans = [span for one in found.lists for span in one.elements]
    assert len(spans) == len(found.items), "as many items as places"
    assert len(found.source) == len(found.body), "what was parsed has the length of what came"
    for (start, end), read in zip(spans, found.items, strict=True):
        element = _loaded(found.source[start:end])
        assert read.readable == isinstance(element, dict), "an item is an object"
    tree = _loaded(found.body)
    if surface.items == ".":
        assert len(tree) == len(spans), "every element of the list is judged"
    elif surface.items == "items":
        assert len(tree["items"]) <= len(spans), "no list that a reader sees is overlooked"


def _read(body: bytes, surface: Surface, reader: Reader | None) -> Extracted | None:
    try:
        return extract(body, surface, reader=reader)
    except NotReadable:
        return None


def _agree(careful: Extracted, brief: Extracted, surface: Surface) -> None:
    """The same items, of which rules say the same and caps count the same."""
    assert [*brief.items] == [*careful.items], "the same items"
    if brief.briefs is None:
        return
    plan = ENGINE.plan(surface, NOBODY)
    judged = plan.judge_briefly(brief.briefs)
    if judged is None:
        return
    assert len(judged) == len(careful.items), "none is missed"
    for index, (one, read) in enumerate(zip(judged, careful.items, strict=True)):
        assert asdict(one) == asdict(plan.judge(read.item, NOBODY)), "the same findings"
        assert brief.briefs.counted(index).id == read.item.id, "counted by the same id"


def _scanned_alike(careful: Extracted, scanned: Extracted, surface: Surface) -> None:
    """The same items at the same places, and the same decided of each."""
    assert scanned.scan is not None
    assert [*scanned.items] == [*careful.items], "the same items"
    assert [one.elements for one in scanned.lists] == [one.elements for one in careful.lists]
    plan = ENGINE.plan(surface, NOBODY)
    for one, read in zip(plan.judge_sorts(scanned.scan.sorts), careful.items, strict=True):
        exact = plan.judge(read.item, NOBODY)
        assert one.score == exact.score, "the same score"
        assert one.unknown == exact.unknown, "the same facts are missing"
        assert one.caps == exact.caps, "the same caps"
        assert [f.rule for f in one.findings] == [f.rule for f in exact.findings]
    _loaded(scanned.scan.assembled([None] * len(scanned.scan)))


def _loaded(raw: bytes) -> Any:
    try:
        return json.loads(raw, parse_int=str)
    except RecursionError:
        return {}


if __name__ == "__main__":
    run(promise)

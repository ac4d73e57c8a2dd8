"""Whatever a body holds and rules say: read in brief it is decided as if read carefully."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from hypothesis import event, given, settings
from hypothesis import strategies as st

from guardrail.act import splice
from guardrail.decide.capped import Bound
from guardrail.decide.history import History
from guardrail.decide.reserve import Ask
from guardrail.extract import NotReadable, Reader, extract, reader_for
from guardrail.model import Customer, Verdict
from guardrail.pipeline import Request, Result, first_pass, second_pass
from guardrail.record.cells import cells_of_items
from guardrail.ruleset import Rule, RuleSet, Surface, When
from guardrail.score.engine import Engine
from guardrail.treat import Creatives, Offer
from tests import brief_bodies as some

SOME = 100
"""Stands for a history in which each counter was counted another number of times."""


class Case(NamedTuple):
    """One response, under some rules, for somebody."""

    rules: RuleSet
    surface: Surface
    customer: Customer
    tolerance: float
    mode: str
    bucket: int
    seen: int
    refused: int
    pool: tuple[Offer, ...]
    drop: bool
    body: bytes
    earlier: tuple[bytes, ...] = ()
    creatives: Creatives | None = None
    acting: tuple[int, ...] = (0,)
    """Which cap of an item it is that acts, item by item and again from the first on."""

    def times(self, counter: str, _window: int) -> int:
        """How often something was counted."""
        return sum(counter.encode()) % 4 if self.seen == SOME else self.seen


class Told(NamedTuple):
    """Everything that came of it."""

    why: str | None = None
    asks: Any = None
    verdicts: tuple[Verdict, ...] = ()
    placed: Any = None
    given_back: Any = None
    backfill: Any = None
    sent: bytes = b""
    counted: Any = None


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A surface, rules for it, a customer, and a body."""
    surface = draw(some.surfaces())
    rules = draw(some.rule_sets(surface))
    pool = tuple(
        Offer(some.Item(id=f"best-{n}", signals=()), raw) for n, raw in enumerate(some.FALLBACK)
    )
    return Case(
        rules=rules,
        surface=surface,
        customer=draw(some.CUSTOMERS),
        tolerance=draw(st.sampled_from((0.0, 50.0, 68.0, 100.0))),
        mode=draw(st.sampled_from(("enforce", "enforce", "observe"))),
        bucket=draw(st.sampled_from((0, 50))),
        seen=draw(st.sampled_from((-1, 0, 2, 5, SOME))),
        refused=draw(st.integers(0, 255)),
        pool=draw(st.sampled_from(((), pool))),
        drop=draw(st.booleans()),
        body=draw(some.bodies(surface)),
        earlier=tuple(draw(st.lists(some.bodies(surface), max_size=2))),
        acting=tuple(draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))),
    )


def decided(case: Case, engine: Engine, reader: Reader | None) -> tuple[Told, bool]:
    """What comes of a case, and whether its body was read in brief."""
    try:
        extracted = extract(case.body, case.surface, reader=reader)
    except NotReadable as unreadable:
        return Told(unreadable.why), False
    history = None if case.seen < 0 else History(case.times)
    request = Request(
        engine.plan(case.surface, case.customer, case.bucket),
        case.surface,
        case.customer,
        case.tolerance,
        case.mode,
        0,
        case.pool,
        case.drop,
        history=history,
        creatives=case.creatives,
    )
    draft = first_pass(request, extracted.items, extracted.briefs)
    bounds = bounds_of(case, draft.asks)
    result = second_pass(draft, bounds)
    fill = [offer.json for offer in result.backfill]
    sent = splice(case.body, extracted, case.surface, result.placed, fill)
    counted: Counter[Any] = Counter()
    for one, many in result.sorts().tally():
        for cell in cells_of_items(one, "home", case.mode):
            counted[cell] += many
    told = Told(
        asks=[*zip(draft.asking, draft.asks, strict=True)],
        verdicts=result.verdicts,
        placed=result.placed,
        given_back=result.give_back,
        backfill=result.backfill,
        sent=sent,
        counted=counted,
    )
    return told, extracted.briefs is not None


def bounds_of(case: Case, asked: Sequence[Sequence[Ask]]) -> list[Bound | None]:
    """The caps that act: a watched one lets its item through."""
    bounds: list[Bound | None] = []
    for number, asks in enumerate(asked):
        ask = asks[case.acting[number % len(case.acting)] % len(asks)]
        acts = case.refused >> (number % 8) & 1
        bounds.append(Bound(ask.rule, not ask.enforced, 60 + number % 3) if acts else None)
    return bounds


def one_by_one(told: Told, mode: str) -> Counter[Any]:
    """The cells of the verdicts, counted one by one; surplus is neither shown nor taken out."""
    shown = [verdict for verdict in told.verdicts if not verdict.surplus]
    return Counter(cell for one in shown for cell in cells_of_items(one, "home", mode))


@settings(max_examples=250, deadline=None)
@given(case=cases())
def test_the_brief_reading_decides_as_the_careful_one(case: Case) -> None:
    """Verdicts, order, bytes, what is reserved, given back and counted."""
    engine = Engine(case.rules)
    careful, _ = decided(case, Engine(case.rules), None)
    reader = reader_for(case.surface, engine.needs(case.surface))
    for body in case.earlier:
        decided(case._replace(body=body), engine, reader)
    for turn in ("found anew", "remembered"):
        brief, read_so = decided(case, engine, reader)
        assert brief == careful, turn
    event("read in brief" if read_so else "read carefully")


HOME = Surface("home", treatments=("drop_reason",))
BOUGHT = '"signals":[{"data":"cart","method":"observed"}]'


def same_both_ways(body: str, *rules: Rule, refused: int = 0, mode: str = "enforce") -> Told:
    """What comes of a body that is read in brief, and carefully to the same end."""
    listed = RuleSet(rules=rules, categories=some.CATEGORIES)
    somebody = Customer()
    case = Case(*(listed, HOME, somebody, 68.0, mode, 0, 0, refused, (), False), body=body.encode())
    engine = Engine(listed)
    careful, _ = decided(case, Engine(listed), None)
    for _ in range(2):
        brief, read_so = decided(case, engine, reader_for(HOME, engine.needs(HOME)))
        assert read_so
        assert brief == careful
        assert brief.counted == one_by_one(brief, mode)
    return careful


def test_items_of_one_sort_are_told_apart_by_what_only_they_are() -> None:
    """Their ids, where caps count and refuse them, and their own copy where it is changed."""
    cap = Rule(
        *("cap", "frequency_cap"), concern="repetition", action="suppress", per="item", window=60
    )
    rude = Rule("rude", "manner", concern="manner", weight=90.0, terms=("we noticed",))
    listed = [f'{{"id":"{n}","reason":"We noticed","title":"A",{BOUGHT}}}' for n in (1, 2)]
    listed += [f'{{"id":"{n}","reason":"Popular","title":"A",{BOUGHT}}}' for n in (3, 4)]
    told = same_both_ways(f'{{"items":[{",".join(listed)}]}}', cap, rude, refused=0b1010)
    assert [one.id for one in told.verdicts] == ["1", "2", "3", "4"]
    assert [one.verdict for one in told.verdicts] == ["soften", "suppress", "allow", "suppress"]
    counters = [ask.counter.rpartition("\x00")[2] for _, asks in told.asks for ask in asks]
    assert counters == ["1", "2", "3", "4"]


def test_what_a_rule_in_observe_would_do_is_told_of_each_item_of_a_sort() -> None:
    """And what it would do nothing about is simply allowed."""
    for weight, would in ((90.0, "suppress"), (9.0, None)):
        rule = Rule(*("tried", "signal"), when=When(data=("cart",)), weight=weight, mode="observe")
        listed = ",".join(f'{{"id":"{n}",{BOUGHT}}}' for n in range(3))
        told = same_both_ways(f'{{"items":[{listed}]}}', rule)
        assert [(one.verdict, one.would) for one in told.verdicts] == [("allow", would)] * 3


@settings(max_examples=120, deadline=None)
@given(case=cases())
def test_what_is_counted_is_what_the_verdicts_say_one_by_one(case: Case) -> None:
    """In every mode, with surplus, caps that are over, and rules that only observe."""
    engine = Engine(case.rules)
    told, _ = decided(case, engine, reader_for(case.surface, engine.needs(case.surface)))
    if told.why is None:
        assert told.counted == one_by_one(told, case.mode)


@settings(max_examples=60, deadline=None)
@given(case=cases(), others=st.lists(st.integers(0, 10**6), min_size=1, max_size=3))
def test_verdicts_asked_for_late_are_those_asked_for_at_once(case: Case, others: list[int]) -> None:
    """However much was judged, and forgotten, in between."""
    engine = Engine(case.rules)
    reader = reader_for(case.surface, engine.needs(case.surface))
    plan = engine.plan(case.surface, case.customer, case.bucket)
    request = Request(
        plan, case.surface, case.customer, case.tolerance, case.mode, 0, case.pool, case.drop
    )

    def result() -> Result | None:
        try:
            extracted = extract(case.body, case.surface, reader=reader)
        except NotReadable:
            return None
        draft = first_pass(request, extracted.items, extracted.briefs)
        return second_pass(draft, [None] * len(draft.asks))

    early, late = result(), result()
    if early is None or late is None:
        assert early is late
        return
    verdicts, counts = early.verdicts, Counter(one.verdict for one in early.verdicts)
    for n in others:
        plan.judge(some.Item(title=f"{n}", campaign=f"{n}", signals=()), case.customer)
    for kept in (plan._sorts, plan._notes, engine.texts, engine._shared):
        kept.clear()
    assert late.verdicts == verdicts
    assert Counter(one.verdict for one in late.verdicts) == counts

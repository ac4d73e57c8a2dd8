"""Which items are alike, and which only look so."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from guardrail.act.placed import hidden_paths
from guardrail.decide.capped import Bound
from guardrail.decide.history import History
from guardrail.extract import Extracted, extract, reader_for
from guardrail.extract.scan import Scanned, compiled
from guardrail.extract.sort import Sort
from guardrail.model import Customer, Item
from guardrail.pipeline import Draft, Request, by_sort, first_pass, prospect, second_pass
from guardrail.ruleset import Comparison, Rule, RuleSet, Sign, Surface, When
from guardrail.score.alike import SameToRules
from guardrail.score.engine import Engine
from guardrail.score.plan import Plan
from guardrail.treat import Offer
from tests import brief_bodies as some
from tests.test_settled_once import cap, manner, signal

SEARCHED = [{"data": "search_history", "method": "observed", "party": "first"}]
SEARCH = signal(1, 60.0, when=When(data=("search_history",)))
AGAIN = Rule(
    id="again",
    kind="repetition",
    concern="repetition",
    per="item",
    window=60,
    curve=((1, 10.0), (3, 90.0)),
    when=When(campaign=("often",)),
)
NOTICED = manner(1, "we noticed")
SCANNED = pytest.mark.skipif(
    compiled is None, reason="the scanner is compiled where there is a C compiler"
)
USUAL = ("drop_reason", "depersonalise_copy", "coarsen", "generalise", "replace")


class Shop:
    """One rule set and one surface; its pages are read by sorts, in one of two ways."""

    def __init__(
        self, way: str, *rules: Rule, treatments: Sequence[str] = USUAL, **keys: Any
    ) -> None:
        self.surface = Surface("home", items="items", treatments=tuple(treatments), **keys)
        rule_set = RuleSet(rules=rules, categories=some.CATEGORIES)
        self.engine = Engine(rule_set)
        needs = self.engine.needs(self.surface)
        alike = SameToRules(self.engine, self.surface) if way == "scanned" else None
        self.reader = reader_for(self.surface, needs, alike, hidden_paths(self.surface))
        self.read: list[int] = []

    def page(self, *items: dict[str, Any], **keys: Any) -> tuple[Extracted, Draft]:
        """The items judged, all of which use a search."""
        body = json.dumps({"items": [{"signals": SEARCHED, **one} for one in items]}).encode()
        extracted = extract(body, self.surface, reader=self.reader)
        customer = Customer()
        request = Request(
            **{
                "plan": self.engine.plan(self.surface, customer),
                "surface": self.surface,
                "customer": customer,
                "tolerance": 62.0,
                "mode": "enforce",
                "now_ms": 0,
                **keys,
            }
        )
        reads = Noting(extracted.items, self.read)
        return extracted, first_pass(request, reads, extracted.briefs)

    def came_to(self, *items: dict[str, Any], **keys: Any) -> list[tuple[str, str | None, Any]]:
        """Verdict, treatment and what comes instead, of each item."""
        _, draft = self.page(*items, **keys)
        verdicts = second_pass(draft, [None] * len(draft.asks)).verdicts
        return [(one.verdict, one.treatment, one.replacement) for one in verdicts]


class Noting(Sequence[Any]):
    """Notes which items are read carefully."""

    def __init__(self, reads: Sequence[Any], read: list[int]) -> None:
        self._reads = reads
        self._read = read

    def __len__(self) -> int:
        return len(self._reads)

    def __getitem__(self, index: Any) -> Any:
        self._read.append(index)
        return self._reads[index]


def offers(*ids: str, **keys: Any) -> tuple[Offer, ...]:
    """Harmless ones."""
    return tuple(
        Offer(Item(id=one, signals=(), **keys), json.dumps({"id": one}).encode()) for one in ids
    )


@pytest.fixture(params=["in brief", "scanned"])
def way(request: pytest.FixtureRequest) -> str:
    """How a body is read."""
    way: str = request.param
    return way


def test_the_words_of_copy_count_where_they_are_reworded(way: str) -> None:
    """Both titles say the same to rules; of one there is something left."""
    shop = Shop(way, SEARCH, NOTICED, treatments=("depersonalise_copy",))
    whole, part = {"title": "We noticed you"}, {"title": "A lamp - we noticed you"}
    assert [one[0] for one in shop.came_to(whole, part)] == ["suppress", "soften"]
    assert [one[0] for one in shop.came_to(part, whole, part)] == ["soften", "suppress", "soften"]


def test_a_category_counts_where_another_one_comes(way: str) -> None:
    """No rule tells hoses from jazz, but offers are of the category above."""
    named = signal(
        2, 20.0, when=When(data=("search_history",)), action="soften", treatment="generalise"
    )
    shop = Shop(way, named)
    pool = (*offers("rake", categories=("garden",)), *offers("record", categories=("music",)))
    hoses, jazz = {"categories": ["garden.hoses"]}, {"categories": ["music.jazz"]}
    for _ in range(2):
        came = shop.came_to(hoses, jazz, hoses, pool=pool)
        assert [one[2] for one in came] == ["rake", "record", None]


def test_what_is_known_of_a_sort_needs_no_item_to_be_read(way: str) -> None:
    """A reason that goes, something else that comes, an item that goes: from the second page on."""
    bad = signal(6, 90.0, when=When(category=("vice.gambling",)), action="suppress")
    third = signal(2, 75.0, when=When(party=("third",)))
    shop = Shop(way, SEARCH, NOTICED, bad, third, treatments=("drop_reason", "replace"))
    foreign = [{**SEARCHED[0], "party": "third"}]
    page = (
        {"id": "a", "title": "A", "reason": "We noticed you"},
        {"id": "b", "title": "B", "reason": "Popular", "signals": foreign},
        {"id": "c", "title": "C", "categories": ["vice.gambling"]},
    )
    pool = offers("x", "y", "a")
    expected = [
        ("soften", "drop_reason", None),
        ("soften", "replace", "x"),
        ("suppress", None, None),
    ]
    assert shop.came_to(*page, pool=pool) == expected
    shop.read.clear()
    again = [{**one, "id": f"{one['id']}2", "title": f"New {n}"} for n, one in enumerate(page)]
    _, draft = shop.page(*again, pool=pool)
    assert [place.edit is None for place in second_pass(draft, []).placed] == [False, False, True]
    assert shop.read == []


@SCANNED
def test_a_page_of_sorts_that_are_known_to_be_allowed_is_not_judged_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever their ids and titles are; of an item of another sort it is asked, and of no more."""
    shop = Shop("scanned", SEARCH)
    plain = {"id": "a", "title": "A"}
    assert shop.came_to(plain, plain) == [("allow", None, None)] * 2
    asked: list[Sort] = []
    judge = Plan.judge_sort
    monkeypatch.setattr(
        Plan, "judge_sort", lambda plan, sort: asked.append(sort) or judge(plan, sort)
    )
    again = [{"id": f"b{n}", "title": f"New {n}"} for n in range(3)]
    assert shop.came_to(*again) == [("allow", None, None)] * 3
    assert asked == []
    assert shop.came_to(*again, {"signals": []}) == [("allow", None, None)] * 4
    assert len(asked) == 1


@SCANNED
def test_what_the_rules_say_of_a_scanned_body_is_what_they_say_of_its_sorts() -> None:
    """Asked of all items at once or sort by sort, it is the very same."""
    shop = Shop("scanned", SEARCH)
    extracted, draft = shop.page({"id": "a"}, {"id": "b", "signals": []}, {"id": "c"})
    plan, briefs = draft.request.plan, extracted.briefs
    assert isinstance(briefs, Scanned)
    judged = plan.judge_briefly(briefs)
    assert judged == [plan.judge_sort(sort) for sort in briefs.sorts]
    assert len(set(judged)) == 2


def test_what_was_allowed_is_allowed_under_that_tolerance_and_mode_alone() -> None:
    """The same page, over and over: too much for one customer, and only watched for another."""
    shop = Shop("scanned", SEARCH, treatments=())
    page = {"id": "a"}, {"id": "b"}
    for _ in range(2):
        assert [one[0] for one in shop.came_to(*page)] == ["allow", "allow"]
        strict = shop.came_to(*page, tolerance=50.0)
        assert [one[0] for one in strict] == ["suppress", "suppress"]
        _, draft = shop.page(*page, tolerance=50.0, mode="observe")
        watched = second_pass(draft, []).verdicts
        assert [(one.verdict, one.would) for one in watched] == [("allow", "suppress")] * 2


def test_what_was_allowed_for_others_is_not_for_a_customer_who_refuses_it() -> None:
    """A refusal may be of what no rule tells apart."""
    shop = Shop("scanned", SEARCH, treatments=())
    page = {"id": "a"}, {"id": "b"}
    refusing = Customer(sources_off=("search_history",))
    for customer, verdict in ((Customer(), "allow"), (refusing, "suppress")) * 2:
        assert [one[0] for one in shop.came_to(*page, customer=customer)] == [verdict] * 2


def test_what_was_allowed_is_surplus_where_there_is_enough_before_it() -> None:
    """A surface that shows two of three leaves one out on every page, known or not."""
    shop = Shop("scanned", SEARCH)
    page = [{"id": one} for one in "abc"]
    showing_two = replace(shop.surface, show=2)
    for _ in range(2):
        assert len(shop.came_to(*page)) == 3
        _, draft = shop.page(*page, surface=showing_two)
        placed = second_pass(draft, []).placed
        assert [one.keep for one in placed] == [True, True, False]


def test_offers_that_run_out_are_looked_at_anew_on_every_page(way: str) -> None:
    """What is free is the response's own affair; without an id an offer is always free."""
    shop = Shop(way, signal(1, 75.0, when=SEARCH.when), treatments=("replace",))
    page = [{"id": one} for one in "abc"]
    for _ in range(2):
        came = shop.came_to(*page, pool=offers("x", "b"))
        assert [one[2] for one in came] == ["x", None, None]
        assert [one[2] for one in shop.came_to(*page, pool=offers("y", "z"))] == ["y", "z", None]
        nameless = (Offer(Item(signals=()), b"{}"),)
        assert [one[0] for one in shop.came_to(*page, pool=nameless)] == ["soften"] * 3


def test_no_more_offers_are_looked_at_than_one_by_one(way: str) -> None:
    """The ninth would fit."""
    bad = signal(9, 90.0, when=When(terms=("casino",)), action="suppress")
    shop = Shop(way, signal(1, 75.0, when=SEARCH.when), bad, treatments=("replace",))
    pool = (*offers(*map(str, range(8)), title="Casino"), *offers("good"))
    for _ in range(2):
        assert shop.came_to({"id": "a"}, pool=pool) == [("suppress", None, None)]
        assert shop.came_to({"id": "a"}, pool=pool[1:]) == [("soften", "replace", "good")]


def test_how_often_an_offer_was_shown_is_asked_for_everybody(way: str) -> None:
    """Somebody else's history never decides."""
    shop = Shop(way, signal(1, 75.0, when=SEARCH.when), AGAIN, treatments=("replace",))
    pool = (*offers("worn", campaign="often"), *offers("fresh"))
    for times, comes in ((5, "fresh"), (0, "worn"), (5, "fresh")):
        seen = History(lambda _counter, _window, times=times: times)
        assert shop.came_to({"id": "a"}, pool=pool, history=seen) == [("soften", "replace", comes)]


def test_how_often_a_reworded_item_was_shown_is_asked_for_everybody(way: str) -> None:
    """Here the rule holds only once the sentence is gone."""
    again = replace(AGAIN, when=When(not_=When(terms=("we noticed",))))
    shop = Shop(way, SEARCH, NOTICED, again, treatments=("drop_reason",))
    for times, verdict in ((0, "soften"), (5, "suppress"), (0, "soften")):
        seen = History(lambda _counter, _window, times=times: times)
        assert shop.came_to({"id": "a", "reason": "We noticed you"}, history=seen)[0][0] == verdict


def test_what_is_held_comes_back_by_its_own_evidence(way: str) -> None:
    """Enforced, and where it would be held."""
    for mode in ("enforce", "observe"):
        young = When(age_seconds=(Comparison("<", 60.0),))
        delay = signal(3, 20.0, when=young, action="soften", treatment="delay", mode=mode)
        shop = Shop(way, delay, treatments=USUAL)
        ages = [{"id": "a", "signals": [{**SEARCHED[0], "age_seconds": n}]} for n in (10, 20)]
        _, draft = shop.page(*ages)
        verdicts = second_pass(draft, []).verdicts
        if mode == "enforce":
            assert [one.retry_after_seconds for one in verdicts] == [50, 40]
        else:
            assert [(one.verdict, one.would_treatment) for one in verdicts] == [
                ("allow", "delay")
            ] * 2


def test_rules_in_observe_say_what_would_come_of_a_sort(way: str) -> None:
    """Beside what is enforced, and remembered with it."""
    watched = signal(3, 90.0, when=SEARCH.when, mode="observe")
    shop = Shop(way, SEARCH, NOTICED, watched, treatments=("drop_reason", "replace"))
    for _ in range(2):
        _, draft = shop.page({"id": "a", "reason": "We noticed you"}, pool=offers("x"))
        (verdict,) = second_pass(draft, []).verdicts
        assert (verdict.treatment, verdict.would_treatment) == ("drop_reason", None)
        _, draft = shop.page({"id": "a", "reason": "We noticed you"})
        (verdict,) = second_pass(draft, []).verdicts
        assert (verdict.treatment, verdict.would) == ("drop_reason", "suppress")


def test_only_so_many_entries_of_a_sort_are_remembered(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pool may be asked anew for ever."""
    monkeypatch.setattr(prospect, "MOST_ENTRIES", 1)
    shop = Shop(way, signal(1, 75.0, when=SEARCH.when), treatments=("replace",))
    for _ in range(2):
        came = shop.came_to({"id": "a"}, {"id": "b"}, pool=offers("x", "y"))
        assert [one[2] for one in came] == ["x", "y"]


def test_where_a_search_would_break_off_each_item_is_searched_for(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may break off at another place for each."""
    monkeypatch.setattr("guardrail.decide.course.MOST_SCORED", 3)
    shop = Shop(way, signal(1, 75.0, when=SEARCH.when), treatments=("replace",))
    for _ in range(2):
        assert shop.came_to({"id": "a"}, pool=offers("x")) == [("soften", "replace", "x")]


def test_a_story_told_together_is_told_in_the_items_own_words(way: str) -> None:
    """What is found of a set comes on top of what is found of each."""
    signs = {"a": Sign(categories=("health",)), "b": Sign(categories=("vice.gambling",))}
    story = Rule(
        id="story", kind="combination", concern="subject", weight=90.0, signs=signs, at_least=2
    )
    shop = Shop(way, story)
    _, draft = shop.page({"categories": ["health"]}, {"categories": ["vice.gambling"]})
    first, second = second_pass(draft, []).verdicts
    assert (first.verdict, second.verdict) == ("allow", "suppress")
    assert "together on one page: a, b" in [finding.because for finding in second.findings]


def test_a_cap_acts_on_an_item_in_its_own_words(way: str) -> None:
    """What was found of it, and the cap."""
    shop = Shop(way, SEARCH, replace(cap("item"), action="suppress"))
    _, draft = shop.page({"id": "a"}, {"id": "b"})
    result = second_pass(draft, [Bound(draft.asks[0][0].rule, False, 9), None])
    first, second = result.verdicts
    assert (first.verdict, first.capped_by, second.verdict) == ("suppress", "cap-item", "allow")
    assert [one.because for one in first.findings][:1] == ["signal search_history"]


def test_a_treatment_that_never_fits_is_tried_once_for_all(way: str) -> None:
    """And named as tried with each."""
    loud = signal(1, 75.0, when=SEARCH.when)
    shop = Shop(way, loud, treatments=("explain", "replace"), fields={"reason": "reason"})
    for _ in range(2):
        _, draft = shop.page({"id": "a"}, {"id": "b"}, pool=offers("x"))
        verdicts = second_pass(draft, []).verdicts
        assert [one.treatment for one in verdicts] == ["replace", None]
        assert [one.tried for one in verdicts] == [("explain",), ("explain", "replace")]


def test_another_creative_is_looked_for_by_the_campaign_of_each(way: str) -> None:
    """Two items of one sort, of two campaigns."""
    rotate = signal(7, 20.0, when=SEARCH.when, action="soften", treatment="rotate")
    shop = Shop(way, rotate)
    creatives = {one: offers(f"of-{one}") for one in "cd"}
    page = ({"campaign": "c"}, {"campaign": "d"}, {"id": "e"})
    for _ in range(2):
        assert [one[0] for one in shop.came_to(*page)] == ["suppress"] * 3
        came = shop.came_to(*page, creatives=creatives)
        assert [one[2] for one in came] == ["of-c", "of-d", None]


def test_what_somebody_refuses_and_is_called_is_remembered_for_nobody_else(way: str) -> None:
    """Nor does what was remembered for others decide for them."""
    noticed = manner(1, "for you")
    shop = Shop(way, SEARCH, noticed, treatments=("depersonalise_copy",))
    page = {"id": "a", "title": "Anna, a lamp for you in Berlin"}
    anybody = shop.came_to(page)
    refusing = Customer(sources_off=("search_history",))
    assert shop.came_to(page, customer=refusing)[0][0] == "suppress"
    _, draft = shop.page(page, customer=Customer(names=("Anna",), places=("Berlin",)))
    (placed,) = second_pass(draft, []).placed
    assert placed.edit is not None
    assert "Anna" not in placed.edit.set["title"]
    assert shop.came_to(page) == anybody


def test_how_often_an_item_was_shown_is_asked_for_everybody(way: str) -> None:
    """The same sort, another history."""
    curve = ((1, 10.0), (3, 90.0))
    keys = {"kind": "repetition", "concern": "repetition", "per": "item"}
    shop = Shop(way, Rule(id="again", when=When(), window=60, curve=curve, **keys))
    for times, verdict in ((0, "allow"), (5, "suppress"), (0, "allow")):
        seen = History(lambda _counter, _window, times=times: times)
        assert shop.came_to({"id": "a"}, history=seen)[0][0] == verdict


def test_an_item_that_is_remembered_stands_beside_one_that_is_taken_out(way: str) -> None:
    """Each asks for what it is counted by, and what is not shown for nothing."""
    never = signal(6, 90.0, when=When(campaign=("never",)), action="suppress")
    shop = Shop(way, AGAIN, never, cap("item"))
    items = [{"id": name, "campaign": name} for name in ("often", "never", "other")]
    _, draft = shop.page(*items, history=History(lambda _counter, _window: 0))
    asked = [[one.counter.replace("\x00", " ") for one in ask] for ask in draft.asks]
    assert [*draft.asking] == [0, 2]
    assert [len(ask) for ask in asked] == [2, 1]
    assert all("often" in counter for counter in asked[0])
    assert "other" in asked[1][0]


def test_what_many_refuse_makes_nothing_forgotten_of_those_who_refuse_nothing() -> None:
    """However many different things are refused; and no more of that is remembered than a bound."""
    shop = Shop("in brief", SEARCH)
    plan = shop.engine.plan(shop.surface, Customer())
    shop.page({"id": "a"})
    about = (62.0, "enforce", False)
    usual = plan.notes(about)["known"]
    for number in range(by_sort._MOST_REFUSALS + 2):
        shop.page({"id": "a"}, customer=Customer(topics_off=(f"topic-{number}",)))
        assert len(plan.notes("refused")) <= by_sort._MOST_REFUSALS
    shop.page({"id": "a"})
    assert plan.notes(about)["known"] is usual


def test_a_combination_in_observe_leaves_those_alone_that_have_no_part_in_it(way: str) -> None:
    """What shows no sign is placed as ever, beside items that would tell a story."""
    signs = {"a": Sign(categories=("garden",)), "b": Sign(categories=("music",))}
    watched = Rule(
        id="told",
        kind="combination",
        concern="subject",
        signs=signs,
        weight=90.0,
        mode="observe",
    )
    shop = Shop(way, watched)
    page = ({"id": "x"}, {"categories": ["garden"]}, {"categories": ["music"]})
    _, draft = shop.page(*page)
    result = second_pass(draft, [None] * len(draft.asks))
    assert [one.keep for one in result.placed] == [True] * 3
    assert [one.would for one in result.verdicts] == [None, None, "suppress"]


def test_what_was_shown_often_is_told_from_its_like_that_was_not(way: str) -> None:
    """Whichever of them comes first: the sort is the same, the count is not."""
    shop = Shop(way, replace(AGAIN, when=When()))
    history = History(lambda counter, _: 3 if counter.endswith("often") else 0)
    often, seldom = {"id": "often"}, {"id": "seldom"}
    for page in ((seldom,), (often, seldom), (seldom, often)):
        came = shop.came_to(*page, history=history)
        expected = ["suppress" if one is often else "allow" for one in page]
        assert [one[0] for one in came] == expected


def test_what_was_seldom_shown_needs_no_item_to_be_read(way: str) -> None:
    """From the second page on; what it is counted by is looked at in brief."""
    shop = Shop(way, SEARCH, replace(AGAIN, when=When()), treatments=("drop_reason",))
    page = [{"id": f"i{n}", "campaign": "c"} for n in range(4)]
    keys = {"history": History(lambda *_: 0), "tolerance": 50.0}
    shop.page(*page, **keys)
    shop.read.clear()
    _, draft = shop.page(*page, **keys)
    assert [one.settled.verdict for one in draft.entries] == ["suppress"] * 4
    _, draft = shop.page(*page, **{**keys, "tolerance": 80.0})
    shop.read.clear()
    _, draft = shop.page(*page, **{**keys, "tolerance": 80.0})
    assert [asks[-1].counter[-2:] for asks in draft.asks] == ["i0", "i1", "i2", "i3"]
    assert not shop.read


def test_an_offer_that_names_somebody_comes_for_others_alone(way: str) -> None:
    """What the shop puts there is looked at as well as what the app sent."""
    named = Rule(id="named", kind="manner", concern="manner", mentions=("person",), weight=90.0)
    shop = Shop(way, SEARCH, named, treatments=("replace",))
    pool = (*offers("first", title="Anna chose a lamp"), *offers("second", title="A rake"))
    for name, offer in (("Bea", "first"), ("Anna", "second"), ("Bea", "first")):
        customer = Customer(names=(name,))
        came = shop.came_to({"id": "x"}, pool=pool, customer=customer, tolerance=50.0)
        assert [one[2] for one in came] == [offer]


def test_nobody_elses_words_make_an_item_another_case(way: str) -> None:
    """Where a page does not have the words of its reader, it is read by sorts as ever."""
    named = Rule(id="named", kind="manner", concern="manner", mentions=("person",), weight=90.0)
    shop = Shop(way, SEARCH, named, treatments=())
    page = [{"id": f"i{n}", "title": f"Anna chose {n} lamps"} for n in range(4)]
    for name, read in (("Bea", False), ("Anna", True), ("Bea", False)):
        shop.page(*page, customer=Customer(names=("Joan",)))
        shop.read.clear()
        _, draft = shop.page(*page, customer=Customer(names=(name,)))
        assert [one.settled.verdict == "suppress" for one in draft.entries] == [read] * 4
        assert bool(shop.read) is read


def test_what_is_not_shown_takes_nothing_from_the_pool(way: str) -> None:
    """Offers are there for what is; of the rest nothing is counted either."""
    shop = Shop(way, SEARCH, cap("item"), treatments=("replace",), show=1)
    _, draft = shop.page({"id": "a"}, {"id": "b"}, pool=offers("one", "two"), tolerance=50.0)
    assert [offer.item.id for offer in draft.shelf.offers()] == ["two"]
    assert [one.settled.verdict for one in draft.entries] == ["soften", "suppress"]
    _, draft = shop.page({"id": "a"}, {"id": "b"})
    assert [one.surplus for one in draft.entries] == [False, True]
    assert [asks[0].counter[-1] for asks in draft.asks] == ["a"]


def test_what_would_come_from_the_pool_hangs_on_what_is_free_of_it(way: str) -> None:
    """As what comes does: a rule in observe may object to the offer that is enforced."""
    watched = replace(NOTICED, mode="observe", weight=90.0)
    shop = Shop(way, SEARCH, watched, treatments=("replace",))
    pool = (*offers("first", title="We noticed you"), *offers("second"))
    for others, would in (((), None), (({"id": "second", "signals": []},), "suppress")):
        for _ in range(2):
            _, draft = shop.page({"title": "We noticed"}, *others, pool=pool, tolerance=50.0)
            verdict = second_pass(draft, [None] * len(draft.asks)).verdicts[0]
            assert (verdict.replacement, verdict.would) == ("first", would)


def test_a_page_with_a_category_that_is_none_is_read_with_care() -> None:
    """A bare number stands for nothing; each item is then looked at by itself."""
    shop = Shop("in brief", SEARCH)
    came = shop.came_to({"categories": ["305"]}, {"id": "x"}, tolerance=50.0)
    assert [one[:2] for one in came] == [("suppress", None)] * 2
    assert 1 in shop.read

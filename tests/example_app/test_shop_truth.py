"""Recommender and ad server tell the truth: every claim is backed by the person's history."""

from __future__ import annotations

import re
from typing import Any

import pytest

from example_app.adserver import SLOTS, choose_ads, load_campaigns
from example_app.catalogue import Item, Signal, load_catalogue
from example_app.customers import Person, load_people
from example_app.recommender import SHELF, recommend
from guardrail.extract import read_objects
from guardrail.ruleset import Surface

CATALOGUE, CAMPAIGNS, PEOPLE = load_catalogue(), load_campaigns(), load_people()
SHELVES = [
    (person, item)
    for person in PEOPLE.values()
    for item in [*recommend(person, CATALOGUE), *choose_ads(person, CAMPAIGNS)]
]
BY_NAME = [f"{person.key}-{item['id']}" for person, item in SHELVES]


def backed(signal: Signal, person: Person) -> bool:
    """Whether the person's history has the fact that a signal claims, of that age and subject."""
    known, days = person.elsewhere, signal.get("age_seconds", -1) / 86_400
    about: dict[str, set[Any]] = {
        "search_history": {(s.category, s.days_ago) for s in person.searches},
        "chat": {(c.category, c.days_ago) for c in person.chats},
        "purchase_history": {
            (CATALOGUE.products[p.product].categories[0], p.days_ago) for p in person.purchases
        },
        "cart": {(CATALOGUE.products[p.product].categories[0], p.days_ago) for p in person.cart},
        "precise_location": {(p.category, p.days_ago) for p in known.places},
        "browsing_history": {(v.category, v.days_ago) for v in known.sites},
    }
    data = signal["data"]
    if data in about:
        return (signal["category"], days) in about[data]
    return {
        "profile": signal.get("category") in person.interests,
        "age": person.birthday_soon,
        "lookalike": any(
            (g.category, g.size) == (signal.get("category"), signal.get("audience_size"))
            for g in person.lookalike_of
        )
        and bool(person.purchases),
        "third_party_segment": any(
            (s.category, s.size) == (signal.get("category"), signal.get("audience_size"))
            for s in known.segments
        ),
        "uploaded_list": bool(known.lists),
    }[data]


@pytest.mark.parametrize(("person", "item"), SHELVES, ids=BY_NAME)
def test_every_signal_is_backed_by_the_history(person: Person, item: Item) -> None:
    """Including its age, its subject and the size of the group."""
    for signal in item["signals"]:
        assert backed(signal, person), signal


@pytest.mark.parametrize(("person", "item"), SHELVES, ids=BY_NAME)
def test_the_reason_claims_no_more_than_the_signals(person: Person, item: Item) -> None:
    """Who says "searched", "visited" or a name has a signal for it."""
    reason, used = item["reason"], {s["data"] for s in item["signals"]}
    if "searched for" in reason:
        assert used == {"search_history"}
        assert any(s.text in reason for s in person.searches)
    if "bought with" in reason:
        bought = [CATALOGUE.products[p.product] for p in person.purchases]
        assert any(p.title in reason and item["id"] in p.goes_with for p in bought)
    if "our chat" in reason:
        assert any(c.text in reason for c in person.chats)
    if re.search(r"You (were at|visited|run in)|worship at", reason):
        assert used == {"precise_location"}
        assert any(p.place in reason for p in person.elsewhere.places)
    if "this week" in reason and used == {"precise_location"}:
        assert item["signals"][0]["age_seconds"] <= 7 * 86_400
    if reason.startswith(("A best seller", "Shown to everybody")):
        assert item["signals"] == []
    if person.name in reason:
        assert used


@pytest.mark.parametrize(("person", "item"), SHELVES, ids=BY_NAME)
def test_an_inference_names_what_it_was_inferred_from(person: Person, item: Item) -> None:
    """What was guessed from a search or a model carries the observed fact below it."""
    for signal in item["signals"]:
        if signal["method"] == "modeled" or signal["data"] == "search_history":
            inferred = signal["method"] != "observed"
            assert bool(signal.get("via")) is inferred


@pytest.mark.parametrize("person", PEOPLE.values(), ids=PEOPLE)
def test_a_shelf_is_full_and_holds_nothing_twice(person: Person) -> None:
    """Nor anything that the person has bought already."""
    shelf = [item["id"] for item in recommend(person, CATALOGUE)]
    assert len(set(shelf)) == len(shelf) == SHELF
    assert not {p.product for p in person.purchases} & set(shelf)


def test_nobody_in_particular_gets_best_sellers_and_contextual_ads() -> None:
    """Nothing is known, so nothing is used."""
    nobody = PEOPLE["nobody"]
    assert all(i["signals"] == [] for i in recommend(nobody, CATALOGUE))
    assert all(i["signals"] == [] for i in choose_ads(nobody, CAMPAIGNS))


@pytest.mark.parametrize("kind", ["recommendation", "ad"])
def test_every_item_is_read_without_a_problem(kind: str) -> None:
    """All that the shop sends is in the native shape."""
    items = [item for _, item in SHELVES if item["kind"] == kind]
    reads = read_objects(items, Surface("any", kind=kind))
    assert {read.problems for read in reads} == {()}


def test_creatives_take_turns() -> None:
    """The same campaign shows three pictures in three views, then begins again."""
    anna = PEOPLE["anna"]
    first, second, third, fourth = (choose_ads(anna, CAMPAIGNS, view) for view in range(4))
    assert first == fourth
    assert len({ads[0]["id"] for ads in (first, second, third)}) == 3
    assert {ads[0]["campaign"] for ads in (first, second, third)} == {first[0]["campaign"]}
    assert len(first) == SLOTS


def test_ids_of_ads_are_unique_and_no_products() -> None:
    """A cap counts by id, so two ads may not share one."""
    ids = [f"ad-{creative}" for c in CAMPAIGNS for creative in c.creatives]
    assert len(set(ids)) == len(ids)
    assert not set(ids) & set(CATALOGUE.products)


def test_the_people_differ_in_what_they_accept() -> None:
    """Opted out, a subject off, a hold, a teenager, and four different tolerances."""
    chosen = [p.choices for p in PEOPLE.values()]
    assert any(c.get("personalisation") is False for c in chosen)
    assert any(c.get("topics_off") for c in chosen)
    assert any(c.get("holds") for c in chosen)
    assert any(c.get("age_band") == "teen" for c in chosen)
    assert len({c["tolerance"] for c in chosen if "tolerance" in c}) == 4
    assert len({c["id"] for c in chosen if c}) == len(PEOPLE) - 1

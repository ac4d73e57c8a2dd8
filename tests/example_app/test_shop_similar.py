"""The shelf of a hosted recommender: bare ids in, and the guard knows from the catalogue what."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from shop_page import Page

from example_app.catalogue import load_catalogue
from example_app.customers import Person, load_people
from example_app.similar import PLACES, readable, similar

CATALOGUE, PEOPLE = load_catalogue(), load_people()


def listed(client: FlaskClient, address: str) -> list[dict[str, Any]]:
    answer = client.get(address)
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.get_json()["itemList"]
    return items


@pytest.mark.parametrize("person", PEOPLE.values(), ids=PEOPLE)
def test_it_sends_ids_and_scores_and_nothing_else(person: Person) -> None:
    """The best first, nothing twice, and nothing that the person has or is about to buy."""
    items = similar(person, CATALOGUE)
    assert [set(item) for item in items] == [{"itemId", "score"}] * PLACES
    ids = [item["itemId"] for item in items]
    assert len(set(ids)) == PLACES
    assert set(ids) <= set(CATALOGUE.products)
    assert not {p.product for p in (*person.purchases, *person.cart)} & set(ids)
    scores = [item["score"] for item in items]
    assert scores == sorted(scores, reverse=True)
    assert 0 < sum(scores) <= 1


def test_ids_alone_are_enough_to_find_what_is_sensitive(app: Flask) -> None:
    """Folic acid is sent as an id; the catalogue says what it is, and another id comes."""
    sent = {item["itemId"] for item in similar(PEOPLE["anna"], CATALOGUE)}
    seen = listed(app.test_client(), "/api/similar?customer=anna")
    sensitive = {i for i in sent if "health.pregnancy" in CATALOGUE.products[i].categories}
    assert sensitive
    assert not sensitive & {item["itemId"] for item in seen}
    assert len(seen) == len(sent)


def test_no_score_leaves_the_shop(client: FlaskClient) -> None:
    """How likely the model thinks it is stays here, and so do the signals."""
    assert {frozenset(item) for item in listed(client, "/api/similar?customer=omar")} == {
        frozenset({"itemId"})
    }


def test_the_page_shows_what_the_endpoint_sends(app: Flask) -> None:
    """With the titles of the catalogue, and says what was assumed."""
    seen = listed(app.test_client(), "/api/similar?customer=tom")
    page = Page(app.test_client().get("/?customer=tom").text)
    assert page.faults == []
    shelf = page.text[page.text.index("You may also like") :]
    for item in seen:
        assert CATALOGUE.products[item["itemId"]].title in shelf
    assert "signals assumed" in shelf


def test_an_id_that_is_not_for_sale_is_shown_as_an_id() -> None:
    """A page never fails on what a recommender made up."""
    assert readable({"itemId": "gone"}, CATALOGUE) == {"id": "gone", "title": "gone"}

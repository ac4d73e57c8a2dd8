"""The weekly letter: written for everybody, judged in one batch, shown as it would arrive."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from shop_page import Page

from example_app.customers import load_people
from example_app.letters import Letter, mail, write_letters
from example_app.recommender import LETTER
from example_app.shop import Shop
from guardrail import Guardrail

PEOPLE = load_people()
READERS = [key for key in PEOPLE if key != "nobody"]


@pytest.fixture(scope="module")
def letters() -> dict[str, Letter]:
    from example_app.app import RULES

    shop = Shop(Guardrail(rules=str(RULES)))
    return write_letters(shop.guard, shop.catalogue, shop.people, {})


def test_everybody_with_an_account_gets_one(letters: dict[str, Letter]) -> None:
    """In the order of the customers; nobody in particular gets none."""
    assert list(letters) == READERS
    assert {len(one.written.items) for one in letters.values()} == {LETTER}


def test_a_subject_line_does_not_tell_what_the_letter_may_not(letters: dict[str, Letter]) -> None:
    """It is made of what is left, after the guard."""
    anna = letters["anna"]
    assert "pregnancy" in anna.written.subject
    assert "pregnancy" not in anna.sent.subject
    assert not any("pregnancy" in item["title"].lower() for item in anna.sent.items)


def test_refusals_and_tolerances_hold_in_letters(letters: dict[str, Letter]) -> None:
    """Opted out is personal to nobody; a hold and a subject switched off are kept."""
    assert all("best seller" in item["reason"] for item in letters["jonas"].sent.items)
    for key, subject in (("miriam", "life.bereavement"), ("tom", "vice.gambling")):
        wrote = [c for item in letters[key].written.items for c in item["categories"]]
        sent = [c for item in letters[key].sent.items for c in item.get("categories", ())]
        assert subject in wrote
        assert subject not in sent
    strict, own = letters["daniel"].decision.counts, letters["omar"].decision.counts
    assert strict["allow"] < own["allow"]


def test_no_signal_goes_by_post(letters: dict[str, Letter]) -> None:
    """What is known of somebody is in no letter."""
    assert not any("signals" in item for one in letters.values() for item in one.sent.items)


def test_a_letter_of_nothing_still_has_a_subject() -> None:
    """So that an empty one can be seen for what it is."""
    assert mail([]).subject == "News from Larkfield"
    assert mail([{"id": "a", "title": "Kettle"}]).subject == "Kettle"


@pytest.mark.parametrize("tolerance", ["own", "0", "100"])
@pytest.mark.parametrize("customer", PEOPLE)
def test_the_page_shows_both_letters(client: FlaskClient, customer: str, tolerance: str) -> None:
    """As written and as sent, with the whole batch below; for a stranger the batch alone."""
    answer = client.get(f"/newsletter?customer={customer}&tolerance={tolerance}")
    page = Page(answer.text)
    assert (answer.status_code, page.faults) == (200, [])
    assert ("As it was written" in page.text) is (customer != "nobody")
    assert all(PEOPLE[key].name in page.text for key in READERS)
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_tolerance_holds_for_the_reader_alone(client: FlaskClient) -> None:
    """At 100 the letter goes out as it was written; the others' letters do not change."""
    page = Page(client.get("/newsletter?customer=anna&tolerance=100").text)
    assert "Anna accepts all of it" in page.text
    assert "A best seller this month: Enamel kettle" in page.text

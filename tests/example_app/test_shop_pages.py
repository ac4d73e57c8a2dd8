"""The pages, with the real guard and the shipped rules."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from msgspec.structs import replace
from shop_page import ROOT, Page

from example_app.adserver import Campaign, Target
from example_app.app import create_app
from example_app.catalogue import Catalogue, Product
from example_app.customers import Person, Search, load_people

PEOPLE = load_people()
HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"


def look(client: FlaskClient, address: str, status: int = 200) -> Page:
    answer = client.get(address)
    assert answer.status_code == status
    page = Page(answer.text)
    assert page.faults == []
    return page


@pytest.mark.parametrize("tolerance", ["own", "strict", "balanced", "relaxed", "0", "100"])
@pytest.mark.parametrize("customer", PEOPLE)
def test_the_page_renders_for_everybody_at_every_tolerance(
    client: FlaskClient, customer: str, tolerance: str
) -> None:
    """Well nested, without script, inline style or anything from elsewhere."""
    page = look(client, f"/?customer={customer}&tolerance={tolerance}")
    assert PEOPLE[customer].name in page.text
    assert "12 sent" in page.text


@pytest.mark.parametrize(
    "address", ["/?customer=nobody-known", "/?tolerance=250", "/?number=-1", "/?number=nan"]
)
def test_what_cannot_be_read_is_explained(client: FlaskClient, address: str) -> None:
    """The page goes on with what holds instead."""
    text = look(client, address).text
    assert "There is no such customer" in text or "a number from 0" in text


def items_of(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    answer = client.get(path)
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def test_the_endpoints_are_guarded(client: FlaskClient) -> None:
    """Anna's searches for pregnancy tests do not come back to her, and no signal leaves."""
    titles = {i["title"] for i in items_of(client, "/api/recommendations?customer=anna")}
    assert "Bread tin with lid" in titles
    assert not titles & {"Early pregnancy test, 2 pieces", "Folic acid, 90 tablets"}
    ads = items_of(client, "/api/ads?customer=anna")
    assert "Your first twelve weeks" not in {i["title"] for i in ads}
    assert not any("signals" in item for item in ads)


def test_a_tolerance_in_the_address_holds_at_the_endpoints(client: FlaskClient) -> None:
    """Somebody who accepts everything gets everything; who accepts nothing, nothing personal."""
    everything = items_of(client, "/api/recommendations?customer=anna&tolerance=100")
    nothing = items_of(client, "/api/recommendations?customer=anna&tolerance=0")
    assert "Folic acid, 90 tablets" in {i["title"] for i in everything}
    assert {i["reason"] for i in nothing} == {"A best seller this month"}


def test_an_endpoint_without_customer_uses_nothing_personal(client: FlaskClient) -> None:
    """Nobody is signed in, so best sellers are all there is."""
    items = items_of(client, "/api/recommendations")
    assert {i["reason"] for i in items} == {"A best seller this month"}


def test_the_page_and_the_endpoint_agree(app: Flask) -> None:
    """What the page calls seen is what the endpoint sends."""
    items = items_of(app.test_client(), "/api/recommendations?customer=miriam")
    page = app.test_client().get("/?customer=miriam").text
    sides = re.findall(r'<div class="shown">(.*?)</section>', page, re.DOTALL)
    shown = [title for side in sides for title in re.findall(r"<h3>(.*?)</h3>", side)]
    assert shown[: len(items)] == [item["title"] for item in items]


def test_choices_are_obeyed(app: Flask) -> None:
    """Opted out means nothing personal; a hold and a subject switched off act on the page."""
    jonas = items_of(app.test_client(), "/api/recommendations?customer=jonas")
    assert {i["reason"] for i in jonas} == {"A best seller this month"}
    assert "A subject they put on hold" in look(app.test_client(), "/?customer=miriam").text
    assert "A subject they switched off" in look(app.test_client(), "/?customer=daniel").text
    assert "Personalisation is off" in look(app.test_client(), "/?customer=jonas").text


def test_reloading_makes_a_capped_ad_go_away(client: FlaskClient) -> None:
    """Three views of a campaign a day; then its row says so and when it may come back."""
    before = [look(client, "/?customer=nobody&tolerance=own").text for _ in range(3)]
    assert not any("Shown often enough" in text for text in before)
    client.set_cookie("shop_customer", "omar")
    for _ in range(3):
        assert "Shown often enough" not in look(client, "/").text
    text = look(client, "/").text
    assert "The same campaign." in text
    assert "nothing is shown here" in text
    assert "possible again in" in text


def test_the_guard_switched_off_is_said_on_the_page() -> None:
    """Both sides are the same, and every row says that it was not judged."""
    app = create_app({"GUARDRAIL_MODE": "off"})
    text = look(app.test_client(), "/?customer=anna").text
    assert "24 not judged" in text
    assert "nothing is shown here" not in text
    app.extensions["guardrail"].close()


def test_observing_says_what_would_be_done() -> None:
    """Nothing is changed, and the page shows what enforcing would change."""
    app = create_app({"GUARDRAIL_MODE": "observe"})
    text = look(app.test_client(), "/?customer=anna").text
    assert "0 softened" in text
    assert "would soften" in text
    app.extensions["guardrail"].close()


def test_texts_cannot_become_markup() -> None:
    """Names, searches, titles, categories and ads are shown as they are written."""
    product = Product("p", HOSTILE, (HOSTILE,), HOSTILE, ("p",))
    search = Search(HOSTILE, HOSTILE, 1)
    person = Person("eve", HOSTILE, HOSTILE, {"id": "e", "tolerance": 10}, searches=(search,))
    campaign = Campaign("c", HOSTILE, (HOSTILE,), HOSTILE, HOSTILE, (HOSTILE,), Target())
    app = create_app(
        people={"eve": person, "anna": replace(person, key="anna")},
        catalogue=Catalogue({"p": product}, ("p",)),
        campaigns=[campaign],
    )
    page = look(app.test_client(), "/?customer=eve")
    assert HOSTILE in page.text
    look(app.test_client(), f"/?customer={HOSTILE}&tolerance={HOSTILE}")
    app.extensions["guardrail"].close()


def test_pages_forbid_what_they_do_not_need(client: FlaskClient) -> None:
    """No script may run and no page is kept by a shared cache."""
    headers = client.get("/").headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "script-src" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "private, no-store"


def test_styles_load_nothing_from_elsewhere() -> None:
    """No address, no import; light and dark are both there."""
    css = (ROOT / "example_app" / "static" / "shop.css").read_text("utf-8")
    assert not re.search(r"url\(|@import|https?:", css)
    assert "prefers-color-scheme: dark" in css


def test_the_health_page_answers(client: FlaskClient) -> None:
    """For whoever watches over the server."""
    assert client.get("/healthz").get_json() == {"status": "ok"}

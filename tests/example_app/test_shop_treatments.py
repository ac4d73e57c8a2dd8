"""The page of treatments: each at work on real goods, and none of it written in advance."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from shop_page import Page

from example_app.adserver import load_campaigns
from example_app.app import create_app
from example_app.catalogue import load_catalogue
from example_app.shop import Shop
from example_app.treatments import SURFACE, Sample, Shown, load_samples
from guardrail.treat import TREATMENTS

SAMPLES = load_samples()
BY_NAME = [sample.treatment for sample in SAMPLES]


@pytest.fixture(scope="module")
def shown() -> dict[str, Shown]:
    app = create_app()
    with app.app_context():
        # The shop's own guard is behind the app; a second one reads the same rules.
        judged = Shop(_guard(app)).treatments()
    return {one.sample.treatment: one for one in judged}


def _guard(app: Flask) -> object:
    from guardrail import Guardrail

    return Guardrail(rules=app.config["GUARDRAIL_RULES"])


def test_no_treatment_is_left_out() -> None:
    """Every treatment there is, in its order, and then taking out."""
    assert sorted(BY_NAME) == sorted([*TREATMENTS, "suppress"])
    assert BY_NAME[-1] == "suppress"


@pytest.mark.parametrize("sample", SAMPLES, ids=BY_NAME)
def test_each_sample_is_made_of_goods(sample: Sample) -> None:
    """A product of the catalogue or a campaign of the ad server."""
    goods = set(load_catalogue().products) | {c.id for c in load_campaigns()}
    assert {one.product or one.campaign for one in sample.items} <= goods


@pytest.mark.parametrize("name", TREATMENTS)
def test_each_treatment_is_what_the_guard_did(shown: dict[str, Shown], name: str) -> None:
    """One item was softened by it, with a finding that says why; the rest was let through."""
    [row] = shown[name].touched
    assert row.verdict is not None
    assert (row.state, row.verdict.treatment) == ("soften", name)
    assert row.first is not None
    assert row.first.say


def test_what_can_not_be_softened_is_taken_out(shown: dict[str, Shown]) -> None:
    """There is nothing to see of it, and a finding says why."""
    [row] = shown["suppress"].touched
    assert row.state == "suppress"
    assert row.findings
    assert shown["suppress"].kept == []


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("drop_reason", {"manner-watching", "manner-name"}),
        ("depersonalise_copy", {"manner-watching"}),
        ("coarsen", {"manner-place"}),
    ],
)
def test_words_that_went_took_their_findings_along(
    shown: dict[str, Shown], name: str, rules: set[str]
) -> None:
    """What the changed words left behind is said by rule, and the score fell under the limit."""
    [row] = shown[name].touched
    assert {finding.rule for finding in row.gone} == rules
    verdict = row.verdict
    assert verdict is not None
    assert verdict.softened_intrusiveness is not None
    assert verdict.softened_intrusiveness <= verdict.tolerance < verdict.intrusiveness


def test_what_is_moved_stands_last_and_what_waits_is_not_there(shown: dict[str, Shown]) -> None:
    """As the customer sees the list."""
    assert [item["id"] for item in shown["demote"].kept] == ["olive-oil", "chocolate", "wine"]
    assert shown["delay"].kept == []


def test_a_set_is_broken_up_by_one_item_of_it(shown: dict[str, Shown]) -> None:
    """The story told together is what is given as the reason."""
    [row] = shown["dilute"].touched
    assert row.first is not None
    assert row.first.rule == "together-expecting"
    assert [item["id"] for item in shown["dilute"].kept][:2] == ["unscented-lotion", "zinc-tablets"]


def test_the_page_shows_all_of_them_and_counts_no_impression(client: FlaskClient) -> None:
    """Ten times over, and no cap takes an advertisement of the page away."""
    pages = [client.get("/treatments") for _ in range(10)]
    page = Page(pages[-1].text)
    assert (pages[-1].status_code, page.faults) == (200, [])
    assert pages[0].text == pages[-1].text
    for sample in SAMPLES:
        assert sample.title in page.text
        assert f"t-{sample.treatment}" in page.ids
    assert "Names a place of somebody's life." in page.text


def test_nothing_on_the_page_is_written_in_advance() -> None:
    """While the guard only observes, the same page says what would be done."""
    app = create_app({"GUARDRAIL_MODE": "observe"})
    page = Page(app.test_client().get("/treatments").text)
    assert page.faults == []
    assert "would soften" in page.text
    assert "Chosen by the shop" not in page.text
    app.extensions["guardrail"].close()


def test_the_page_renders_while_the_guard_is_off() -> None:
    """Nothing was judged, so nothing is claimed."""
    app = create_app({"GUARDRAIL_MODE": "off"})
    page = Page(app.test_client().get("/treatments").text)
    assert page.faults == []
    assert "not judged" in page.text
    app.extensions["guardrail"].close()


def test_each_surface_allows_its_own_treatment_alone(app: Flask) -> None:
    """So that a page about one shows that one."""
    surfaces = app.extensions["guardrail"].rules.surfaces
    for name in TREATMENTS:
        assert surfaces[SURFACE + name].treatments == (name,), json.dumps(name)
    assert surfaces[SURFACE + "suppress"].treatments == ()


def test_looking_at_the_treatments_is_not_counted() -> None:
    """The stats tell of the shop; what only demonstrates a treatment was shown to nobody."""
    app = create_app({"GUARDRAIL_MODE": "enforce"})
    client = app.test_client()
    client.get("/?customer=anna")
    client.get("/treatments")
    page = client.get("/stats").text
    assert "newsletter" in page or "home" in page
    assert "show-" not in page
